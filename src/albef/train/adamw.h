// AdamW (Loshchilov & Hutter 2019) over named parameters, in LibTorch's fused kernel.
#pragma once
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <vector>

namespace albef {

struct AdamWOptions {
  double weight_decay = 0.02;  ///< on every tensor that is neither 1-D nor named `.bias`
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
};

class AdamW {
 public:
  /// Takes the parameters of `module` that require a gradient, in registration order; one that is there under two
  /// names once, by its first.
  AdamW(const torch::nn::Module& module, const AdamWOptions& options);

  void zero_grad();      ///< drops the gradients
  void step(double lr);  ///< parameters without a gradient stay as they are

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
    torch::Tensor parameter, exp_avg, exp_avg_sq, step;
  };
  struct Group {
    double weight_decay;
    std::vector<Slot> slots;
  };
  void step(Group& group, double lr);
  template <class Visit>
  void each_slot(const Visit& visit) const {
    for (const auto& group : groups_)
      for (const auto& slot : group.slots) visit(slot);
  }

  AdamWOptions options_;
  std::vector<Group> groups_;
};

}  // namespace albef
