// Failures that are the user's to mend: their data, files, arguments, configuration.
// A broken contract inside the program is TORCH_CHECK's business instead.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>

namespace albef {

/// One line that says what was wrong, where (file, line, record), what was expected and what to do.
/// `main` prints it and exits with 2.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Raised where work stops because the user asked for it (SIGINT, SIGTERM, SIGHUP); `main` exits with 130.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The parts written one after the other: str("step ", 3, ": loss ", 0.5).
template <class... Parts>
std::string str(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(str(parts...));
}

/// `text` made fit for one line of a terminal: control characters and broken UTF-8 escaped, cut after `limit` bytes.
std::string printable(const std::string& text, size_t limit = 80);

}  // namespace albef
