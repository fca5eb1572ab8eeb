// Modules that only group others under a name, since checkpoints say `attn.qkv` and `patch_embed.proj.weight`.
#pragma once
#include <torch/nn/module.h>

#include <memory>

namespace albef {

inline std::shared_ptr<torch::nn::Module> group() {
  return std::make_shared<torch::nn::Module>();
}

}  // namespace albef
