// AdamW's state, as the authors' files hold it (torch.optim.AdamW.state_dict(): by number) and as ours do (by name).
#pragma once
#include "albef/io/pth.h"
#include "albef/tasks/convert/model_names.h"

namespace albef {

/// What a run's optimiser is set to.
struct AdamWSettings {
  double lr = 1e-4, weight_decay = 0.02, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

/// {state: {number: {step, exp_avg, exp_avg_sq}}, param_groups: [undecayed, decayed]}. Parameters that took no step
/// have no state. `groups`: what param_groups say beside the numbers; null: what `settings` say. Entries of `training`
/// that have no place there are added to `left`.
PthValue authors_optimizer(const TensorMap& training, const TensorMap& model, const ModelKind& kind,
                           const OrderedJson& groups, const AdamWSettings& settings, TensorMap& left);

struct OurOptimizer {
  TensorMap training;  ///< "exp_avg.NAME", "exp_avg_sq.NAME", "step.NAME"
  OrderedJson groups;  ///< a list: what param_groups say beside the numbers
  int64_t step = 0;    ///< the most that a parameter took
};

/// The reverse. `names`: the parameters that have moments in ours, zero where the file has none; empty: all. Error
/// naming `where` if it is of another model.
OurOptimizer our_optimizer(const PthValue& optimizer, const TensorMap& model, const ModelKind& kind,
                           const std::set<std::string>& names, const std::string& where);

}  // namespace albef
