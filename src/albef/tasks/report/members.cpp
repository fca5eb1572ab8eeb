#include "albef/tasks/report/members.h"

#include <cmath>

#include "albef/base/error.h"

namespace albef {

Members::Members(const OrderedJson& json, std::string where, std::string expected)
    : json_(json), where_(std::move(where)), expected_(std::move(expected)) {
  if (!json.is_object()) refuse("is " + json_kind(json) + ", not an object");
}

const OrderedJson& Members::required(const std::string& key, const char* kind, Is is) const {
  if (!has(key)) refuse("has no `" + key + "`");
  const auto& value = json_.at(key);
  if (!(value.*is)()) refuse("`" + printable(key) + "` is " + json_kind(value) + ", not " + kind);
  return value;
}

double Members::number(const std::string& key) const {
  const auto value = required(key, "a number", &OrderedJson::is_number).get<double>();
  if (!std::isfinite(value)) refuse("`" + printable(key) + "` is not finite");
  return value;
}

int64_t Members::count(const std::string& key) const {
  const auto& value = required(key, "a whole number", &OrderedJson::is_number_integer);
  const auto count = value.get<int64_t>();
  if (count < 0) refuse("`" + printable(key) + "` is " + value.dump() + ", not a count");
  return count;
}

bool Members::truth(const std::string& key) const {
  return required(key, "true or false", &OrderedJson::is_boolean).get<bool>();
}

std::string Members::text(const std::string& key) const {
  return required(key, "a string", &OrderedJson::is_string).get<std::string>();
}

const OrderedJson& Members::list(const std::string& key) const {
  return required(key, "a list", &OrderedJson::is_array);
}

Members Members::object(const std::string& key) const {
  const auto& value = required(key, "an object", &OrderedJson::is_object);
  if (value.empty()) refuse("`" + printable(key) + "` is empty");
  return inside(value, key);
}

void Members::refuse(const std::string& what) const {
  fail(where_, ": ", what, "; expected ", expected_);
}

}  // namespace albef
