// The exponential moving average that momentum models are (§3.3), over any modules.
#pragma once
#include <torch/nn/module.h>

#include <memory>
#include <utility>
#include <vector>

namespace albef {

class Ema {
 public:
  using Module = std::shared_ptr<torch::nn::Module>;

  Ema() = default;  ///< of nothing
  /// Pairs of a module and its average, which loses its gradients. Throws c10::Error unless the two of each pair have
  /// parameters of the same shapes in the same order.
  explicit Ema(const std::vector<std::pair<Module, Module>>& pairs);

  void copy();                   ///< average := module
  void update(double momentum);  ///< average := momentum * average + (1 - momentum) * module

 private:
  std::vector<torch::Tensor> online_, average_;  // pairwise, each tensor once
};

}  // namespace albef
