// What fine-tuning tasks say of momentum distillation (§3.3, §5).
#pragma once
#include <algorithm>

#include "albef/base/config.h"
#include "albef/train/task.h"

namespace albef {

struct DistillSettings {
  double alpha = 0.4;
  bool distill = true, warm_up = true;

  /// Weight of the pseudo-targets at a step: with `warm_up` it grows from 0 over epoch 0.
  double alpha_at(const RunPosition& position, int64_t steps_per_epoch) const {
    if (!distill) return 0;
    if (!warm_up || position.epoch > 0) return alpha;
    return alpha * std::min(1.0, static_cast<double>(position.step_in_epoch) / static_cast<double>(steps_per_epoch));
  }
};

template <class Visitor>
void distill_fields(Visitor& v, DistillSettings& o) {
  v("alpha", o.alpha, "weight of the momentum model's pseudo-targets", Range{0, 1});
  v("distill", o.distill, "use these at all");
  v("warm_up", o.warm_up, "alpha grows from 0 over epoch 0");
}

}  // namespace albef
