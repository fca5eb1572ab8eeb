#include "albef/tasks/predict/overlay.h"

#include <torch/nn/functional/upsampling.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace albef {
namespace {

namespace F = torch::nn::functional;

// To 0..1; a map of equal values becomes 0.
torch::Tensor spread(const torch::Tensor& map) {
  const auto from_zero = map - map.min();
  const double most = from_zero.max().item<double>();
  return most > 0 ? from_zero / most : from_zero;
}

// [n, n]: what each point takes of the others; beyond the edges the points come again in reverse, as scipy's "reflect".
torch::Tensor gaussian(int64_t n, double sigma) {
  const auto radius = static_cast<int64_t>(4 * sigma + 0.5);
  auto weights = torch::zeros({n, n}, torch::kDouble);
  auto* row = weights.data_ptr<double>();
  for (int64_t at = 0; at < n; ++at, row += n) {
    double sum = 0;
    for (int64_t d = -radius; d <= radius; ++d) {
      const double weight = std::exp(-0.5 * static_cast<double>(d * d) / (sigma * sigma));
      const int64_t around = ((at + d) % (2 * n) + 2 * n) % (2 * n);
      row[around < n ? around : 2 * n - 1 - around] += weight;
      sum += weight;
    }
    std::for_each(row, row + n, [sum](double& weight) { weight /= sum; });
  }
  return weights;
}

// Between the corners (heat, brightness) of a line.
template <size_t N>
double on_line(const std::array<std::pair<double, double>, N>& corners, double heat) {
  for (size_t i = 1; i < N; ++i) {
    const auto& [x0, y0] = corners[i - 1];
    const auto& [x1, y1] = corners[i];
    if (heat <= x1) return y0 + (y1 - y0) * (heat - x0) / (x1 - x0);
  }
  return corners.back().second;
}

// matplotlib's colour map "jet": where each colour's brightness bends.
std::array<double, 3> jet(double heat) {
  using Corner = std::pair<double, double>;
  static constexpr std::array<Corner, 5> kRed = {{{0, 0}, {0.35, 0}, {0.66, 1}, {0.89, 1}, {1, 0.5}}};
  static constexpr std::array<Corner, 6> kGreen = {{{0, 0}, {0.125, 0}, {0.375, 1}, {0.64, 1}, {0.91, 0}, {1, 0}}};
  static constexpr std::array<Corner, 5> kBlue = {{{0, 0.5}, {0.11, 1}, {0.34, 1}, {0.65, 0}, {1, 0}}};
  return {on_line(kRed, heat), on_line(kGreen, heat), on_line(kBlue, heat)};
}

}  // namespace

Image heat_overlay(const Image& picture, const torch::Tensor& map) {
  TORCH_CHECK(map.dim() == 2 && map.numel() > 0, "heat_overlay: a map of ", map.sizes(), ", expected [rows, columns]");
  const int64_t height = picture.height, width = picture.width;
  const auto large = F::interpolate(spread(map.to(torch::kCPU, torch::kDouble)).view({1, 1, map.size(0), map.size(1)}),
                                    F::InterpolateFuncOptions()
                                        .size(std::vector<int64_t>{height, width})
                                        .mode(torch::kBicubic)
                                        .align_corners(false))
                         .view({height, width});
  const double sigma = 0.02 * static_cast<double>(std::max(width, height));
  const auto smooth = spread(gaussian(height, sigma).matmul(large).matmul(gaussian(width, sigma).t())).contiguous();
  Image out = picture;
  const double* heat = smooth.const_data_ptr<double>();
  for (size_t i = 0; i < out.pixels.size(); i += 3, ++heat) {
    const double share = std::pow(*heat, 0.7);
    const auto colour = jet(*heat);
    for (size_t c = 0; c < 3; ++c)
      out.pixels[i + c] = static_cast<uint8_t>(std::lround((1 - share) * out.pixels[i + c] + share * 255 * colour[c]));
  }
  return out;
}

}  // namespace albef
