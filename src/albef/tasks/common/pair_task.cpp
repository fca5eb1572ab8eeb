#include "albef/tasks/common/pair_task.h"

#include "albef/base/log.h"
#include "albef/data/eval_images.h"

namespace albef {
namespace {

// Rank 0 lists what cannot be used; the others count it.
std::filesystem::path bad_samples_file(const RunOptions& run, const Communicator& ranks) {
  return ranks.is_first() ? std::filesystem::path(run.output_dir) / "bad_samples.jsonl" : std::filesystem::path();
}

OrderedJson fingerprint(const Annotations& list) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(list.fingerprint()));
  return {{"records", list.records()}, {"captions", list.captions()}, {"fingerprint", digits}};
}

// What a rank without a sample adds to the queues.
QueueEntries no_entries(const FeatureQueue& queue) {
  QueueEntries none;
  none.image = none.text = queue.image.t().narrow(0, 0, 0);
  if (queue.ids.defined()) none.ids = queue.ids[0].narrow(0, 0, 0);
  return none;
}

}  // namespace

PairData read_pair_data(CommonSettings& settings, const Run& run, Communicator& ranks) {
  BadSamples bad(bad_samples_file(settings.run, ranks));
  std::optional<Annotations> read;
  on_all(ranks,
         [&] { read = read_annotations(settings.data.train_file, {.image_root = settings.data.image_root}, bad); });
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

PairTask::PairTask(const CommonSettings& settings, PairData data, const Run& run, Communicator& ranks)
    : settings_(settings),
      ranks_(ranks),
      device_(run.device),
      compute_(run.compute()),
      tokenizer_(std::move(data.tokenizer)),
      model_(make_run_model(settings, run, ranks)),
      pictures_(picture_options(settings.data)),
      bad_(bad_samples_file(settings.run, ranks)),
      vocabulary_files_(vocabulary_files(settings)),
      pairs_(std::move(data.list), tokenizer_, pictures_, pair_options(settings, /*train=*/true)),
      stream_(pairs_, bad_, settings, ranks) {
  data_ = {{"train_file", fingerprint(pairs_.list())}};
  const auto& files = settings.data;
  if (files.val_file.empty()) return;
  on_all(ranks, [&] {
    auto list = read_annotations(files.val_file, {.image_root = files.image_root, .strict = true}, bad_);
    data_["val_file"] = fingerprint(list);
    auto ranked = eval_list(list);
    held_out_.emplace(
        HeldOut{PairSource(std::move(list), tokenizer_, pictures_, pair_options(settings, /*train=*/false)),
                std::move(ranked)});
  });
  on_first(ranks, [&] {  // which alone evaluates
    check_images("val_file", held_out_->list.images, pictures_, static_cast<int>(files.loader_threads));
  });
}

StepKeys PairTask::keys(const RunPosition& position) const {
  return {.seed = static_cast<uint64_t>(settings_.run.seed),
          .epoch = static_cast<uint64_t>(position.epoch),
          .step = static_cast<uint64_t>(position.step),
          .rank = static_cast<uint64_t>(ranks_.rank())};
}

StepResult PairTask::step(const RunPosition& position) {
  const auto loaded = stream_.next();
  StepResult result;
  if (loaded.size > 0) {
    const auto losses = this->losses(loaded.batch, position);
    new_entries_ = losses.entries;
    result = step_result(model_, losses);
  } else {
    new_entries_ = no_entries(model_->queue);
  }
  result.pairs = loaded.all;
  result.share = static_cast<double>(loaded.size) / static_cast<double>(loaded.all);
  result.data_wait = loaded.wait_seconds;
  return result;
}

void PairTask::after_update() {
  stream_.taken();
  QueueEntries all = {ranks_.all_gather(new_entries_.image), ranks_.all_gather(new_entries_.text), {}};
  if (new_entries_.ids.defined()) all.ids = ranks_.all_gather(new_entries_.ids);
  model_->queue.enqueue(all);
}

}  // namespace albef
