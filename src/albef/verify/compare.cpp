#include <algorithm>
#include <cmath>
#include <cstdio>

#include "albef/base/error.h"
#include "albef/io/dtypes.h"
#include "albef/verify/verify.h"

namespace albef::verify {
namespace {

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

struct Difference {
  torch::Tensor each;  // |ours - reference|, float64
  double largest = 0, scale = 0;
  std::string problem;  // another shape, a NaN
};

Difference difference(const torch::Tensor& ours, const torch::Tensor& reference) {
  Difference d;
  if (ours.sizes() != reference.sizes()) {
    d.problem = "is " + shape_text(ours.sizes()) + ", the reference " + shape_text(reference.sizes());
    return d;
  }
  d.each = (ours.detach().cpu().to(torch::kDouble) - reference.to(torch::kDouble)).abs();
  if (d.each.numel() == 0) return d;
  d.largest = d.each.max().item<double>();
  d.scale = reference.to(torch::kDouble).abs().max().item<double>();
  if (!std::isfinite(d.largest)) d.problem = "holds NaN or Inf";
  return d;
}

Check start(const std::string& name, const Difference& d) {
  Check check;
  check.name = name;
  check.absolute = d.largest;
  check.relative = d.scale > 0 ? d.largest / d.scale : d.largest;
  check.ok = d.problem.empty();
  check.detail = d.problem;
  return check;
}

}  // namespace

Check compare(const std::string& name, const torch::Tensor& ours, const torch::Tensor& reference, const Bound& bound) {
  const auto d = difference(ours, reference);
  Check check = start(name, d);
  check.bound = bound.relative > 0 ? "rel " + scientific(bound.relative) : "";
  if (bound.absolute > 0) check.bound += (check.bound.empty() ? "" : " + ") + ("abs " + scientific(bound.absolute));
  if (check.bound.empty()) check.bound = "equal";
  // A reference that is 0 within its own bound has no relative error to speak of.
  if (bound.relative == 0 && d.scale <= bound.absolute) check.relative = 0;
  const double most = bound.relative * d.scale + bound.absolute;
  check.used = most > 0 ? d.largest / most : d.largest;
  if (check.ok && d.largest > most) {
    check.ok = false;
    check.detail = "off by " + scientific(d.largest);
  }
  return check;
}

Check compare_state(const std::string& name, const torch::Tensor& ours, const torch::Tensor& reference, double lr,
                    int64_t steps, bool loose) {
  constexpr double kClose = 1e-5;
  const auto d = difference(ours, reference);
  Check check = start(name, d);
  const double most = lr * static_cast<double>(steps);
  check.bound = loose ? "abs " + scientific(most) : "abs 1e-05 for 99.9 %, " + scientific(most) + " for all";
  check.used = d.largest / most;
  if (!check.ok || d.each.numel() == 0) return check;
  const auto far = (d.each > kClose).sum().item<int64_t>();
  const auto may_miss = std::max<int64_t>(1, d.each.numel() / 1000);
  if (d.largest > most) {
    check.ok = false;
    check.detail = "off by " + scientific(d.largest);
  } else if (!loose && far > may_miss) {
    check.ok = false;
    check.detail = str(far, " of ", d.each.numel(), " elements are off by more than 1e-05");
  }
  return check;
}

void Summary::add(const Check& check) {
  if (count_++ == 0 || check.used > sum_.used) {
    sum_.absolute = check.absolute;
    sum_.relative = check.relative;
    sum_.used = check.used;
    sum_.bound = check.bound;
  }
  if (!check.ok) fail(check.name + " " + check.detail);
}

Check Summary::result() const {
  Check result = sum_;
  if (count_ == 0 && failed_ == 0) {
    result.skipped = true;
    result.detail = "the golden holds none";
  }
  return result;
}

void Summary::fail(const std::string& detail) {
  ++failed_;
  sum_.ok = false;
  if (failed_ <= 3) sum_.detail += (sum_.detail.empty() ? "" : "; ") + detail;
  if (failed_ == 4) sum_.detail += "; ...";
}

}  // namespace albef::verify
