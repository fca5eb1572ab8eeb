// Line charts as inline SVG, for pages that must not need anything beside themselves.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace albef {

/// One line. Points are finite and ascend in x.
struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dashed = false;  ///< drawn dashed with its points marked: held-out values beside those of training
};

struct ChartOptions {
  std::string title;       ///< with the unit of y
  std::string x = "step";  ///< what is counted along the x axis
};

/// Axes from 0 with round numbers, a legend, a line a series; of long series the means of neighbouring points, at most
/// kChartPoints. Marked points tell their value when pointed at. "" if there is no point at all.
std::string chart_svg(const ChartOptions& options, const std::vector<Series>& series);

inline constexpr size_t kChartPoints = 240;

}  // namespace albef
