#include "albef/tasks/grounding/boxes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "albef/base/error.h"

namespace albef {
namespace {

// Keys' cubic for the four cells around a point that lies `t` (0 to 1) behind the second of them.
std::array<double, 4> cubic(double t) {
  constexpr double kA = -0.75;
  const auto near = [](double x) { return ((kA + 2) * x - (kA + 3)) * x * x + 1; };
  const auto far = [](double x) { return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

// Calls take(cell, weight) for the cells that make up point `point` of a side of `points` drawn from `cells`.
template <class Take>
void for_cells(int point, int points, int cells, const Take& take) {
  const double at = (point + 0.5) * cells / points - 0.5, below = std::floor(at);
  const auto weights = cubic(at - below);
  for (int i = 0; i < 4; ++i)
    take(std::clamp(static_cast<int>(below) - 1 + i, 0, cells - 1), weights.at(static_cast<size_t>(i)));
}

// [points+1, cells]: the sum of the weights of all points before.
std::vector<double> summed_weights(int points, int cells) {
  const auto width = static_cast<size_t>(cells);
  std::vector<double> sums((static_cast<size_t>(points) + 1) * width, 0.0);
  for (int point = 0; point < points; ++point) {
    double* next = sums.data() + (static_cast<size_t>(point) + 1) * width;
    std::copy(next - width, next, next);
    for_cells(point, points, cells, [next](int cell, double weight) { next[cell] += weight; });
  }
  return sums;
}

torch::Tensor point_weights(int points, int cells) {  // [points, cells]
  auto weights = torch::zeros({points, cells}, torch::kDouble);
  auto* data = weights.data_ptr<double>();
  for (int point = 0; point < points; ++point)
    for_cells(point, points, cells, [&](int cell, double weight) { data[point * cells + cell] += weight; });
  return weights;
}

// Python's int(): towards 0; then within the picture.
int pixel(double edge, int side) {
  return static_cast<int>(std::clamp(std::trunc(edge), 0.0, static_cast<double>(side)));
}

struct Bounds {
  int left, top, right, bottom;  // all within
};

// Of the region connected with point `start` in which the heat is at least `least`.
Bounds region(const double* heat, int width, int height, size_t start, double least) {
  const int x0 = static_cast<int>(start) % width, y0 = static_cast<int>(start) / width;
  Bounds bounds = {x0, y0, x0, y0};
  std::vector<bool> seen(static_cast<size_t>(width) * static_cast<size_t>(height), false);
  std::vector<size_t> open = {start};
  seen[start] = true;
  const auto visit = [&](size_t i) {
    if (!seen[i] && heat[i] >= least) open.push_back(i);
    seen[i] = true;
  };
  while (!open.empty()) {
    const size_t i = open.back();
    open.pop_back();
    const int x = static_cast<int>(i) % width, y = static_cast<int>(i) / width;
    bounds = {std::min(bounds.left, x), std::min(bounds.top, y), std::max(bounds.right, x), std::max(bounds.bottom, y)};
    if (x > 0) visit(i - 1);
    if (x + 1 < width) visit(i + 1);
    if (y > 0) visit(i - static_cast<size_t>(width));
    if (y + 1 < height) visit(i + static_cast<size_t>(width));
  }
  return bounds;
}

}  // namespace

HeatMap::HeatMap(const torch::Tensor& map, ImageSize size)
    : map_(map.to(torch::kCPU, torch::kDouble).contiguous()), size_(size) {
  TORCH_CHECK(map.dim() == 2 && map.numel() > 0, "HeatMap: a map of ", map.sizes(), ", expected [rows, columns]");
  TORCH_CHECK(size.width >= 1 && size.height >= 1 && std::max(size.width, size.height) <= kLongestSide,
              "HeatMap: a picture of ", size.width, " x ", size.height, " pixels");
  rows_ = summed_weights(size.height, static_cast<int>(map.size(0)));
  columns_ = summed_weights(size.width, static_cast<int>(map.size(1)));
}

double HeatMap::sum(const Box& box) const {
  const auto rows = static_cast<size_t>(map_.size(0)), columns = static_cast<size_t>(map_.size(1));
  const auto top = static_cast<size_t>(pixel(box.top, size_.height)),
             bottom = static_cast<size_t>(pixel(box.top + box.height, size_.height)),
             left = static_cast<size_t>(pixel(box.left, size_.width)),
             right = static_cast<size_t>(pixel(box.left + box.width, size_.width));
  if (bottom <= top || right <= left) return 0;
  const double* cell = map_.const_data_ptr<double>();
  double sum = 0;
  for (size_t r = 0; r < rows; ++r) {
    double row = 0;
    for (size_t c = 0; c < columns; ++c)
      row += *cell++ * (columns_[right * columns + c] - columns_[left * columns + c]);
    sum += row * (rows_[bottom * rows + r] - rows_[top * rows + r]);
  }
  return sum;
}

torch::Tensor HeatMap::on_points(int width, int height) const {
  const auto across = point_weights(width, static_cast<int>(map_.size(1))),
             down = point_weights(height, static_cast<int>(map_.size(0)));
  return down.matmul(map_).matmul(across.t()).contiguous();
}

HeatMap::Hottest HeatMap::hottest(double threshold) const {
  const int width = std::min(size_.width, kFinest), height = std::min(size_.height, kFinest);
  const auto points = on_points(width, height);
  const double* heat = points.const_data_ptr<double>();
  const auto at = static_cast<size_t>(std::max_element(heat, heat + points.numel()) - heat);
  const double across = static_cast<double>(size_.width) / width, down = static_cast<double>(size_.height) / height;
  Hottest hottest = {.x = (static_cast<int>(at) % width + 0.5) * across,
                     .y = (static_cast<int>(at) / width + 0.5) * down,
                     .around = {0, 0, static_cast<double>(size_.width), static_cast<double>(size_.height)}};
  if (!(heat[at] > 0)) return hottest;
  const auto [left, top, right, bottom] = region(heat, width, height, at, threshold * heat[at]);
  hottest.around = {left * across, top * down, (right - left + 1) * across, (bottom - top + 1) * down};
  return hottest;
}

double box_score(const HeatMap& heat, const Box& box, double exponent) {
  return heat.sum(box) / std::pow(box.width * box.height, exponent);
}

std::optional<size_t> best_proposal(const HeatMap& heat, const std::vector<Box>& proposals, double exponent,
                                    bool only_positive) {
  std::optional<size_t> best;
  double highest = 0;
  for (size_t i = 0; i < proposals.size(); ++i) {
    const double score = box_score(heat, proposals[i], exponent);
    if (!(score > highest) && (best || only_positive)) continue;
    best = i;
    highest = score;
  }
  return best;
}

double intersection_over_union(const Box& a, const Box& b) {
  const double left = std::max(a.left, b.left), top = std::max(a.top, b.top),
               right = std::min(a.left + a.width - 1, b.left + b.width - 1),
               bottom = std::min(a.top + a.height - 1, b.top + b.height - 1);
  const double common = left < right && top < bottom ? (right - left + 1) * (bottom - top + 1) : 0;
  return common / (a.width * a.height + b.width * b.height - common);
}

bool is_right(const Box& answer, const Box& truth) {
  return intersection_over_union(answer, truth) >= 0.5;
}

bool contains(const Box& box, double x, double y) {
  return box.left <= x && x < box.left + box.width && box.top <= y && y < box.top + box.height;
}

}  // namespace albef
