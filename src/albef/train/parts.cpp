#include "albef/train/parts.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/log.h"

namespace albef {
namespace {

bool is_of(const std::string& parameter, const std::string& part) {
  return parameter == part || parameter.starts_with(part + ".");
}

std::vector<std::string> trained_names(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& item : module.named_parameters()) {
    if (item.value().requires_grad()) names.push_back(item.key());
  }
  return names;
}

// The first components of the names, each once, in their order: "visual_encoder, text_encoder, temp".
std::string largest_parts(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  std::string text;
  for (const auto& name : names) {
    const auto part = name.substr(0, name.find('.'));
    if (std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    parts.push_back(part);
    text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

void check_part(const char* key, const std::string& part, const std::vector<std::string>& trained) {
  const auto fits = [&](const std::string& name) { return is_of(name, part); };
  if (std::any_of(trained.begin(), trained.end(), fits)) return;
  fail(key, ": '", printable(part, 40), "' is no part that is trained; expected one of ", largest_parts(trained),
       ", or a longer beginning of a parameter's name (albef inspect CHECKPOINT lists them)");
}

}  // namespace

void freeze(const torch::nn::Module& module, const PartOptions& options) {
  const auto all = trained_names(module);
  for (const auto& part : options.freeze) check_part("freeze", part, all);
  int64_t frozen = 0, elements = 0;
  for (auto& item : module.named_parameters()) {
    auto& parameter = item.value();
    if (!parameter.requires_grad()) continue;
    elements += parameter.numel();
    const auto holds = [&](const std::string& part) { return is_of(item.key(), part); };
    if (std::none_of(options.freeze.begin(), options.freeze.end(), holds)) continue;
    parameter.set_requires_grad(false);
    frozen += parameter.numel();
  }
  const auto left = trained_names(module);
  if (left.empty()) fail("freeze: nothing is left to train; leave out one of ", largest_parts(all));
  for (const auto& [part, factor] : options.lr_factor) check_part("lr_factor", part, left);
  if (frozen > 0) log_info("frozen: ", frozen, " of ", elements, " parameters");
}

double lr_factor(const std::string& parameter, const NumberMap& factors) {
  double factor = 1;
  size_t longest = 0;
  for (const auto& [part, value] : factors) {
    if (part.size() < longest || !is_of(parameter, part)) continue;
    longest = part.size();
    factor = value;
  }
  return factor;
}

}  // namespace albef
