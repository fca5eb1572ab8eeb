#include "albef/tasks/nlvr/text_assignment.h"

#include "albef/base/error.h"
#include "albef/base/signals.h"
#include "albef/loss/cross_entropy.h"
#include "albef/loss/itm.h"
#include "albef/model/autocast.h"
#include "albef/model/unit_rows.h"
#include "albef/tasks/nlvr/model.h"

namespace albef {
namespace {

TextAssigner make_text_assigner(const CommonSettings& settings, const Run& run) {
  TextAssigner model(text_assigner_options(settings.model));
  model->initialise(static_cast<uint64_t>(settings.run.seed));
  const auto bert = settings.model.bert;
  InitRules rules = {
      .passed_over = {"itm_head.", "image_queue", "text_queue", "idx_queue", "queue_ptr", "text_encoder.cls.",
                      "visual_encoder_m.", "text_encoder_m.", "vision_proj_m.", "text_proj_m."},
      .rename = [bert](Weights& weights) { double_fusion_layers(weights, bert); },
      .momentum = MomentumStart::kFile};
  load_initial_weights(*model, initial_weights(settings, run), rules, nullptr);
  return model;
}

}  // namespace

Assignments draw_assignments(const torch::Tensor& similarity, const StepKeys& keys) {
  const int64_t batch = similarity.size(0);
  const auto device = similarity.device();
  TORCH_CHECK(batch >= 2, "text assignment needs two pictures, the batch has ", batch);
  Rng rng = batch_rng(keys);
  std::vector<double> kind, other, next;
  for (int64_t b = 0; b < batch; ++b) {
    kind.push_back(batch == 2 ? rng.uniform() * 2 : rng.uniform() * 3);
    other.push_back(rng.uniform());
    next.push_back(rng.uniform());
  }
  const auto on_device = [&](const std::vector<double>& values) {
    return torch::tensor(values, torch::kDouble).to(device, /*non_blocking=*/true);
  };
  auto excluded = torch::eye(batch, torch::TensorOptions(torch::kBool).device(device));
  const auto first_other = sample_negatives(similarity, excluded, on_device(other)).index;
  excluded = excluded.scatter(1, first_other.unsqueeze(1), true);
  const auto second_other = sample_negatives(similarity, excluded, on_device(next)).index;
  const auto own = torch::arange(batch, torch::TensorOptions(torch::kInt64).device(device));
  Assignments drawn;
  drawn.targets = on_device(kind).floor().to(torch::kInt64);
  drawn.first = torch::where(drawn.targets.eq(0), own, first_other);
  drawn.second = torch::where(drawn.targets.eq(0), first_other, torch::where(drawn.targets.eq(1), own, second_other));
  return drawn;
}

AssignmentLoss text_assignment_step(TextAssigner& model, const PairBatch& batch, const ChooseAssignments& choose,
                                    const ComputeOptions& compute) {
  const auto device = model->head->weight.device();
  const auto texts = make_texts(batch.texts, compute.packed, device);
  Assignments chosen;
  torch::Tensor logits;
  {
    const Autocast autocast(device, compute.bf16);
    const auto tokens = model->vision(pixels_on(device, batch.pixels));
    const auto states = model->text->encode(texts.ids, texts.layout);
    {
      const torch::NoGradGuard no_grad;
      const auto features = unit_rows(model->vision_proj(tokens.select(1, 0)));
      const Autocast full_precision(device, false);
      chosen = choose(features.matmul(features.t()) / model->options().temp);
    }
    const auto keys =
        model->text->cross_keys({tokens.index_select(0, chosen.first), tokens.index_select(0, chosen.second)});
    logits = model->head(model->text->fuse_first(states, texts.layout, keys, {}));
  }
  return {.loss = distilled_cross_entropy(logits, chosen.targets, {}, /*alpha=*/0),
          .accuracy = logits.detach().argmax(1).eq(chosen.targets).to(torch::kFloat).mean()};
}

TextAssignerOptions text_assigner_options(const ModelSettings& settings) {
  return {.vision = vit_options(settings),
          .text = bert_for_pictures(settings.bert, kNlvr.pictures),
          .embed_dim = settings.embed_dim,
          .temp = settings.temp};
}

TextAssignmentTask::TextAssignmentTask(const TextAssignmentSettings& settings, PairData data, const Run& run,
                                       Communicator& ranks)
    : StreamTask(settings.common, std::move(data.tokenizer), run, ranks, data.list.pictures()),
      model_(make_run_model<TextAssigner>(run, ranks, [&] { return make_text_assigner(settings.common, run); })) {
  auto mark = pair_mark(data.list);
  train_on(std::make_unique<PairSource>(std::move(data.list), tokenizer_, pictures_,
                                        pair_options(settings_, /*train=*/true)),
           std::move(mark));
  held_out_ = read_held_out_pairs(settings_, tokenizer_, pictures_, store_, bad_, data_, ranks);
  const auto batch = static_cast<uint64_t>(settings_.data.batch_size);
  if (held_out_ && held_out_->pairs.size() < batch)
    fail("val_file has ", held_out_->pairs.size(), " pairs, expected at least a batch of ", batch);
}

StepResult TextAssignmentTask::forward(const PairBatch& batch, const RunPosition& position) {
  const auto draw = [&](const torch::Tensor& similarity) { return draw_assignments(similarity, keys(position)); };
  const auto [loss, accuracy] = text_assignment_step(model_, batch, draw, compute_);
  StepResult result;
  result.loss = loss;
  result.values = {{"accuracy", 100 * accuracy}};
  return result;
}

Metrics TextAssignmentTask::evaluate() {
  const torch::NoGradGuard no_grad;
  auto options = loader_options(settings_, /*train=*/false);
  options.order.drop_last = true;  // which may be one pair, and that has no other picture
  PairLoader loader(held_out_->pairs, bad_, options, {}, 1);
  double loss = 0, accuracy = 0;
  int64_t batches = 0;
  for (StepKeys keys; auto loaded = loader.next(); ++keys.step) {
    if (stop_requested()) throw Interrupted("stopped while evaluating");
    const auto draw = [&](const torch::Tensor& similarity) { return draw_assignments(similarity, keys); };
    const auto scores = text_assignment_step(model_, loaded->batch, draw, compute_);
    loss += scores.loss.item<double>();
    accuracy += 100 * scores.accuracy.item<double>();
    ++batches;
  }
  return {{"loss", loss / static_cast<double>(batches)}, {"accuracy", accuracy / static_cast<double>(batches)}};
}

void pretrain_nlvr(TextAssignmentSettings settings, Communicator& ranks) {
  const Run run = open_run(settings.common, ranks);
  auto data = read_pair_data(settings.common, run, ranks);
  TextAssignmentTask task(settings, std::move(data), run, ranks);
  train(task, settings, run, ranks, "accuracy");
}

}  // namespace albef
