#include "albef/data/loader.h"

#include <algorithm>
#include <cmath>

#include "albef/data/records.h"

namespace albef {
namespace {

constexpr uint64_t kWindow = 1 << 16;  // samples that are judged together, so that late damage shows too

// Whether more are unusable than a true share of `limit` would make by chance: its probability is below
// exp(-tried * KL(share || limit)) (Chernoff), which must be under exp(-25), 1e-11.
bool too_many(const BadWindow& window, double limit) {
  const auto tried = static_cast<double>(window.tried);
  const double share = static_cast<double>(window.unusable) / std::max(tried, 1.0);
  if (share <= limit) return false;
  if (limit == 0) return true;
  const double divergence =
      share * std::log(share / limit) + (share < 1 ? (1 - share) * std::log((1 - share) / (1 - limit)) : 0);
  return tried * divergence > 25;
}

}  // namespace

BadShare::BadShare(BadSamples& bad, double limit, const BadWindow& window) : bad_(bad), limit_(limit), window_(window) {
  if (!(limit >= 0 && limit <= 1)) fail("max_bad_share is ", limit, ", expected 0 to 1");
}

void BadShare::count(const std::vector<BadSample>& unusable, uint64_t usable, bool hopeless) {
  for (const BadSample& sample : unusable) bad_.add(sample);
  if (!unusable.empty()) last_ = unusable.back();
  window_.unusable += unusable.size();
  window_.tried += unusable.size() + usable;
  if (!hopeless && !too_many(window_, limit_)) {
    if (window_.tried >= kWindow) window_ = {};
    return;
  }
  fail(window_.unusable, " of ", window_.tried, " samples could not be used (", bad_.summary(),
       "), the last: ", last_.place.image, " of ", record_name(last_.place.file, last_.place.record), ", ",
       last_.reason, "; check image_root", limit_ < 1 ? str(", or raise max_bad_share (now ", limit_, ")") : "");
}

}  // namespace albef
