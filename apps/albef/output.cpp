#include "apps/albef/output.h"

#include <cstdio>

#include "albef/base/files.h"

namespace albef::cli {

void write_json(const std::string& where, const OrderedJson& result) {
  const std::string text = result.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  if (where == "-") {
    std::fputs(text.c_str(), stdout);
  } else if (!where.empty()) {
    write_atomically(where, text);
  }
}

}  // namespace albef::cli
