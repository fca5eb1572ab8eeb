// Optimiser steps of pretraining and retrieval, and the outputs of the checkpoint that they began from.
#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/io/pth.h"
#include "albef/io/weights.h"
#include "albef/loss/itc.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

// The golden's masked text in our form.
MaskedTexts recorded_masks(const ModelGolden& golden, const std::string& prefix) {
  const auto ids = golden.at(prefix + "masked_ids").contiguous(), labels = golden.at(prefix + "labels").contiguous();
  MaskedTexts masked;
  masked.ids.assign(ids.const_data_ptr<int64_t>(), ids.const_data_ptr<int64_t>() + ids.numel());
  const int64_t* label = labels.const_data_ptr<int64_t>();
  for (int64_t b = 0; b < labels.size(0); ++b) {
    masked.places.emplace_back();
    for (int64_t t = 0; t < labels.size(1); ++t, ++label) {
      if (*label < 0) continue;
      masked.places.back().push_back(t);
      masked.labels.push_back(*label);
    }
  }
  return masked;
}

AdamW optimizer_of(const ModelGolden& golden) {
  return AdamW(*golden.model, {.weight_decay = golden.weight_decay});
}

// Backward, AdamW, queues; the losses of step 0 also leave their gradients to be checked.
void finish_step(ModelGolden& golden, AdamW& optimizer, const ObjectiveLosses& losses, int64_t step, Checks& checks) {
  optimizer.zero_grad();
  auto total = losses.itc + losses.itm;
  if (losses.mlm.defined()) total = total + losses.mlm;
  total.backward();
  if (step == 0) checks.push_back(check_gradients(golden, "step0.grad."));
  optimizer.step(golden.lr);
  golden.model->enqueue(losses.momentum_image, losses.momentum_text);
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
  const auto fusion = online.text->bert->fuse(text, layout, online.text->bert->image_keys(image), {});
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
  AdamW optimizer = optimizer_of(golden);
  Summary losses(golden.name + " losses");
  golden.model->train();
  for (int64_t step = 0; step < golden.steps; ++step) {
    const auto prefix = str("step", step, ".");
    golden.model->clamp_temperature();
    golden.model->update_momentum();
    const auto masked = recorded_masks(golden, prefix);
    ObjectiveInput input;
    input.pixels = golden.at(prefix + "image");
    read_texts(golden, prefix, input);
    input.masked = &masked;
    const int64_t batch = input.pixels.size(0);
    input.matches = own_pair_matches(batch, batch + golden.model->options().queue_size, torch::kCPU);
    input.excluded = torch::eye(batch, torch::kBool);
    input.alpha_itc = input.alpha_mlm = golden.at(prefix + "alpha").item<double>();
    input.choose_negatives = recorded_negatives(golden, prefix);
    const auto ours = albef_objectives(golden.model, input, {});
    losses.add(compare(prefix + "loss_itc", ours.itc, golden.at(prefix + "loss_itc"), {}));
    losses.add(compare(prefix + "loss_itm", ours.itm, golden.at(prefix + "loss_itm"), {}));
    losses.add(compare(prefix + "loss_mlm", ours.mlm, golden.at(prefix + "loss_mlm"), {}));
    finish_step(golden, optimizer, ours, step, checks);
  }
  checks.push_back(losses.result());
  checks.push_back(check_state(golden, {}));
  return checks;
}

Checks verify_retrieval(const fs::path& file) {
  ModelGolden golden = read_model_golden(file);
  const auto number = [&](const char* key) { return std::stod(golden.file.metadata.at(key)); };
  const bool distill = parse_json(golden.file.metadata.at("config"), golden.name).value("distill", true);
  Checks checks;
  AdamW optimizer = optimizer_of(golden);
  Summary losses(golden.name + " losses");
  auto& model = golden.model;
  model->train();
  const int64_t capacity = model->options().queue_size;
  auto id_queue = torch::full({1, capacity}, -100, torch::kInt64);
  for (int64_t step = 0; step < golden.steps; ++step) {
    const auto prefix = str("step", step, ".");
    model->update_momentum();
    const auto ids = golden.at(prefix + "idx").flatten();
    ObjectiveInput input;
    input.pixels = golden.at(prefix + "image");
    read_texts(golden, prefix, input);
    input.matches = same_image_matches(ids, torch::cat({ids, id_queue[0]}));
    input.excluded = ids.unsqueeze(1).eq(ids.unsqueeze(0));
    input.alpha_itc = distill ? number("alpha") : 0;
    input.choose_negatives = recorded_negatives(golden, prefix);
    const auto ours = albef_objectives(model, input, {});
    losses.add(compare(prefix + "loss_itc", ours.itc, golden.at(prefix + "loss_itc"), {}));
    losses.add(compare(prefix + "loss_itm", ours.itm, golden.at(prefix + "loss_itm"), {}));
    const int64_t begin = model->queue_ptr.item<int64_t>();
    finish_step(golden, optimizer, ours, step, checks);
    const auto columns = (torch::arange(ids.size(0)) + begin).remainder(capacity);
    id_queue[0].index_copy_(0, columns, ids);
  }
  checks.push_back(losses.result());
  checks.push_back(check_state(golden, {{"idx_queue", id_queue}}));
  return checks;
}

// A checkpoint as the authors' code saves it while it trains: weights, and AdamW's state by number of the parameter.
Checks verify_resume(const fs::path& file) {
  Summary summary(file.filename().string() + " loads");
  auto golden_path = file.string();
  golden_path.replace(golden_path.rfind("_resume.pth"), std::string::npos, ".safetensors");
  ModelGolden golden = read_model_golden(golden_path);
  load_authors(*golden.model, read_weights(file), {.allow = {"idx_queue"}});
  const auto state = check_state(golden, {});
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
