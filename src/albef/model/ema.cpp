#include "albef/model/ema.h"

#include <set>

namespace albef {

Ema::Ema(const std::vector<std::pair<Module, Module>>& pairs) {
  std::set<const void*> known;  // a module may hold a tensor under two names
  for (const auto& [module, average] : pairs) {
    const auto from = module->named_parameters();
    const auto to = average->parameters();
    TORCH_CHECK(from.size() == to.size(), "Ema: a module of ", from.size(), " parameters with an average of ",
                to.size());
    for (size_t i = 0; i < to.size(); ++i) {
      TORCH_CHECK(from[i].value().sizes() == to[i].sizes(), "Ema: ", from[i].key(), " is ", from[i].value().sizes(),
                  ", its average ", to[i].sizes());
      if (!known.insert(to[i].unsafeGetTensorImpl()).second) continue;
      online_.push_back(from[i].value());
      average_.push_back(to[i]);
      average_.back().requires_grad_(false);
    }
  }
}

void Ema::copy() {
  const torch::NoGradGuard no_grad;
  for (size_t i = 0; i < average_.size(); ++i) average_[i].copy_(online_[i]);
}

void Ema::update(double momentum) {
  const torch::NoGradGuard no_grad;
  if (!average_.empty()) at::_foreach_lerp_(average_, online_, 1 - momentum);
}

}  // namespace albef
