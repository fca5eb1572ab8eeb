#include "albef/tasks/convert/optimizer.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/io/pth_writer.h"

namespace albef {
namespace {

constexpr const char* kMoments[] = {"exp_avg", "exp_avg_sq"};
constexpr const char* kAdvice =
    "; expected the state of the authors' AdamW for this model, or leave it out "
    "(--weights-only)";

bool is_undecayed(const std::string& name, const TensorMap& model) {
  const auto found = model.find(name);
  return name.ends_with(".bias") || (found != model.end() && found->second.dim() == 1);
}

const torch::Tensor* find(const TensorMap& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

/// A parameter's three tensors; null where any is missing.
struct Moments {
  const torch::Tensor *exp_avg, *exp_avg_sq, *step;
  Moments(const TensorMap& training, const std::string& name)
      : exp_avg(find(training, "exp_avg." + name)),
        exp_avg_sq(find(training, "exp_avg_sq." + name)),
        step(find(training, "step." + name)) {}
  bool are_there() const { return exp_avg && exp_avg_sq && step && step->numel() == 1; }
};

/// As AdamW makes them for a parameter before its first step.
bool is_fresh(const Moments& moments, const torch::Tensor* parameter) {
  const auto is_zero = [](const torch::Tensor& tensor) { return !tensor.any().item<bool>(); };
  return parameter && moments.step->scalar_type() == torch::kFloat && moments.step->dim() == 0 &&
         is_zero(*moments.step) && moments.exp_avg->sizes() == parameter->sizes() &&
         moments.exp_avg->scalar_type() == parameter->scalar_type() && is_zero(*moments.exp_avg) &&
         is_zero(*moments.exp_avg_sq);
}

OrderedJson default_group(const AdamWSettings& s, double weight_decay) {
  return {{"weight_decay", weight_decay},
          {"lr", s.lr},
          {"betas", {s.beta1, s.beta2}},
          {"eps", s.eps},
          {"amsgrad", false},
          {"maximize", false},
          {"foreach", nullptr},
          {"capturable", false},
          {"differentiable", false},
          {"fused", nullptr},
          {"decoupled_weight_decay", true},
          {"initial_lr", s.lr}};
}

PthValue group_of(const OrderedJson& settings, size_t begin, size_t end) {
  PthValue group = from_json(settings);
  PthValue::List numbers;
  for (size_t i = begin; i < end; ++i) numbers.push_back(from_json(i));
  auto& dict = std::get<PthValue::Dict>(group.value);
  dict.push_back(pth_entry("params", {std::move(numbers)}));
  return group;
}

/// The numbers that param_groups list, one group after the other, and what they say beside them.
struct Groups {
  std::vector<int64_t> numbers;
  size_t undecayed = 0;
  OrderedJson settings = OrderedJson::array();
};

Groups read_groups(const PthValue& optimizer, const std::string& where) {
  const auto* list = optimizer.find("param_groups");
  const auto* groups = list ? list->get_if<PthValue::List>() : nullptr;
  if (!groups || groups->size() != 2)
    fail(where, ": its optimiser has ", groups ? groups->size() : 0, " groups of parameters", kAdvice);
  Groups result;
  for (const PthValue& group : *groups) {
    const auto* params = group.find("params");
    const auto* numbers = params ? params->get_if<PthValue::List>() : nullptr;
    if (!numbers) fail(where, ": a group of its optimiser lists no parameters", kAdvice);
    for (const PthValue& item : *numbers) {
      const auto* number = item.get_if<int64_t>();
      if (!number) fail(where, ": a group of its optimiser names parameters by no number", kAdvice);
      result.numbers.push_back(*number);
    }
    if (&group == &groups->front()) result.undecayed = numbers->size();
    OrderedJson settings = to_json(group);
    settings.erase("params");
    result.settings.push_back(std::move(settings));
  }
  return result;
}

/// A step is a tensor; before torch 1.12 it was a number.
torch::Tensor step_of(const PthValue& entry, const std::string& where) {
  const auto* value = entry.find("step");
  if (value) {
    if (const auto* tensor = value->get_if<torch::Tensor>(); tensor && tensor->numel() == 1) return *tensor;
    if (const auto* number = value->get_if<int64_t>()) return torch::tensor(static_cast<float>(*number));
  }
  fail(where, ": a parameter of its optimiser has no step", kAdvice);
}

std::map<int64_t, const PthValue*> entries_by_number(const PthValue& optimizer, const std::string& where) {
  const auto* state = optimizer.find("state");
  const auto* entries = state ? state->get_if<PthValue::Dict>() : nullptr;
  if (!entries) fail(where, ": its optimiser has no state", kAdvice);
  std::map<int64_t, const PthValue*> by_number;
  for (const auto& [number, entry] : *entries) {
    if (const auto* key = number.get_if<int64_t>()) by_number[*key] = &entry;
  }
  return by_number;
}

void take_moments(const PthValue& entry, const std::string& name, const torch::Tensor& parameter,
                  const std::string& where, OurOptimizer& result) {
  for (const char* moment : kMoments) {
    const auto* value = entry.find(moment);
    const auto* tensor = value ? value->get_if<torch::Tensor>() : nullptr;
    if (!tensor || tensor->sizes() != parameter.sizes())
      fail(where, ": the ", moment, " of its optimiser is not of the shape of ", name, kAdvice);
    result.training[str(moment, ".", name)] = *tensor;
  }
  const auto& step = result.training["step." + name] = step_of(entry, where);
  result.step = std::max(result.step, static_cast<int64_t>(step.item<double>()));
}

}  // namespace

PthValue authors_optimizer(const TensorMap& training, const TensorMap& model, const ModelKind& kind,
                           const OrderedJson& groups, const AdamWSettings& settings, TensorMap& left) {
  const auto names = optimised_names(kind);
  const auto undecayed = static_cast<size_t>(
      std::count_if(names.begin(), names.end(), [&](const std::string& name) { return is_undecayed(name, model); }));
  left.insert(training.begin(), training.end());
  PthValue::Dict state;
  for (size_t i = 0; i < names.size(); ++i) {
    const Moments moments(training, names[i]);
    if (!moments.are_there()) continue;
    for (const char* part : {"exp_avg.", "exp_avg_sq.", "step."}) left.erase(part + names[i]);
    if (is_fresh(moments, find(model, names[i]))) continue;
    PthValue::Dict entry = {pth_entry("step", {*moments.step}), pth_entry("exp_avg", {*moments.exp_avg}),
                            pth_entry("exp_avg_sq", {*moments.exp_avg_sq})};
    state.emplace_back(PthValue{static_cast<int64_t>(i)}, PthValue{std::move(entry)});
  }
  const bool has_groups = groups.is_array() && groups.size() == 2 && groups[0].is_object() && groups[1].is_object();
  PthValue::List both = {
      group_of(has_groups ? groups[0] : default_group(settings, 0), 0, undecayed),
      group_of(has_groups ? groups[1] : default_group(settings, settings.weight_decay), undecayed, names.size())};
  return {PthValue::Dict{pth_entry("state", {std::move(state)}), pth_entry("param_groups", {std::move(both)})}};
}

OurOptimizer our_optimizer(const PthValue& optimizer, const TensorMap& model, const ModelKind& kind,
                           const std::set<std::string>& kept, const std::string& where) {
  const auto names = optimised_names(kind);
  Groups groups = read_groups(optimizer, where);
  if (groups.numbers.size() != names.size()) {
    fail(where, ": its optimiser has ", groups.numbers.size(), " parameters, this model ", names.size(), kAdvice);
  }
  const auto entries = entries_by_number(optimizer, where);
  OurOptimizer result{.training = {}, .groups = std::move(groups.settings)};
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const auto* parameter = find(model, name);
    if (!parameter) fail(where, ": has no ", name, ", which its optimiser would train", kAdvice);
    if ((i < groups.undecayed) != is_undecayed(name, model))
      fail(where, ": parameter ", i, " of its optimiser is not of the group that ", name, " is in", kAdvice);
    if (const auto found = entries.find(groups.numbers[i]); found != entries.end()) {
      take_moments(*found->second, name, *parameter, where, result);
    } else if (kept.empty() || kept.contains(name)) {
      for (const char* moment : kMoments) result.training[str(moment, ".", name)] = torch::zeros_like(*parameter);
      result.training["step." + name] = torch::zeros({});
    }
  }
  return result;
}

}  // namespace albef
