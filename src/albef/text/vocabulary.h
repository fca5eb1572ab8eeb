// A BERT vocabulary: vocab.txt, one token a line, the line's index its id, and beside it in Hugging Face's
// tokenizer_config.json how words are written before they are looked up (do_lower_case, strip_accents).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "albef/text/words.h"

namespace albef {

inline constexpr std::string_view kContinuation = "##";  ///< starts a piece that continues a word
inline constexpr size_t kMaxWordCharacters = 100;        ///< a longer word is [UNK]

class Vocabulary {
 public:
  /// `path` is a vocab.txt or a folder that holds one; without a tokenizer_config.json beside it the options are
  /// BERT-base-uncased's. Throws Error if a file is missing, too large, not UTF-8, or lacks a special token.
  static Vocabulary load(const std::filesystem::path& path);

  /// The lines of `text` (ended by LF, CRLF or CR). Of equal tokens the last has the id, as in transformers. `name` is
  /// for messages: Error if a line is not UTF-8 or one of kSpecialTokens is missing.
  static Vocabulary from_text(std::string_view text, const WordOptions& options = {},
                              const std::string& name = "vocabulary");

  /// Writes vocab.txt and tokenizer_config.json, each whole or not at all; the folder is made if need be.
  void save(const std::filesystem::path& folder) const;
  std::string text() const;  ///< vocab.txt's content; from_text(text(), options()) gives an equal vocabulary

  int64_t size() const { return static_cast<int64_t>(tokens_.size()); }  ///< V: lines, doubles included
  std::optional<int64_t> id(std::string_view token) const;
  const std::string& token(int64_t id) const;  ///< Error if id is not in 0..size()-1
  const WordOptions& options() const { return options_; }
  size_t longest_token() const { return longest_token_; }  ///< bytes

  int64_t pad() const { return special_ids_[0]; }
  int64_t unk() const { return special_ids_[1]; }
  int64_t cls() const { return special_ids_[2]; }
  int64_t sep() const { return special_ids_[3]; }
  int64_t mask() const { return special_ids_[4]; }

  bool operator==(const Vocabulary& other) const { return tokens_ == other.tokens_ && options_ == other.options_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Vocabulary() = default;

  std::vector<std::string> tokens_;
  std::unordered_map<std::string, int64_t, Hash, std::equal_to<>> ids_;
  std::array<int64_t, kSpecialTokens.size()> special_ids_{};
  size_t longest_token_ = 0;
  WordOptions options_;
};

}  // namespace albef
