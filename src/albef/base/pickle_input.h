// The bytes of a pickle, taken one value after the other.
#pragma once
#include <cstdint>
#include <string>

#include "albef/base/error.h"
#include "albef/base/numbers.h"

namespace albef {

/// Every function throws Error, naming file and byte, where the value is cut short or is none.
class PickleInput {
 public:
  explicit PickleInput(std::string file) : file_(std::move(file)) {}
  void start(const std::string& pickle) { pickle_ = &pickle, at_ = 0; }

  const std::string& file() const { return file_; }
  [[noreturn]] void refuse(const std::string& why) const;

  uint64_t number(int bytes);  ///< little-endian
  int64_t long_integer();      ///< one byte of length, then two's complement
  double big_endian_double();
  std::string bytes(uint64_t count);
  std::string text(uint64_t count);  ///< bytes that must be UTF-8
  std::string raw_line();            ///< to the next line feed, without it
  std::string line();                ///< the same, which must be UTF-8

  template <class T>
  T decimal(const std::string& line) const {
    T value = 0;
    if (!parse_number(line, value)) refuse(printable(line) + " is no number that 64 bits hold");
    return value;
  }

 private:
  std::string file_;
  const std::string* pickle_ = nullptr;
  uint64_t at_ = 0;
};

}  // namespace albef
