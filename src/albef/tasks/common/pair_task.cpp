#include "albef/tasks/common/pair_task.h"

#include <algorithm>

#include "albef/base/log.h"
#include "albef/data/eval_images.h"

namespace albef {
namespace {

// What a rank without a sample adds to the queues.
QueueEntries no_entries(const FeatureQueue& queue) {
  QueueEntries none;
  none.image = none.text = queue.image.t().narrow(0, 0, 0);
  if (queue.ids.defined()) none.ids = queue.ids[0].narrow(0, 0, 0);
  return none;
}

AnnotationOptions annotation_options(const DataSettings& settings) {
  return {.image_root = settings.image_root, .caption_field = settings.caption_field};
}

// Where the data of train_file and train_data together are.
std::vector<ListOptions> lists_of(const DataSettings& settings) {
  std::vector<ListOptions> lists;
  for (const auto& file : settings.train_file) lists.push_back({.source = file});
  lists.insert(lists.end(), settings.train_data.begin(), settings.train_data.end());
  return lists;
}

}  // namespace

PairData read_pair_data(CommonSettings& settings, const Run& run, Communicator& ranks) {
  BadSamples bad(bad_samples_file(settings.run, ranks));
  std::optional<Annotations> read;
  on_all(ranks, [&] { read = read_mixed(lists_of(settings.data), annotation_options(settings.data), bad); });
  auto& list = *read;
  if (bad.total() > 0) log_warning("unusable captions were passed over: ", bad.summary(), "; see bad_samples.jsonl");
  log_info(list.records(), " records with ", list.captions(), " captions");
  const auto captions = [&list](const auto& take) {
    for (uint64_t record = 0; record < list.records(); ++record) {
      for (uint64_t i = 0; i < list.caption_count(record); ++i) take(list.caption(record, i));
    }
  };
  Tokenizer tokenizer(prepare_vocabulary(settings, captions, run, ranks));
  return {std::move(list), std::move(tokenizer)};
}

OrderedJson pair_mark(const Annotations& list) {
  OrderedJson counts = {{"records", list.records()}, {"captions", list.captions()}};
  const auto parts = list.parts(/*expand=*/false);
  if (std::ranges::any_of(parts, [](const DataPart& part) { return part.weight != 1; })) {
    for (const DataPart& part : parts) counts["weights"].push_back(part.weight);
  }
  return data_mark(std::move(counts), list.fingerprint());
}

std::unique_ptr<HeldOutPairs> read_held_out_pairs(const CommonSettings& settings, const Tokenizer& tokenizer,
                                                  Pictures& pictures, const std::shared_ptr<PictureStore>& store,
                                                  BadSamples& bad, OrderedJson& data, Communicator& ranks) {
  const auto& files = settings.data;
  std::unique_ptr<HeldOutPairs> held_out;
  if (files.val_file.empty()) return held_out;
  on_all(ranks, [&] {
    auto options = annotation_options(files);
    options.strict = true;
    options.pictures = store;
    auto list = read_annotations(files.val_file, options, bad);
    data["val_file"] = pair_mark(list);
    auto ranked = eval_list(list);
    held_out.reset(new HeldOutPairs{
        PairSource(std::move(list), tokenizer, pictures, pair_options(settings, /*train=*/false)), std::move(ranked)});
  });
  on_first(ranks, [&] {  // which alone evaluates
    check_images("val_file", held_out->list.images, pictures, static_cast<int>(files.loader_threads));
  });
  return held_out;
}

PairTask::PairTask(const CommonSettings& settings, PairData data, const Run& run, Communicator& ranks)
    : StreamTask(settings, std::move(data.tokenizer), run, ranks, data.list.pictures()),
      model_(make_run_model<Albef>(run, ranks, [&] {
        return make_model(settings.model, initial_weights(settings, run), static_cast<uint64_t>(settings.run.seed));
      })) {
  auto mark = pair_mark(data.list);
  train_on(
      std::make_unique<PairSource>(std::move(data.list), tokenizer_, pictures_, pair_options(settings, /*train=*/true)),
      std::move(mark));
}

void PairTask::hold_out_pairs() {
  held_out_ = read_held_out_pairs(settings_, tokenizer_, pictures_, store_, bad_, data_, ranks_);
}

StepResult PairTask::forward(const PairBatch& batch, const RunPosition& position) {
  const auto losses = this->losses(batch, position);
  new_entries_ = losses.entries;
  return step_result(model_, losses);
}

StepResult PairTask::without_samples() {  // what a step does before its forward pass, as the other ranks do
  model_->clamp_temperature();
  model_->update_momentum(settings_.model.momentum);
  new_entries_ = no_entries(model_->queue);
  return {};
}

void PairTask::after_update() {
  StreamTask::after_update();
  QueueEntries all = {ranks_.all_gather(new_entries_.image), ranks_.all_gather(new_entries_.text), {}};
  if (new_entries_.ids.defined()) all.ids = ranks_.all_gather(new_entries_.ids);
  model_->queue.enqueue(all);
}

}  // namespace albef
