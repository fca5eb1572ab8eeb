// Members of a JSON object that someone else may have written, each checked before it is used.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "albef/base/json.h"

namespace albef {

/// Errors name `where` ("task.json", "ve.jsonl:3") and end in "; expected `expected`".
class Members {
 public:
  using Is = bool (OrderedJson::*)() const noexcept;

  /// Of `json`, which must live on; Error unless it is an object.
  Members(const OrderedJson& json, std::string where, std::string expected);

  bool has(const std::string& key) const { return json_.contains(key); }
  /// Error unless there is one of the kind that `is` tells, "a list" say.
  const OrderedJson& required(const std::string& key, const char* kind, Is is) const;

  double number(const std::string& key) const;  ///< finite
  int64_t count(const std::string& key) const;  ///< 0 or more
  bool truth(const std::string& key) const;
  std::string text(const std::string& key) const;
  const OrderedJson& list(const std::string& key) const;
  Members object(const std::string& key) const;  ///< not empty
  Members inside(const OrderedJson& json, const std::string& name) const {
    return {json, where_ + ": " + name, expected_};
  }

  const OrderedJson& json() const { return json_; }
  const std::string& where() const { return where_; }
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const OrderedJson& json_;
  std::string where_, expected_;
};

}  // namespace albef
