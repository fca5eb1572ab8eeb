#include "albef/model/initialise.h"

#include <cmath>
#include <string>

namespace albef {

void initialise_default(torch::Tensor weight, torch::Tensor bias, const at::Generator& generator) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(weight[0].numel()));
  weight.uniform_(-bound, bound, generator);
  bias.uniform_(-bound, bound, generator);
}

void initialise_default(torch::nn::Linear& linear, const at::Generator& generator) {
  initialise_default(linear->weight, linear->bias, generator);
}

void initialise_encoder(torch::nn::Module& module, double std, const at::Generator& generator) {
  for (auto& item : module.named_parameters()) {
    const std::string& name = item.key();
    auto& value = item.value();
    const bool norm = name.find("norm") != std::string::npos || name.find("LayerNorm") != std::string::npos;
    if (norm && name.ends_with("weight")) {
      value.fill_(1);
    } else if (value.dim() == 1) {
      value.zero_();
    } else {
      value.normal_(0, std, generator).clamp_(-2, 2);  // "truncated at ±2": 100 standard deviations away
    }
  }
  auto parameters = module.named_parameters();
  if (auto* weight = parameters.find("patch_embed.proj.weight"))
    initialise_default(*weight, *parameters.find("patch_embed.proj.bias"), generator);
}

}  // namespace albef
