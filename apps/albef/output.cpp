#include "apps/albef/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef::cli {

void check_output(const std::string& where) {
  if (!where.empty() && where != "-") check_writable(where);
}

void write_json(const std::string& where, const OrderedJson& result) {
  const std::string text = result.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  if (where == "-") {
    std::fputs(text.c_str(), stdout);
  } else if (!where.empty()) {
    write_atomically(where, text);
  }
}

void flush_standard_output() {
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (!written) fail("standard output cannot be written (", errno ? std::strerror(errno) : "write failed", ")");
}

}  // namespace albef::cli
