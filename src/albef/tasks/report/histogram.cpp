#include "albef/tasks/report/histogram.h"

#include <algorithm>
#include <cstdio>

#include "albef/base/error.h"
#include "albef/tasks/report/html.h"

namespace albef {
namespace {

// All lengths in units of the view box; the page scales it.
constexpr double kWidth = 460, kHeight = 190, kLeft = 6, kRight = 10, kTop = 34, kBottom = 34;

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

class Bars {
 public:
  Bars(const HistogramOptions& options, const Tally& tally)
      : options_(options), tally_(tally), bins_(tally.bins(kHistogramBars)) {
    for (const Tally::Bin& bin : bins_) most_ = std::max(most_, bin.count);
    width_ = (kWidth - kLeft - kRight) / static_cast<double>(bins_.size());
  }

  std::string svg() const {
    const std::string title = escape_html(options_.title);
    return str("<svg class=\"chart\" viewBox=\"0 0 ", kWidth, " ", kHeight, "\" role=\"img\" aria-label=\"", title,
               "\"><text class=\"title\" x=\"0\" y=\"14\">", title, "</text>", bars(), axis(), limit(), "</svg>");
  }

 private:
  double left_of(size_t bin) const { return kLeft + static_cast<double>(bin) * width_; }

  std::string number(uint64_t value) const { return shown(static_cast<double>(value) / options_.scale); }

  std::string bars() const {
    std::string out = "<g class=\"bars\">";
    for (size_t i = 0; i < bins_.size(); ++i) {
      const Tally::Bin& bin = bins_[i];
      if (bin.count == 0) continue;
      const double full = kHeight - kTop - kBottom;
      const double height = std::max(1.0, full * static_cast<double>(bin.count) / static_cast<double>(most_));
      const std::string range = bin.from == bin.to ? number(bin.from) : number(bin.from) + " to " + number(bin.to);
      out += str("<rect x=\"", fixed(left_of(i) + width_ * 0.06), "\" y=\"", fixed(kTop + full - height), "\" width=\"",
                 fixed(width_ * 0.88), "\" height=\"", fixed(height), "\"><title>", range, " ",
                 escape_html(options_.unit), ": ", bin.count, "</title></rect>");
    }
    return out + "</g>";
  }

  // About eight numbers, each at the left edge of its bar.
  std::string axis() const {
    const double bottom = kHeight - kBottom;
    std::string out = str("<g class=\"axis\"><line x1=\"", kLeft, "\" x2=\"", kWidth - kRight, "\" y1=\"", bottom,
                          "\" y2=\"", bottom, "\"/>");
    const size_t step = std::max<size_t>(1, (bins_.size() + 7) / 8);
    const bool single = bins_.front().from == bins_.front().to || bins_.size() == 1;  // a bar is one number
    for (size_t i = 0; i < bins_.size(); i += step) {
      out += str("<text x=\"", fixed(left_of(i) + (single ? width_ / 2 : 0)), "\" y=\"", bottom + 15,
                 "\" text-anchor=\"", single || i > 0 ? "middle" : "start", "\">", number(bins_[i].from), "</text>");
    }
    return out + str("<text x=\"", kWidth - kRight, "\" y=\"", kHeight - 4, "\" text-anchor=\"end\">",
                     escape_html(options_.unit), "</text><text x=\"", kLeft, "\" y=\"", kHeight - 4, "\">median ",
                     number(tally_.quantile(0.5)), ", largest ", number(tally_.max()), "</text></g>");
  }

  std::string limit() const {
    if (options_.limit == 0) return "";
    for (size_t i = 0; i < bins_.size(); ++i) {
      if (options_.limit < bins_[i].from || options_.limit > bins_[i].to) continue;
      const double x = left_of(i + 1);
      const char* anchor = x > 0.85 * kWidth ? "end" : "middle";  // what would be cut off at the right
      return str("<g class=\"limit\"><line x1=\"", fixed(x), "\" x2=\"", fixed(x), "\" y1=\"", kTop - 8, "\" y2=\"",
                 kHeight - kBottom, "\"/><text x=\"", fixed(x), "\" y=\"", kTop - 11, "\" text-anchor=\"", anchor,
                 "\">", escape_html(options_.limit_name), "</text></g>");
    }
    return "";
  }

  const HistogramOptions& options_;
  const Tally& tally_;
  std::vector<Tally::Bin> bins_;
  uint64_t most_ = 1;
  double width_ = 1;
};

}  // namespace

std::string histogram_svg(const HistogramOptions& options, const Tally& tally) {
  return tally.count() == 0 ? "" : Bars(options, tally).svg();
}

}  // namespace albef
