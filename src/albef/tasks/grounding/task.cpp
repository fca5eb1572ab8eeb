#include "albef/tasks/grounding/task.h"

#include <bit>

#include "albef/base/rng.h"
#include "albef/data/eval_images.h"
#include "albef/tasks/retrieval/step.h"

namespace albef {
namespace {

void mix_box(uint64_t& mark, const Box& box) {
  for (const double side : {box.left, box.top, box.width, box.height})
    mark = mix({mark, std::bit_cast<uint64_t>(side)});
}

// Of boxes, proposals and sizes.
uint64_t fingerprint(const GroundingTruth& truth) {
  uint64_t mark = 0;
  for (const auto& referent : truth.referents) mix_box(mark, referent.box);
  for (const auto& boxes : truth.proposals) {
    mark = mix({mark, boxes.size()});
    for (const auto& box : boxes) mix_box(mark, box);
  }
  for (const auto& size : truth.sizes)
    mark = mix({mark, static_cast<uint64_t>(size.width), static_cast<uint64_t>(size.height)});
  return mark;
}

}  // namespace

GroundingTask::GroundingTask(const GroundingSettings& settings, PairData data, const Run& run, Communicator& ranks)
    : PairTask(settings.common, std::move(data), run, ranks),
      own_(settings),
      encoder_{tokenizer_, settings.common.data.max_words, longest_text(settings.common)} {
  if (settings_.data.val_file.empty()) return;
  on_all(ranks, [&] {
    phrases_ = read_phrases();
    const auto& list = phrases_->list;
    data_["val_file"] = data_mark({{"records", list.examples.size()}}, list.fingerprint());
    data_["refs"] = data_mark({{"phrases", list.examples.size()}}, fingerprint(phrases_->truth));
    heat_layer(model_->online, {.itc = own_.mode == "itc", .layer = own_.layer});
  });
  on_first(ranks, [&] {  // which alone evaluates
    check_images("val_file", phrases_->list.paths(), pictures_, static_cast<int>(settings_.data.loader_threads));
  });
}

GroundingTask::HeldOutPhrases GroundingTask::read_phrases() const {
  auto list = read_labelled(settings_.data.val_file, settings_.data.image_root, grounding_format());
  check_pictures_exist(list);
  auto truth = read_grounding_truth(list, {.refs = own_.refs, .dets = own_.det_file, .sizes = own_.sizes}, pictures_);
  return {std::move(list), std::move(truth)};
}

ObjectiveLosses GroundingTask::losses(const PairBatch& batch, const RunPosition& position) {
  const RetrievalStepOptions options = {.alpha = own_.distillation.alpha_at(position, steps_per_epoch()),
                                        .momentum = settings_.model.momentum,
                                        .compute = compute_};
  return retrieval_step(model_, batch, negative_chooser(own_.negatives, keys(position)), options);
}

Metrics GroundingTask::evaluate() {
  const auto& [list, truth] = *phrases_;
  const auto heat = heat_maps(model_, model_->online, list, encoder_, pictures_,
                              {.itc = own_.mode == "itc",
                               .layer = own_.layer,
                               .batch_size = own_.batch_size_test,
                               .loader_threads = settings_.data.loader_threads,
                               .compute = compute_},
                              device_);
  const auto found = find_boxes(heat, list, truth, {.threshold = own_.box_threshold});
  Metrics metrics;
  for (size_t n = 0; n < found.size(); ++n) {
    const auto scores = grounding_scores(found[n], list, truth, n);
    for (const char* name : {"accuracy", "pointing"})
      metrics[name] += 100 * scores.at(name) / static_cast<double>(found.size());
  }
  return metrics;
}

void train_grounding(GroundingSettings settings, Communicator& ranks) {
  const Run run = open_run(settings.common, ranks);
  auto data = read_pair_data(settings.common, run, ranks);
  GroundingTask task(settings, std::move(data), run, ranks);
  train(task, settings, run, ranks, "accuracy");
}

}  // namespace albef
