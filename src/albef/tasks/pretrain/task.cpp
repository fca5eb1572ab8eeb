#include "albef/tasks/pretrain/task.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/log.h"
#include "albef/data/eval_images.h"
#include "albef/tasks/retrieval/eval.h"
#include "albef/text/clean.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

PretrainBatch step_batch(const Batch& batch) {
  PretrainBatch out;
  // The batch outlives the step, so its pixels need no copy.
  out.pixels = torch::from_blob(const_cast<uint8_t*>(batch.pixels.data()),
                                {batch.size, batch.resolution, batch.resolution, 3}, torch::kUInt8);
  out.ids = batch.ids;
  out.lengths = batch.lengths;
  out.image_ids = batch.image_ids;
  out.samples = batch.samples;
  return out;
}

PretrainStepOptions step_options(const PretrainSettings& s, const Vocabulary& vocabulary,
                                 const ComputeOptions& compute) {
  PretrainStepOptions o;
  o.alpha_itc = s.alpha_itc;
  o.alpha_mlm = s.alpha_mlm;
  o.hardest_negatives = s.negatives == "hardest";
  o.exclude_same_image = s.exclude_same_image;
  o.masking = {.probability = s.mlm_probability,
               .vocab_size = static_cast<int64_t>(vocabulary.size()),
               .pad = vocabulary.pad(),
               .cls = vocabulary.cls(),
               .mask = vocabulary.mask()};
  o.compute = compute;
  return o;
}

}  // namespace

LoaderOptions loader_options(const CommonSettings& settings, bool train) {
  const auto& s = settings.data;
  const auto& augment = settings.augment;
  LoaderOptions o;
  o.sampler = {.batch_size = s.batch_size,
               .seed = static_cast<uint64_t>(settings.run.seed),
               .shuffle = train,
               .drop_last = s.drop_last && train,
               .captions = s.captions == "draw" ? Captions::kDraw : Captions::kExpand};
  o.augment.resolution = static_cast<int>(settings.model.image_res);
  o.augment.interpolation = augment.interpolation == "bicubic" ? Interpolation::kBicubic : Interpolation::kBilinear;
  o.augment.area_min = augment.area_min;
  o.augment.area_max = augment.area_max;
  o.augment.aspect_min = augment.aspect_min;
  o.augment.aspect_max = augment.aspect_max;
  o.augment.flip = augment.flip;
  o.augment.randaugment_ops = static_cast<int>(augment.randaugment_ops);
  o.augment.randaugment_magnitude = augment.randaugment_magnitude;
  o.train = train;
  o.max_words = s.max_words;
  o.max_tokens = s.max_tokens;
  o.threads = static_cast<int>(s.loader_threads);
  o.max_bad_share = s.max_bad_share;
  return o;
}

PictureOptions picture_options(const DataSettings& s) {
  return {
      .decode = {.honour_exif = s.honour_exif}, .shrink = static_cast<int>(s.shrink), .cache_bytes = s.cache_mb << 20};
}

namespace {

// Rank 0 lists what cannot be used; the others count it.
fs::path bad_samples_file(const RunOptions& run, const Communicator& ranks) {
  return ranks.is_first() ? fs::path(run.output_dir) / "bad_samples.jsonl" : fs::path();
}

OrderedJson fingerprint(const Annotations& list) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(list.fingerprint()));
  return {{"records", list.records()}, {"captions", list.captions()}, {"fingerprint", digits}};
}

}  // namespace

PretrainTask::PretrainTask(const PretrainSettings& settings, PairList list, Tokenizer tokenizer, const Run& run,
                           Communicator& ranks)
    : settings_(settings),
      ranks_(ranks),
      list_(std::move(list)),
      tokenizer_(std::move(tokenizer)),
      device_(run.device),
      model_(make_run_model(settings.common, run)),
      step_options_(step_options(settings, tokenizer_.vocabulary(), run.compute())),
      pictures_(picture_options(settings.common.data)),
      bad_(bad_samples_file(settings.common.run, ranks)),
      vocabulary_files_(vocabulary_files(settings.common)) {
  const auto& data = settings_.common.data;
  steps_per_epoch_ =
      static_cast<int64_t>(Sampler(list_, loader_options(settings_.common, true).sampler).steps_per_epoch());
  data_ = {{"train_file", fingerprint(list_)}};
  if (!data.val_file.empty()) {
    val_list_ = read_annotations(data.val_file, {.image_root = data.image_root, .strict = true}, bad_);
    val_eval_ = read_eval_list(data.val_file, data.image_root);
    data_["val_file"] = fingerprint(*val_list_);
    check_images("val_file", val_eval_->images, pictures_, static_cast<int>(data.loader_threads));
  }
}

OrderedJson PretrainTask::counters() {
  const BadWindow window = loader_ ? loader_->window() : BadWindow();
  return {{"samples_tried", window.tried}, {"samples_unusable", window.unusable}};
}

void PretrainTask::start(const RunPosition& position, const OrderedJson& counters) {
  const Position begin = {static_cast<uint64_t>(position.epoch),
                          static_cast<uint64_t>(position.step_in_epoch * settings_.common.data.batch_size)};
  auto options = loader_options(settings_.common, true);
  options.window = {counters.value("samples_tried", uint64_t{0}), counters.value("samples_unusable", uint64_t{0})};
  loader_ = std::make_unique<PairLoader>(pairs_, bad_, options, begin, ~uint64_t{0} >> 1);
}

Ramps PretrainTask::ramps(int64_t step) const {
  const auto share = [step](int64_t of) {
    return of > 0 ? std::min(1.0, static_cast<double>(step) / static_cast<double>(of)) : 1.0;
  };
  return {.alpha = share(settings_.alpha_ramp_steps > 0 ? settings_.alpha_ramp_steps : steps_per_epoch_),
          .negatives = share(settings_.negatives_ramp_steps)};
}

StepResult PretrainTask::step(const RunPosition& position) {
  auto batch = loader_->next();
  if (!batch) fail("the training data ended before the run did");
  const auto losses = pretrain_step(
      model_, step_batch(*batch), step_options_, ramps(position.step), static_cast<uint64_t>(settings_.common.run.seed),
      static_cast<uint64_t>(position.epoch), static_cast<uint64_t>(position.step), device_);
  new_image_features_ = losses.momentum_image;
  new_text_features_ = losses.momentum_text;
  return step_result(model_, losses, loaded->size, loaded->wait_seconds);
}

void PretrainTask::after_update() {
  model_->enqueue(ranks_.all_gather(new_image_features_), ranks_.all_gather(new_text_features_));
}

Metrics PretrainTask::evaluate() {
  const torch::NoGradGuard no_grad;
  Metrics metrics = held_out_recall();
  metrics.merge(held_out_losses());
  return metrics;
}

// The three losses with hard targets on the validation pairs, masks and negatives drawn alike each time.
Metrics PretrainTask::held_out_losses() {
  auto options = loader_options(settings_.common, false);
  options.sampler.captions = Captions::kDraw;
  Loader loader(*val_list_, tokenizer_, pictures_, bad_, options, {}, 1);
  Metrics sums;
  int64_t pairs = 0;
  for (uint64_t step = 0; auto loaded = loader.next(); ++step) {
    const auto losses = pretrain_step(model_, loaded->batch, step_options_, {.alpha = 0}, /*seed=*/0,
                                      /*epoch=*/0, step, device_);
    const auto weight = static_cast<double>(loaded->size);
    sums["loss_itc"] += weight * losses.itc.item<double>();
    sums["loss_itm"] += weight * losses.itm.item<double>();
    sums["loss_mlm"] += weight * losses.mlm.item<double>();
    pairs += loaded->size;
  }
  for (auto& [name, sum] : sums) sum /= static_cast<double>(pairs);
  return sums;
}

Metrics PretrainTask::held_out_recall() {
  auto options = retrieval_eval_options(settings_.common.data, step_options_.compute);
  options.rerank = false;
  return evaluate_retrieval(model_, model_->online, *val_eval_, tokenizer_, pictures_, options, device_).itc;
}

void pretrain(PretrainSettings settings, Communicator& ranks) {
  auto& common = settings.common;
  const Run run = open_run(common, ranks);
  BadSamples bad(bad_samples_file(common.run, ranks));
  auto list = read_annotations(common.data.train_file, {.image_root = common.data.image_root}, bad);
  if (bad.total() > 0) log_warning("unusable captions were passed over: ", bad.summary(), "; see bad_samples.jsonl");
  log_info(list.records(), " records with ", list.captions(), " captions");
  const auto captions = [&list](const auto& take) {
    for (uint64_t record = 0; record < list.records(); ++record) {
      for (uint64_t i = 0; i < list.caption_count(record); ++i) take(list.caption(record, i));
    }
  };
  Tokenizer tokenizer(prepare_vocabulary(common, captions, run, ranks));
  PretrainTask task(settings, std::move(list), std::move(tokenizer), run, ranks);
  train(task, settings, run, ranks, "r_mean");
}

}  // namespace albef
