// Fresh weights as the authors draw them. All take their random numbers from the generator, in the order of the
// parameters, so that the same seed gives the same weights.
#pragma once
#include <ATen/core/Generator.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

namespace albef {

/// PyTorch's default for Linear and Conv2d: weight [out, ...] and bias [out] uniform within ±1/√fan_in alike.
void initialise_default(torch::Tensor weight, torch::Tensor bias, const at::Generator& generator);
void initialise_default(torch::nn::Linear& linear, const at::Generator& generator);

/// A ViT's or BERT's: normal(0, std) truncated at ±2, biases 0, LayerNorms 1 and 0, the patch convolution PyTorch's
/// default. A tensor that is there under two names is drawn twice, and keeps the latter.
void initialise_encoder(torch::nn::Module& module, double std, const at::Generator& generator);

}  // namespace albef
