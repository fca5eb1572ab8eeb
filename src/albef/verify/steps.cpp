// Optimiser steps of pretraining and retrieval, and the outputs of the checkpoint that they began from.
#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/io/pth.h"
#include "albef/io/weights.h"
#include "albef/tasks/common/model_settings.h"
#include "albef/tasks/pretrain/step.h"
#include "albef/tasks/retrieval/step.h"
#include "albef/train/step.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

// The objectives of the step under `prefix` of a golden.
using Step = std::function<ObjectiveLosses(const std::string& prefix)>;

// Takes a golden's steps as training takes its own, and compares the losses on the way.
class GoldenTask : public Task {
 public:
  GoldenTask(ModelGolden& golden, Step step)
      : golden_(golden), step_(std::move(step)), summary_(golden.name + " losses") {}
  std::string name() const override { return golden_.name; }
  torch::nn::Module& module() override { return *golden_.model; }
  int64_t steps_per_epoch() const override { return golden_.steps; }
  void start(const RunPosition&, const OrderedJson&) override {}
  StepResult step(const RunPosition& position) override {
    const auto prefix = str("step", position.step, ".");
    losses_ = step_(prefix);
    const std::map<std::string, torch::Tensor> named = {
        {"loss_itc", losses_.itc}, {"loss_itm", losses_.itm}, {"loss_mlm", losses_.mlm}};
    for (const auto& [name, loss] : named) {
      if (loss.defined()) summary_.add(compare(prefix + name, loss, golden_.at(prefix + name), {}));
    }
    return step_result(golden_.model, losses_);
  }
  void after_update() override { golden_.model->queue.enqueue(losses_.entries); }
  std::map<std::string, torch::Tensor> weights() override { return model_weights(golden_.model); }
  Check losses() const { return summary_.result(); }

 private:
  ModelGolden& golden_;
  Step step_;
  Summary summary_;
  ObjectiveLosses losses_;
};

AdamW optimizer_of(const ModelGolden& golden) {
  return AdamW(*golden.model, {.weight_decay = golden.weight_decay});
}

// All steps of a golden: step 0's gradients, the losses, and the state that they end in.
Checks replay(ModelGolden& golden, Step step) {
  Checks checks;
  AdamW optimizer = optimizer_of(golden);
  GoldenTask task(golden, std::move(step));
  SingleProcess alone;
  task.module().train();
  for (RunPosition position; position.step < golden.steps; ++position.step) {
    train_step(task, optimizer, alone, position, {.lr = golden.lr});
    if (position.step == 0) checks.push_back(check_gradients(golden, "step0.grad."));  // they stay until the next step
  }
  checks.push_back(task.losses());
  checks.push_back(check_state(golden));
  return checks;
}

Check evaluation_outputs(ModelGolden& golden) {
  const torch::NoGradGuard no_grad;
  golden.model->eval();
  Summary summary(golden.name + " evaluation outputs");
  auto& model = golden.model;
  auto& online = model->online;
  const auto ids = golden.at("step0.input_ids");
  const int64_t batch = ids.size(0), length = ids.size(1);
  const auto layout = TokenLayout::padded(batch, length, golden.at("step0.attention_mask").to(torch::kBool));
  const auto image = online.vision(golden.at("step0.image"));
  const auto text = online.text->bert->encode(ids.flatten(), layout);
  const auto fusion = online.text->bert->fuse(text, layout, online.text->bert->cross_keys(image), {});
  const std::map<std::string, torch::Tensor> outputs = {
      {"image_embeds", image},
      {"text_embeds", text.view({batch, length, -1})},
      {"image_feat", online.image_feature(image)},
      {"text_feat", online.text_feature(text, layout)},
      {"fusion", fusion.view({batch, length, -1})},
      {"itm_logits", model->itm_head(fusion.view({batch, length, -1}).select(1, 0))},
      {"mlm_logits", online.text->mlm_logits(fusion).view({batch, length, -1})}};
  for (const auto& [key, reference] : golden.file.tensors) {
    if (!key.starts_with("eval.")) continue;
    const auto found = outputs.find(key.substr(5));
    if (found == outputs.end()) {
      summary.fail(key + " is an output that we do not know");
    } else {
      summary.add(compare(key, found->second, reference, {}));
    }
  }
  model->train();
  return summary.result();
}

}  // namespace

Checks verify_pretrain(const fs::path& file) {
  ModelGolden golden = read_model_golden(file);
  Checks checks = {evaluation_outputs(golden)};
  const auto steps = replay(golden, [&golden](const std::string& prefix) {
    const auto alpha = golden.at(prefix + "alpha").item<double>();
    return pretrain_step(golden.model, recorded_batch(golden, prefix),
                         {.masked = recorded_masks(golden, prefix), .negatives = recorded_negatives(golden, prefix)},
                         {.alpha_itc = alpha, .alpha_mlm = alpha, .momentum = golden.momentum});
  });
  checks.insert(checks.end(), steps.begin(), steps.end());
  return checks;
}

Checks verify_retrieval(const fs::path& file) {
  ModelGolden golden = read_model_golden(file);
  const bool distill = parse_json(golden.file.metadata.at("config"), golden.name).value("distill", true);
  const RetrievalStepOptions options = {.alpha = distill ? std::stod(golden.file.metadata.at("alpha")) : 0,
                                        .momentum = golden.momentum};
  return replay(golden, [&](const std::string& prefix) {
    return retrieval_step(golden.model, recorded_batch(golden, prefix), recorded_negatives(golden, prefix), options);
  });
}

// A checkpoint as the authors' code saves it while it trains: weights, and AdamW's state by number of the parameter.
Checks verify_resume(const fs::path& file) {
  Summary summary(file.filename().string() + " loads");
  auto golden_path = file.string();
  golden_path.replace(golden_path.rfind("_resume.pth"), std::string::npos, ".safetensors");
  ModelGolden golden = read_model_golden(golden_path);
  load_authors(*golden.model, read_weights(file));
  const auto state = check_state(golden);
  if (!state.ok) summary.fail(state.detail);
  summary.add(state);

  const auto whole = read_pth(file);
  const auto* optimizer = whole.find("optimizer");
  const auto* moments = optimizer ? optimizer->find("state") : nullptr;
  const auto* entries = moments ? moments->get_if<PthValue::Dict>() : nullptr;
  if (!entries) fail(file.string(), ": holds no optimiser state");
  const auto names = optimizer_of(golden).names_in_reference_order();
  const auto parameters = golden.model->named_parameters();
  if (entries->size() != names.size())
    summary.fail(str("optimiser state of ", entries->size(), " parameters, ours has ", names.size()));
  for (const auto& [number, entry] : *entries) {
    const auto* index = number.get_if<int64_t>();
    const auto* exp_avg = entry.find("exp_avg");
    const auto* tensor = exp_avg ? exp_avg->get_if<torch::Tensor>() : nullptr;
    if (!index || *index < 0 || *index >= static_cast<int64_t>(names.size()) || !tensor) {
      summary.fail("an entry of the optimiser state cannot be read");
    } else if (tensor->sizes() != parameters[names[static_cast<size_t>(*index)]].sizes()) {
      summary.fail(str("optimiser state ", *index, " is not of ", names[static_cast<size_t>(*index)]));
    }
  }
  return {summary.result()};
}

}  // namespace albef::verify
