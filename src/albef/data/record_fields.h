// What the readers of record lists share: fields of a record, with errors that name it, and pictures by number.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "albef/data/published.h"

namespace albef {

/// Numbers strings in the order of their first appearance.
class Numbering {
 public:
  std::pair<uint32_t, bool> number(const std::string& text) {  ///< and whether it is new
    const auto [entry, is_new] = numbers_.emplace(text, static_cast<uint32_t>(numbers_.size()));
    return {entry->second, is_new};
  }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
};

/// The fields of one record, where nothing may be passed over: all errors name file and record.
class RecordFields {
 public:
  /// `expected` is what a record looks like, for messages. Error if the record is too long or not UTF-8. Views all.
  RecordFields(const std::string& file, const Record& record, const std::string& expected);

  const std::string& place() const { return place_; }  ///< "train.json: record 12"
  const std::string& list() const { return list_; }    ///< see Record
  const Json* find(const char* field) const;           ///< null if it is not there
  const Json& required(const char* field) const;
  /// A string of at most kMaxCaptionBytes; `field` is for the message.
  std::string text(const Json& value, const char* field) const;
  std::string text(const char* field) const { return text(required(field), field); }
  std::string picture(const Json& value, const char* field) const;   ///< the same, as a path: not empty, no zero byte
  int64_t whole_number(const Json& value, const char* field) const;  ///< that fits 64 bits
  int64_t whole_number(const char* field) const { return whole_number(required(field), field); }
  const Json& objects(const char* field) const;                         ///< a list of objects
  const Json& required_of(const Json& inner, const char* field) const;  ///< of an object within the record

 private:
  const Json& record_;
  const std::string &list_, &expected_;
  std::string place_;
};

/// Calls `take` for each sample of each list (see read_samples) with the list's number and the record's; Error if there
/// is none.
void read_all_records(const std::vector<std::string>& lists, const PictureNaming& naming, const std::string& expected,
                      const std::function<void(const RecordFields& fields, uint32_t source, uint64_t record)>& take);

/// What is to be known of a list's pictures to look for them: how many, where they lie, and (asked only for one that is
/// missing) the record that names it, as record_name has it.
struct ListedPictures {
  uint32_t count = 0;
  std::function<std::string(uint32_t)> path, named_by;
  std::string setting = "image_root";  ///< that says where they lie
};

/// Error naming the record of the first picture that is no file, and how many there are.
void check_pictures(const ListedPictures& pictures);

/// "a, b, c"
std::string joined(const std::vector<std::string>& names);

}  // namespace albef
