// Histograms as inline SVG, for pages that must not need anything beside themselves.
#pragma once
#include <string>

#include "albef/data/tally.h"

namespace albef {

struct HistogramOptions {
  std::string title;
  std::string unit;    ///< what is counted along the x axis: "words"
  uint64_t limit = 0;  ///< a line is drawn behind that number, named by `limit_name`; 0: none
  std::string limit_name = {};
  double scale = 1;  ///< numbers are shown divided by it
};

/// Bars of at most kHistogramBars bins, from the first to the last that is counted; each tells its number when pointed
/// at. "" of nothing.
std::string histogram_svg(const HistogramOptions& options, const Tally& tally);

inline constexpr size_t kHistogramBars = 40;

}  // namespace albef
