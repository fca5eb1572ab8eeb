#include "albef/text/vocabulary.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/utf8.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{64} << 20;
constexpr const char* kVocabFile = "vocab.txt";
constexpr const char* kConfigFile = "tokenizer_config.json";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// A field of tokenizer_config.json, or `otherwise` if it is missing or null.
bool flag(const Json& config, const char* name, bool otherwise, const std::string& file) {
  const auto found = config.find(name);
  if (found == config.end() || found->is_null()) return otherwise;
  if (!found->is_boolean()) fail(file, ": \"", name, "\" is ", json_kind(*found), ", expected true or false");
  return found->get<bool>();
}

WordOptions read_options(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {};
  const Json config = parse_json(read_file(path, kMaxBytes), path.string());
  if (!config.is_object()) fail(path.string(), ": is ", json_kind(config), ", expected an object");
  WordOptions options;
  options.lower_case = flag(config, "do_lower_case", true, path.string());
  options.strip_accents = flag(config, "strip_accents", options.lower_case, path.string());  // null: as the case is
  return options;
}

/// Takes the first line, without its end, off `text`.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(text.substr(end).starts_with("\r\n") ? end + 2 : std::min(end + 1, text.size()));
  return line;
}

}  // namespace

Vocabulary Vocabulary::load(const fs::path& path) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(path, ignored) ? path / kVocabFile : path;
  const std::string text = read_file(file, kMaxBytes);
  return from_text(text, read_options(file.parent_path() / kConfigFile), file.string());
}

Vocabulary Vocabulary::from_text(std::string_view text, const WordOptions& options, const std::string& name) {
  Vocabulary vocabulary;
  vocabulary.options_ = options;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto id = vocabulary.size();
    if (utf8_error(line) != std::string_view::npos) {
      fail(name, ":", id + 1, ": \"", printable(std::string(line)),
           "\" is not UTF-8; expected one token a line in UTF-8");
    }
    vocabulary.tokens_.emplace_back(line);
    vocabulary.ids_.insert_or_assign(std::string(line), id);
    vocabulary.longest_token_ = std::max(vocabulary.longest_token_, line.size());
  }
  std::string missing;
  for (size_t i = 0; i < kSpecialTokens.size(); ++i) {
    const auto id = vocabulary.id(kSpecialTokens[i]);
    if (!id) missing.append(missing.empty() ? "" : " ").append(kSpecialTokens[i]);
    vocabulary.special_ids_[i] = id.value_or(0);
  }
  if (!missing.empty()) fail(name, ": no line for ", missing, "; expected a BERT vocabulary, one token a line");
  return vocabulary;
}

// The options go first: a vocabulary that is there never lacks them.
void Vocabulary::save(const fs::path& folder) const {
  make_writable_folder(folder);
  const OrderedJson config = {{"do_lower_case", options_.lower_case},
                              {"strip_accents", options_.strip_accents},
                              {"tokenizer_class", "BertTokenizer"}};
  write_atomically(folder / kConfigFile, config.dump(2) + "\n");
  write_atomically(folder / kVocabFile, text());
}

std::string Vocabulary::text() const {
  std::string out;
  for (const auto& token : tokens_) out.append(token).append("\n");
  return out;
}

std::optional<int64_t> Vocabulary::id(std::string_view token) const {
  const auto found = ids_.find(token);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

const std::string& Vocabulary::token(int64_t id) const {
  if (id < 0 || id >= size()) fail("token id ", id, " is not in a vocabulary of ", size(), " (0 to ", size() - 1, ")");
  return tokens_[static_cast<size_t>(id)];
}

}  // namespace albef
