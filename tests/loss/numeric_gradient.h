// Gradients of autograd against central differences.
#pragma once
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>

namespace albef {

/// The gradient of `loss` (float64) with respect to `x`, element by element.
inline void expect_gradient(const std::function<torch::Tensor()>& loss, torch::Tensor x) {
  constexpr double kStep = 1e-6;
  x.mutable_grad().reset();
  loss().backward();
  const auto gradient = x.grad().clone().flatten();
  const torch::NoGradGuard no_grad;
  auto values = x.view({-1});
  for (int64_t i = 0; i < values.numel(); ++i) {
    const double value = values[i].item<double>();
    values[i] = value + kStep;
    const double above = loss().item<double>();
    values[i] = value - kStep;
    const double below = loss().item<double>();
    values[i] = value;
    EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * kStep), 1e-6) << "element " << i;
  }
}

}  // namespace albef
