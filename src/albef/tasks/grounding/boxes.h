// From a heat map to a box, and whether it is the right one (paper §5, visual grounding). Pure functions.
//
// Boxes are [left, top, width, height] in pixels of the picture; a heat map [G, G] covers the whole picture.
#pragma once
#include <torch/types.h>

#include <optional>
#include <vector>

#include "albef/data/grounding_truth.h"

namespace albef {

/// A heat map spread over a picture, as the authors' F.interpolate(mode="bicubic", align_corners=False): Keys' cubic
/// with a = -0.75, edges repeated. The picture is never made: that cubic acts along rows and columns apart, so a sum
/// over a box needs only what the cells of the map weigh in its rows and in its columns.
class HeatMap {
 public:
  /// `map` [rows, columns], any floating type. `size` in pixels, each side 1 to kLongestSide.
  HeatMap(const torch::Tensor& map, ImageSize size);

  /// Of the pixels [int(top) : int(top+height), int(left) : int(left+width)], clipped to the picture. In float64.
  double sum(const Box& box) const;

  struct Hottest {
    double x = 0, y = 0;  ///< of the hottest point in pixels; of equals the first, row by row
    Box around;           ///< an answer without proposals
  };
  /// `around`: the bounds of the connected region (4 neighbours) that holds the hottest point and in which the heat is
  /// at least `threshold` (0 to 1) of it; the whole picture where no heat is above 0.
  Hottest hottest(double threshold) const;

 private:
  torch::Tensor on_points(int width, int height) const;  // [height, width] float64

  torch::Tensor map_;  // [rows, columns] float64
  ImageSize size_;
  std::vector<double> rows_, columns_;  // [side+1, cells]: what each cell weighs in all pixels before this one
};

/// The hottest point and the box around it are looked for on at most so many points a side: in larger pictures they are
/// that coarse.
inline constexpr int kFinest = 1024;
inline constexpr double kBoxThreshold = 0.3;  ///< the best on validation: docs/grounding.md

/// heat / (width * height)^exponent, §5 with 0.5.
double box_score(const HeatMap& heat, const Box& box, double exponent);

/// Index of the first proposal of the highest score. With `only_positive` nothing where no score is above 0 (the
/// authors then keep the box of the sample before).
std::optional<size_t> best_proposal(const HeatMap& heat, const std::vector<Box>& proposals, double exponent,
                                    bool only_positive = false);

/// Intersection over union as the authors compute it: edges at left+width-1 and top+height-1, sides of the
/// intersection one longer, none where the edges do not differ.
double intersection_over_union(const Box& a, const Box& b);

/// Whether `answer` is right: at least half of the union with `truth` is common.
bool is_right(const Box& answer, const Box& truth);

bool contains(const Box& box, double x, double y);  ///< left and top edges belong to it, right and bottom do not

}  // namespace albef
