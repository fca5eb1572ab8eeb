// JSON files read piece by piece: values are cut out as text, so that no file has to be held as a whole.
#pragma once
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "albef/data/records.h"

namespace albef {

/// What kind of value begins so, for messages.
std::string json_kind_of(char first);

/// A file, character by character.
class JsonCharacters {
 public:
  /// `expected`: what the file should hold. Error if it is missing, no regular file or cannot be opened.
  JsonCharacters(const std::string& path, const char* expected);

  /// False at the end of the file.
  bool next(char& c) {
    if (at_ == size_ && !refill()) return false;
    c = buffer_[at_++];
    return true;
  }
  bool next_visible(char& c);  ///< the same, passing over white space
  bool first(char& c);         ///< the file's first visible one, behind a byte order mark
  void back() { --at_; }       ///< the character that next() gave last comes again
  const std::string& name() const { return name_; }

 private:
  bool refill();

  std::string name_;
  std::vector<char> buffer_;
  std::ifstream in_;
  size_t at_ = 0, size_ = 0;
};

/// Cuts values out as text, of which no more than kMaxRecordBytes + 1 are kept.
class JsonCutter {
 public:
  JsonCutter(JsonCharacters& in, std::string& text) : in_(in), text_(text) {}

  uint64_t number = 1;  ///< of the record under way, for messages

  /// Reads on behind the first character of a value, which may be an object's or a list's.
  void value(char first);
  /// Behind the beginning of an object or list, the `depth`th within each other, to its end.
  void nested(int depth);
  void string();  ///< behind its first quotation mark
  char next();    ///< Error at the end of the file, as all of these
  char next_visible();
  void add(char c) {
    if (text_.size() <= kMaxRecordBytes) text_ += c;
  }

 private:
  JsonCharacters& in_;
  std::string& text_;
};

}  // namespace albef
