#include "albef/base/pickle_input.h"

#include <bit>

#include "albef/base/utf8.h"

namespace albef {

void PickleInput::refuse(const std::string& why) const {
  fail(file_, ": its pickle, byte ", at_, ": ", why);
}

uint64_t PickleInput::number(int bytes) {
  if (pickle_->size() - at_ < static_cast<uint64_t>(bytes)) refuse("it ends in the middle of a value");
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint64_t{static_cast<unsigned char>((*pickle_)[at_++])} << (8 * i);
  return value;
}

std::string PickleInput::bytes(uint64_t count) {
  if (pickle_->size() - at_ < count) refuse("it ends in the middle of a string");
  at_ += count;
  return pickle_->substr(at_ - count, count);
}

std::string PickleInput::text(uint64_t count) {
  std::string result = bytes(count);
  if (utf8_error(result) != std::string::npos) refuse("a string is not valid UTF-8");
  return result;
}

std::string PickleInput::raw_line() {
  const size_t end = pickle_->find('\n', at_);
  if (end == std::string::npos) refuse("it ends in the middle of a line");
  std::string result = bytes(end - at_);
  ++at_;
  return result;
}

std::string PickleInput::line() {
  std::string result = raw_line();
  if (utf8_error(result) != std::string::npos) refuse("a name is not valid UTF-8");
  return result;
}

int64_t PickleInput::long_integer() {
  const auto bytes = static_cast<int>(number(1));
  if (bytes > 8) refuse(str("a whole number of ", bytes, " bytes; at most 8 can be read"));
  if (bytes == 0) return 0;
  const int unused = 64 - 8 * bytes;
  return static_cast<int64_t>(number(bytes) << unused) >> unused;  // two's complement: the sign spreads
}

double PickleInput::big_endian_double() {
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | number(1);
  return std::bit_cast<double>(bits);
}

}  // namespace albef
