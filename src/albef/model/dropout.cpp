#include "albef/model/dropout.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <mutex>

namespace albef {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

uint64_t draw_key() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return generator.get<at::CPUGeneratorImpl>()->random64();
}

// 64 well-mixed bits for a counter: the finaliser of SplitMix64.
inline uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// to[i] = from[i] * scale where element i stays, else 0. Each counter gives four elements 16 bits each.
template <class T>
void keep_some(const T* from, T* to, int64_t count, uint64_t key, uint32_t threshold, float scale) {
  constexpr int64_t kPerDraw = 4;
  at::parallel_for(0, (count + kPerDraw - 1) / kPerDraw, 4096, [=](int64_t begin, int64_t end) {
    for (int64_t draw = begin; draw < end; ++draw) {
      uint64_t bits = mixed(key + static_cast<uint64_t>(draw) * 0x9e3779b97f4a7c15ULL);
      const int64_t last = std::min(count, (draw + 1) * kPerDraw);
      for (int64_t i = draw * kPerDraw; i < last; ++i, bits >>= 16) {
        const float factor = (bits & 0xffff) < threshold ? 0.0F : scale;
        to[i] = static_cast<T>(static_cast<float>(from[i]) * factor);
      }
    }
  });
}

torch::Tensor masked(const torch::Tensor& x, uint64_t key, double p) {
  const auto from = x.contiguous();
  auto to = torch::empty_like(from);
  const auto threshold = static_cast<uint32_t>(p * 65536 + 0.5);
  const auto scale = static_cast<float>(1 / (1 - p));
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kBFloat16, at::kHalf, from.scalar_type(), "albef_dropout", [&] {
    keep_some(from.const_data_ptr<scalar_t>(), to.data_ptr<scalar_t>(), from.numel(), key, threshold, scale);
  });
  return to;
}

// The gradient draws the same numbers again: cheaper than keeping a mask.
struct Dropout : torch::autograd::Function<Dropout> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, double p) {
    const uint64_t key = draw_key();
    context->saved_data["key"] = static_cast<int64_t>(key);
    context->saved_data["p"] = p;
    return masked(x, key, p);
  }
  static variable_list backward(AutogradContext* context, variable_list gradient) {
    return {masked(gradient[0], static_cast<uint64_t>(context->saved_data["key"].toInt()),
                   context->saved_data["p"].toDouble()),
            {}};
  }
};

}  // namespace

torch::Tensor dropout(const torch::Tensor& x, double p) {
  TORCH_CHECK(p >= 0 && p < 1, "dropout: p is ", p, ", expected 0 <= p < 1");
  if (p == 0) return x;
  return x.is_cpu() ? Dropout::apply(x, p) : torch::dropout(x, p, /*train=*/true);
}

}  // namespace albef
