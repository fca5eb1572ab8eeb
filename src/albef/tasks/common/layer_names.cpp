#include "albef/tasks/common/layer_names.h"

#include <c10/util/Exception.h>

#include <string_view>

namespace albef {
namespace {

constexpr std::string_view kLayer = "encoder.layer.";

// Where the digits stand.
struct Digits {
  size_t begin, end;
};

std::optional<Digits> find_digits(const std::string& name) {
  const size_t at = name.find(kLayer);
  if (at == std::string::npos) return {};
  const size_t begin = at + kLayer.size(), end = name.find('.', begin);
  if (end == std::string::npos || end == begin || end - begin > 6) return {};
  if (name.find_first_not_of("0123456789", begin) != end) return {};
  return Digits{begin, end};
}

}  // namespace

std::optional<int64_t> layer_number(const std::string& name) {
  const auto digits = find_digits(name);
  if (!digits) return {};
  return std::stoll(name.substr(digits->begin, digits->end - digits->begin));
}

std::string with_layer_number(const std::string& name, int64_t number) {
  const auto digits = find_digits(name);
  TORCH_CHECK(digits, "with_layer_number: ", name, " names no layer");
  auto renamed = name;
  return renamed.replace(digits->begin, digits->end - digits->begin, std::to_string(number));
}

}  // namespace albef
