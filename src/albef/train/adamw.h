// AdamW (Loshchilov & Hutter 2019) over named parameters, in LibTorch's fused kernel.
#pragma once
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <vector>

#include "albef/base/config.h"
#include "albef/dist/communicator.h"

namespace albef {

struct AdamWOptions {
  double weight_decay = 0.02;  ///< on every tensor that is neither 1-D nor named `.bias`
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  NumberMap lr_factor = {};  ///< PartOptions::lr_factor
};

class AdamW {
 public:
  /// Takes the parameters of `module` that require a gradient, in registration order; one that is there under two
  /// names once, by its first.
  AdamW(const torch::nn::Module& module, const AdamWOptions& options);

  void zero_grad();      ///< drops the gradients
  void step(double lr);  ///< each at its factor times this; parameters without a gradient stay as they are

  /// Each gradient becomes the sum over all ranks of `share` times theirs, where the shares sum to 1. A rank without
  /// samples has none and counts as 0; parameters that had none on any rank at the first call stay without. One process
  /// alone: nothing changes.
  void reduce_gradients(Communicator& ranks, double share);

  /// Scales all gradients so that their total 2-norm is at most `limit`; returns the norm before, [] on the device.
  /// limit 0: only measures.
  torch::Tensor clip_gradients(double limit);

  /// "exp_avg.NAME", "exp_avg_sq.NAME", "step.NAME".
  std::map<std::string, torch::Tensor> state() const;
  /// Throws Error if a name is missing or a shape differs; `where` names the file.
  void load_state(const std::map<std::string, torch::Tensor>& state, const std::string& where);

  /// Names in the order of the authors' optimiser state: first the undecayed, then the decayed, each in registration
  /// order.
  std::vector<std::string> names_in_reference_order() const;

 private:
  struct Slot {
    std::string name;
    double lr_factor;
    torch::Tensor parameter, exp_avg, exp_avg_sq, step;
    bool used = true;  ///< some rank has a gradient of it; known from the first reduce_gradients() on
  };
  struct Group {
    double weight_decay;
    std::vector<Slot> slots;
  };
  void step(Group& group, double lr);
  void find_used(Communicator& ranks);
  template <class Visit>
  void each_slot(const Visit& visit) const {
    for (const auto& group : groups_)
      for (const auto& slot : group.slots) visit(slot);
  }
  template <class Visit>
  void each_slot(const Visit& visit) {
    for (auto& group : groups_)
      for (auto& slot : group.slots) visit(slot);
  }

  AdamWOptions options_;
  std::vector<Group> groups_;
  bool knows_used_ = false;
};

}  // namespace albef
