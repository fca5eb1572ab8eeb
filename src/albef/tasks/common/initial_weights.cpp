#include "albef/tasks/common/initial_weights.h"

#include <filesystem>

#include "albef/base/log.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// "cls_head" of "cls_head_m.0.weight", and so on; "" for a name that is not of the momentum model.
std::string student_name(const std::string& name) {
  const size_t at = name.find("_m.");
  return at == std::string::npos || name.find('.') < at ? "" : name.substr(0, at) + name.substr(at + 2);
}

// What the file lacks of the momentum model is copied from the student. Where it lacks what it has of the student, it
// holds a part of a momentum model only, and a part is none.
void complete_momentum(torch::nn::Module& module, const LoadReport& report, const std::function<void()>& copy_all) {
  std::vector<std::string> missing;
  for (const auto& entry : report.initialised) missing.push_back(entry.name);
  const auto is_missing = [&](const std::string& name) {
    return std::find(missing.begin(), missing.end(), name) != missing.end();
  };
  const auto parameters = module.named_parameters();
  const torch::NoGradGuard no_grad;
  for (const auto& name : missing) {
    const auto student = student_name(name);
    if (student.empty()) continue;
    if (!is_missing(student)) return copy_all();
    auto average = parameters[name];
    average.copy_(parameters[student]);
  }
}

Weights read_renamed(const std::string& path, const InitRules& rules) {
  auto weights = read_weights(path);
  if (rules.rename) rules.rename(weights);
  return weights;
}

void load_checkpoint(torch::nn::Module& module, const InitSettings& init, const InitRules& rules,
                     const std::function<void()>& copy_to_momentum) {
  LoadOptions allow{.allow = init.allow};
  allow.allow.insert(allow.allow.end(), rules.passed_over.begin(), rules.passed_over.end());
  auto weights = read_renamed(checkpoint_path(init.checkpoint), rules);
  if (rules.momentum != MomentumStart::kFile)
    std::erase_if(weights.tensors, [](const auto& entry) { return !student_name(entry.first).empty(); });
  const auto report = load_authors(module, weights, allow);
  log_info(report.table());
  if (!copy_to_momentum || rules.momentum == MomentumStart::kInitial) return;
  if (rules.momentum == MomentumStart::kStudent) {
    log_info("the momentum model begins as a copy of the student");
    return copy_to_momentum();
  }
  complete_momentum(module, report, copy_to_momentum);
}

}  // namespace

void load_initial_weights(torch::nn::Module& module, const InitSettings& init, const InitRules& rules,
                          const std::function<void()>& copy_to_momentum) {
  const LoadOptions allow{.allow = init.allow};
  if (!init.image_encoder.empty())
    log_info(load_vit(module, "visual_encoder.", read_weights(init.image_encoder), allow).table());
  if (!init.text_encoder.empty())
    log_info(load_bert(module, "text_encoder.", read_renamed(init.text_encoder, rules), allow).table());
  if (copy_to_momentum && (!init.image_encoder.empty() || !init.text_encoder.empty())) copy_to_momentum();
  if (!init.checkpoint.empty()) load_checkpoint(module, init, rules, copy_to_momentum);
}

const std::vector<std::string>& parts_of_pretraining() {
  static const std::vector<std::string> kParts = {
      "itm_head.",   "vision_proj.", "text_proj.", "vision_proj_m.", "text_proj_m.",      "temp",
      "image_queue", "text_queue",   "idx_queue",  "queue_ptr",      "text_encoder.cls.", "text_encoder_m.cls."};
  return kParts;
}

std::map<std::string, torch::Tensor> model_weights(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> weights;
  for (const auto& item : module.named_parameters()) weights[item.key()] = item.value().detach();
  for (const auto& item : module.named_buffers()) weights[item.key()] = item.value();
  return weights;
}

std::string checkpoint_path(const std::string& path) {
  std::error_code ignored;
  const auto last = fs::path(path) / "checkpoints" / "last";
  return fs::is_directory(last, ignored) ? last.string() : path;
}

}  // namespace albef
