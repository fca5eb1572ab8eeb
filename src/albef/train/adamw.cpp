#include "albef/train/adamw.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>

#include <set>

#include "albef/base/error.h"
#include "albef/io/dtypes.h"
#include "albef/train/parts.h"

namespace albef {

AdamW::AdamW(const torch::nn::Module& module, const AdamWOptions& options) : options_(options) {
  groups_ = {{0.0, {}}, {options.weight_decay, {}}};
  std::set<const void*> known;
  for (const auto& item : module.named_parameters()) {
    const auto& parameter = item.value();
    if (!parameter.requires_grad() || !known.insert(parameter.unsafeGetTensorImpl()).second) continue;
    const bool decayed = parameter.dim() != 1 && !item.key().ends_with(".bias");
    const auto zeros = [&] { return torch::zeros_like(parameter, torch::TensorOptions().requires_grad(false)); };
    groups_[decayed].slots.push_back(
        {item.key(), lr_factor(item.key(), options.lr_factor), parameter, zeros(), zeros(),
         torch::zeros({}, torch::TensorOptions(torch::kFloat).device(parameter.device()))});
  }
}

void AdamW::zero_grad() {
  each_slot([](Slot& slot) { slot.parameter.mutable_grad().reset(); });
}

void AdamW::find_used(Communicator& ranks) {
  std::vector<float> has;
  each_slot([&](const Slot& slot) { has.push_back(slot.parameter.grad().defined() ? 1 : 0); });
  const auto device =
      groups_[0].slots.empty() ? groups_[1].slots.at(0).step.device() : groups_[0].slots[0].step.device();
  const auto count = torch::tensor(has).to(device);
  ranks.all_reduce({count});
  const auto found = count.cpu();
  int64_t i = 0;
  each_slot([&](Slot& slot) { slot.used = found[i++].item<float>() > 0; });
  knows_used_ = true;
}

void AdamW::reduce_gradients(Communicator& ranks, double share) {
  if (ranks.world() == 1) return;
  const torch::NoGradGuard no_grad;
  if (!knows_used_) find_used(ranks);
  std::vector<torch::Tensor> gradients;
  each_slot([&](Slot& slot) {
    if (!slot.used) {
      TORCH_CHECK(!slot.parameter.grad().defined(), slot.name, " has a gradient that it had not on any rank at first");
      return;
    }
    auto& gradient = slot.parameter.mutable_grad();
    if (!gradient.defined()) gradient = torch::zeros_like(slot.parameter, torch::TensorOptions().requires_grad(false));
    gradients.push_back(gradient);
  });
  at::_foreach_mul_(gradients, share);
  ranks.all_reduce(gradients);
}

torch::Tensor AdamW::clip_gradients(double limit) {
  std::vector<torch::Tensor> gradients;
  each_slot([&](const Slot& slot) {
    if (slot.parameter.grad().defined()) gradients.push_back(slot.parameter.grad());
  });
  TORCH_CHECK(!gradients.empty(), "clip_gradients: there are no gradients");
  const auto norm = torch::stack(at::_foreach_norm(gradients, 2)).norm();
  if (limit > 0) at::_foreach_mul_(gradients, (limit / (norm + 1e-6)).clamp_max(1.0));
  return norm;
}

void AdamW::step(double lr) {
  const torch::NoGradGuard no_grad;
  for (auto& group : groups_) step(group, lr);
}

void AdamW::step(Group& group, double lr) {
  struct Lists {
    std::vector<torch::Tensor> parameters, gradients, exp_avgs, exp_avg_sqs, steps;
  };
  std::map<double, Lists> by_factor;  // the kernel has one rate for all that it is given
  for (auto& slot : group.slots) {
    if (!slot.parameter.grad().defined()) continue;
    auto& lists = by_factor[slot.lr_factor];
    lists.parameters.push_back(slot.parameter);
    lists.gradients.push_back(slot.parameter.grad());
    lists.exp_avgs.push_back(slot.exp_avg);
    lists.exp_avg_sqs.push_back(slot.exp_avg_sq);
    lists.steps.push_back(slot.step);
  }
  for (auto& [factor, lists] : by_factor) {
    at::_foreach_add_(lists.steps, 1);
    at::_fused_adamw_(lists.parameters, lists.gradients, lists.exp_avgs, lists.exp_avg_sqs, /*max_exp_avg_sqs=*/{},
                      lists.steps, factor * lr, options_.beta1, options_.beta2, group.weight_decay, options_.eps,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
}

std::map<std::string, torch::Tensor> AdamW::state() const {
  std::map<std::string, torch::Tensor> state;
  each_slot([&](const Slot& slot) {
    state["exp_avg." + slot.name] = slot.exp_avg;
    state["exp_avg_sq." + slot.name] = slot.exp_avg_sq;
    state["step." + slot.name] = slot.step;
  });
  return state;
}

void AdamW::load_state(const std::map<std::string, torch::Tensor>& state, const std::string& where) {
  const torch::NoGradGuard no_grad;
  const auto load = [&](const std::string& name, torch::Tensor to) {
    const auto found = state.find(name);
    if (found == state.end())
      fail(where, ": the optimiser's ", name, " is missing; the checkpoint is of another model");
    if (found->second.sizes() != to.sizes())
      fail(where, ": ", name, " is ", shape_text(found->second.sizes()), ", expected ", shape_text(to.sizes()));
    to.copy_(found->second);
  };
  each_slot([&](Slot& slot) {
    load("exp_avg." + slot.name, slot.exp_avg);
    load("exp_avg_sq." + slot.name, slot.exp_avg_sq);
    load("step." + slot.name, slot.step);
  });
}

std::vector<std::string> AdamW::names_in_reference_order() const {
  std::vector<std::string> names;
  each_slot([&](const Slot& slot) { names.push_back(slot.name); });
  return names;
}

}  // namespace albef
