#include "albef/tasks/report/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "albef/base/error.h"
#include "albef/tasks/report/html.h"

namespace albef {
namespace {

// All lengths in units of the view box; the page scales it.
constexpr double kWidth = 460, kHeight = 250, kLeft = 46, kRight = 10, kTop = 46, kBottom = 34;
constexpr std::array kColours = {"#2563a8", "#c2541b", "#2f8552", "#7b4fa3", "#8a6d1d"};

// The least of 1, 2, 2.5, 5 and 10 times a power of ten that is no less than `length`.
double round_up(double length) {
  const double power = std::pow(10, std::floor(std::log10(length)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (length <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

// From 0 to at least `most` in four or five equal parts.
struct Axis {
  double step = 1, end = 1;

  explicit Axis(double most) {
    if (most > 0) step = round_up(most / 5);
    end = step * std::max(1.0, std::ceil(most / step - 1e-9));
  }
  int ticks() const { return static_cast<int>(std::lround(end / step)); }
};

std::string tick_text(double value) {
  char text[32];
  if (std::abs(value) >= 1e4) {
    std::snprintf(text, sizeof text, "%gk", value / 1000);
  } else {
    std::snprintf(text, sizeof text, "%g", value);
  }
  return text;
}

std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>>& points) {
  const size_t group = (points.size() + kChartPoints - 1) / kChartPoints;
  if (group <= 1) return points;
  std::vector<std::pair<double, double>> means;
  for (size_t begin = 0; begin < points.size(); begin += group) {
    const size_t end = std::min(points.size(), begin + group);
    double y = 0;
    for (size_t i = begin; i < end; ++i) y += points[i].second;
    means.emplace_back(points[end - 1].first, y / static_cast<double>(end - begin));
  }
  return means;
}

class Plot {
 public:
  Plot(double most_x, double most_y) : x_(most_x), y_(most_y) {}

  std::string axes(const std::string& x_name) const {
    std::string svg = "<g class=\"axis\">";
    for (int i = 0; i <= y_.ticks(); ++i) {
      const std::string y = fixed(at_y(i * y_.step));
      svg += str("<line x1=\"", kLeft, "\" x2=\"", kWidth - kRight, "\" y1=\"", y, "\" y2=\"", y, "\"/><text x=\"",
                 kLeft - 6, "\" y=\"", y, "\" dy=\"4\" text-anchor=\"end\">", tick_text(i * y_.step), "</text>");
    }
    for (int i = 0; i <= x_.ticks(); ++i) {
      svg += str("<text x=\"", fixed(at_x(i * x_.step)), "\" y=\"", kHeight - kBottom + 16,
                 "\" text-anchor=\"middle\">", tick_text(i * x_.step), "</text>");
    }
    return svg + str("<text x=\"", kWidth - kRight, "\" y=\"", kHeight - 4, "\" text-anchor=\"end\">",
                     escape_html(x_name), "</text></g>");
  }

  std::string line(const Series& series, const char* colour) const {
    std::string path, marks;
    for (const auto& [x, y] : thinned(series.points)) {
      const std::string px = fixed(at_x(x)), py = fixed(at_y(y));
      path += (path.empty() ? "" : " ") + px + "," + py;
      if (series.dashed) {
        marks += str("<circle cx=\"", px, "\" cy=\"", py, "\" r=\"3\" fill=\"", colour, "\"><title>",
                     escape_html(series.name), " ", tick_text(y), " at ", tick_text(x), "</title></circle>");
      }
    }
    return str("<polyline fill=\"none\" stroke=\"", colour, "\" stroke-width=\"1.8\" stroke-linejoin=\"round\"",
               series.dashed ? " stroke-dasharray=\"5 4\"" : "", " points=\"", path, "\"/>", marks);
  }

 private:
  double at_x(double x) const { return kLeft + x / x_.end * (kWidth - kLeft - kRight); }
  double at_y(double y) const { return kHeight - kBottom - y / y_.end * (kHeight - kTop - kBottom); }

  Axis x_, y_;
};

}  // namespace

std::string chart_svg(const ChartOptions& options, const std::vector<Series>& series) {
  double most_x = 0, most_y = 0;
  bool any = false;
  for (const auto& one : series) {
    for (const auto& [x, y] : one.points) {
      most_x = std::max(most_x, x);
      most_y = std::max(most_y, y);
      any = true;
    }
  }
  if (!any) return "";
  const Plot plot(most_x, most_y);
  std::string svg = str("<svg class=\"chart\" viewBox=\"0 0 ", kWidth, " ", kHeight, "\" role=\"img\" aria-label=\"",
                        escape_html(options.title), "\"><text class=\"title\" x=\"0\" y=\"14\">",
                        escape_html(options.title), "</text>", plot.axes(options.x));
  double legend = kLeft;
  size_t colour = 0;
  for (const auto& one : series) {
    if (one.points.empty()) continue;
    const char* stroke = kColours[colour++ % kColours.size()];
    svg += plot.line(one, stroke);
    svg += str("<line x1=\"", legend, "\" x2=\"", legend + 18, "\" y1=\"30\" y2=\"30\" stroke=\"", stroke,
               "\" stroke-width=\"2\"", one.dashed ? " stroke-dasharray=\"5 4\"" : "", "/><text class=\"legend\" x=\"",
               legend + 23, "\" y=\"34\">", escape_html(one.name), "</text>");
    legend += 40 + 6.6 * static_cast<double>(one.name.size());
  }
  return svg + "</svg>";
}

}  // namespace albef
