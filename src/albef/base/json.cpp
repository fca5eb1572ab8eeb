#include "albef/base/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {
namespace {

constexpr int kMaxDepth = 64;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct OddNumber {
  std::string_view python;    // how Python writes it
  std::string_view stand_in;  // an unlikely number that stands for it while the text is parsed
  double stand_in_value, value;
};
constexpr std::array<OddNumber, 3> kOddNumbers = {
    {{"NaN", " 1.0203040506070809e301 ", 1.0203040506070809e301, std::numeric_limits<double>::quiet_NaN()},
     {"Infinity", " 2.0304050607080901e301 ", 2.0304050607080901e301, kInfinity},
     {"-Infinity", " 3.0405060708090102e301 ", 3.0405060708090102e301, -kInfinity}}};

/// Bytes of the JSON number at `at`, or 0 where none is.
size_t number_length(std::string_view text, size_t at) {
  const auto peek = [&](size_t i) { return i < text.size() ? text[i] : '\0'; };
  const auto digits = [&](size_t i) {
    while (peek(i) >= '0' && peek(i) <= '9') ++i;
    return i;
  };
  const size_t whole = peek(at) == '-' ? at + 1 : at;
  size_t end = peek(whole) == '0' ? whole + 1 : digits(whole);
  if (end == whole) return 0;
  if (peek(end) == '.' && digits(end + 1) > end + 1) end = digits(end + 1);
  if (peek(end) == 'e' || peek(end) == 'E') {
    const size_t exponent = peek(end + 1) == '-' || peek(end + 1) == '+' ? end + 2 : end + 1;
    if (digits(exponent) > exponent) end = digits(exponent);
  }
  return end - at;
}

/// The odd number at `at`, outside of strings, or null; `length` is then the length of what stands there.
const OddNumber* odd_number(const std::string& text, size_t at, size_t& length) {
  for (const OddNumber& odd : kOddNumbers) {
    length = odd.python.size();
    if (std::string_view(text).substr(at, length) == odd.python) return &odd;
  }
  length = number_length(text, at);
  const bool may_be_huge = length > 308 || std::string_view(text).substr(at, length).find_first_of("eE") != text.npos;
  const double value = may_be_huge ? std::strtod(text.c_str() + at, nullptr) : 0;
  return std::isinf(value) ? &kOddNumbers[value > 0 ? 1 : 2] : nullptr;
}

/// `text` with a stand-in for each odd number.
std::string without_odd_numbers(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (size_t at = 0, length = 0; at < text.size(); at += length) {
    const OddNumber* odd = in_string ? nullptr : odd_number(text, at, length);
    if (odd) {
      out += odd->stand_in;
      continue;
    }
    if (in_string || length == 0) length = in_string && text[at] == '\\' ? 2 : 1;
    if (text[at] == '"') in_string = !in_string;
    out.append(text, at, length);
  }
  return out;
}

void restore_odd_numbers(Json& json) {
  std::vector<Json*> left = {&json};
  while (!left.empty()) {
    Json& value = *left.back();
    left.pop_back();
    if (value.is_structured()) {
      for (Json& child : value) left.push_back(&child);
    } else if (value.is_number_float()) {
      const double read = value.get<double>();
      for (const OddNumber& odd : kOddNumbers) {
        if (read == odd.stand_in_value) value = odd.value;
      }
    }
  }
}

}  // namespace

// "[json.exception.parse_error.101] parse error at line 1, column 2: <reason>" -> the reason.
std::string json_fault(const Json::exception& error) {
  std::string why = error.what();
  if (const auto end = why.find("] "); end != std::string::npos) why.erase(0, end + 2);
  if (const auto colon = why.find(": "); why.starts_with("parse error") && colon != std::string::npos)
    why.erase(0, colon + 2);
  return printable(why, 160);
}

// The library refuses such numbers where it meets them, so only a text that it refused is read a second time.
Json parse_like_python(const std::string& text, const Json::parser_callback_t& watch) {
  Json value = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (!value.is_discarded()) return value;
  value = Json::parse(without_odd_numbers(text), watch);
  restore_odd_numbers(value);
  return value;
}

Json parse_json(const std::string& text, const std::string& name) {
  try {
    return parse_like_python(text, [&](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth)
        fail(name, ": lists or objects nested deeper than ", kMaxDepth, "; this is no annotation or settings file");
      return true;
    });
  } catch (const Json::parse_error& error) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) fail(name, ": is empty, expected JSON");
    const size_t before = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());  // `byte` counts the one at fault
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(before), '\n');
    fail(name, ":", line, ": not valid JSON: ", json_fault(error));
  } catch (const Json::exception& error) {
    fail(name, ": not valid JSON: ", json_fault(error));
  }
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

std::string json_kind(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a string";
  return value.is_array() ? "a list" : "an object";
}

}  // namespace albef
