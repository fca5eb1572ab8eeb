#include "albef/tasks/pretrain/task.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/tasks/retrieval/eval.h"
#include "albef/text/clean.h"
#include "albef/text/vocab_train.h"
#include "albef/train/device.h"
#include "albef/train/precision.h"

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

PretrainStepOptions step_options(const PretrainSettings& s, const Vocabulary& vocabulary, torch::Device device) {
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
  o.compute = compute_options(s.run.precision == "bf16", device);
  return o;
}

}  // namespace

LoaderOptions loader_options(const PretrainSettings& s, bool train) {
  LoaderOptions o;
  o.sampler = {.batch_size = s.batch_size,
               .seed = static_cast<uint64_t>(s.run.seed),
               .shuffle = train,
               .drop_last = s.drop_last && train,
               .captions = s.captions == "draw" ? Captions::kDraw : Captions::kExpand};
  o.augment.resolution = static_cast<int>(s.model.image_res);
  o.augment.interpolation = s.augment.interpolation == "bicubic" ? Interpolation::kBicubic : Interpolation::kBilinear;
  o.augment.area_min = s.augment.area_min;
  o.augment.area_max = s.augment.area_max;
  o.augment.aspect_min = s.augment.aspect_min;
  o.augment.aspect_max = s.augment.aspect_max;
  o.augment.flip = s.augment.flip;
  o.augment.randaugment_ops = static_cast<int>(s.augment.randaugment_ops);
  o.augment.randaugment_magnitude = s.augment.randaugment_magnitude;
  o.train = train;
  o.max_words = s.max_words;
  o.max_tokens = s.max_tokens;
  o.threads = static_cast<int>(s.loader_threads);
  o.max_bad_share = s.max_bad_share;
  return o;
}

PictureOptions picture_options(const PretrainSettings& s) {
  return {
      .decode = {.honour_exif = s.honour_exif}, .shrink = static_cast<int>(s.shrink), .cache_bytes = s.cache_mb << 20};
}

Vocabulary prepare_vocabulary(PretrainSettings& settings, const PairList& list,
                              const std::optional<fs::path>& checkpoint) {
  const auto& vocab = settings.vocab;
  const fs::path kept = fs::path(settings.run.output_dir) / "vocab";
  auto vocabulary = [&] {
    // A run that goes on keeps its words, whatever has become of the captions since.
    if (checkpoint) return Vocabulary::load(*checkpoint);
    if (vocab.train > 0) {
      log_info("training a vocabulary of ", vocab.train, " tokens on ", list.captions(), " captions");
      VocabTrainOptions options{.size = vocab.train,
                                .words = {.lower_case = vocab.lower_case, .strip_accents = vocab.strip_accents}};
      VocabTrainer trainer(options);
      for (uint64_t record = 0; record < list.records(); ++record) {
        for (uint64_t i = 0; i < list.caption_count(record); ++i) {
          trainer.add(pre_caption(list.caption(record, i), static_cast<size_t>(settings.max_words), vocab.lower_case));
        }
      }
      return trainer.train();
    }
    const std::string path = !vocab.file.empty() ? vocab.file : settings.init.text_encoder;
    if (path.empty())
      fail(
          "no vocabulary: set vocab.file (a BERT vocab.txt), vocab.train (6000, say), or text_encoder (a BERT folder)");
    return Vocabulary::load(path);
  }();
  vocabulary.save(kept);
  const auto size = static_cast<int64_t>(vocabulary.size());
  auto& rows = settings.model.bert.vocab_size;
  if (vocab.train > 0) rows = size;
  if (size > rows)
    fail("the vocabulary has ", size, " tokens, bert.vocab_size is ", rows, "; set bert.vocab_size=", size);
  return vocabulary;
}

PretrainTask::PretrainTask(const PretrainSettings& settings, PairList list, Tokenizer tokenizer, torch::Device device)
    : settings_(settings),
      list_(std::move(list)),
      tokenizer_(std::move(tokenizer)),
      device_(device),
      model_(make_model(settings.model, settings.init, static_cast<uint64_t>(settings.run.seed))),
      step_options_(step_options(settings, tokenizer_.vocabulary(), device)),
      pictures_(picture_options(settings)),
      bad_(fs::path(settings.run.output_dir) / "bad_samples.jsonl") {
  model_->place(device);
  steps_per_epoch_ = static_cast<int64_t>(Sampler(list_, loader_options(settings_, true).sampler).steps_per_epoch());
  if (!settings_.val_file.empty()) {
    val_list_ = read_annotations(settings_.val_file, {.image_root = settings_.image_root, .strict = true}, bad_);
    val_eval_ = read_eval_list(settings_.val_file, settings_.image_root);
  }
}

void PretrainTask::start(const RunPosition& position) {
  const Position begin = {static_cast<uint64_t>(position.epoch),
                          static_cast<uint64_t>(position.step_in_epoch * settings_.batch_size)};
  loader_ = std::make_unique<Loader>(list_, tokenizer_, pictures_, bad_, loader_options(settings_, true), begin,
                                     ~uint64_t{0} >> 1);
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
  const auto losses = pretrain_step(model_, step_batch(*batch), step_options_, ramps(position.step),
                                    static_cast<uint64_t>(settings_.run.seed), static_cast<uint64_t>(position.epoch),
                                    static_cast<uint64_t>(position.step), device_);
  new_image_features_ = losses.momentum_image;
  new_text_features_ = losses.momentum_text;
  return step_result(model_, losses, batch->size, batch->wait_seconds);
}

void PretrainTask::after_update() {
  model_->enqueue(new_image_features_, new_text_features_);
}

std::map<std::string, std::string> PretrainTask::files() {
  const fs::path kept = fs::path(settings_.run.output_dir) / "vocab";
  return {{"vocab.txt", read_file(kept / "vocab.txt")},
          {"tokenizer_config.json", read_file(kept / "tokenizer_config.json")}};
}

Metrics PretrainTask::evaluate() {
  if (!val_list_) return {};
  const torch::NoGradGuard no_grad;
  Metrics metrics = held_out_recall();
  metrics.merge(held_out_losses());
  return metrics;
}

// The three losses with hard targets on the validation pairs, masks and negatives drawn alike each time.
Metrics PretrainTask::held_out_losses() {
  auto options = loader_options(settings_, false);
  options.sampler.captions = Captions::kDraw;
  Loader loader(*val_list_, tokenizer_, pictures_, bad_, options, {}, 1);
  Metrics sums;
  int64_t pairs = 0;
  for (uint64_t step = 0; auto batch = loader.next(); ++step) {
    const auto losses = pretrain_step(model_, step_batch(*batch), step_options_, {.alpha = 0}, /*seed=*/0,
                                      /*epoch=*/0, step, device_);
    const auto weight = static_cast<double>(batch->size);
    sums["loss_itc"] += weight * losses.itc.item<double>();
    sums["loss_itm"] += weight * losses.itm.item<double>();
    sums["loss_mlm"] += weight * losses.mlm.item<double>();
    pairs += batch->size;
  }
  for (auto& [name, sum] : sums) sum /= static_cast<double>(pairs);
  return sums;
}

Metrics PretrainTask::held_out_recall() {
  RetrievalEvalOptions options;
  options.rerank = false;
  options.max_words = settings_.max_words;
  options.compute = step_options_.compute;
  options.loader_threads = settings_.loader_threads;
  return evaluate_retrieval(model_, model_->online, *val_eval_, tokenizer_, pictures_, options, device_).itc;
}

// A run that goes on keeps its precision, whatever the machine that it goes on at.
static Precision run_precision(const RunOptions& run, const std::optional<fs::path>& checkpoint, torch::Device device) {
  if (!checkpoint || run.precision != "auto") return choose_precision(run.precision, hardware(device));
  const auto where = (*checkpoint / "state.json").string();
  const auto text = read_checkpoint_config(*checkpoint);
  auto precision =
      choose_precision(parse_pretrain_settings(parse_yaml(text, where), where).run.precision, hardware(device));
  if (!precision.slow) precision.reason = "as in " + printable(checkpoint->string());
  return precision;
}

// Settings of an earlier version of the program, with today's defaults for what it did not know.
static std::string complete_config(const std::string& config, const std::string& where) {
  return config_text(parse_pretrain_settings(parse_yaml(config, where), where));
}

void pretrain(PretrainSettings settings) {
  set_quiet(settings.run.quiet);
  set_compute_threads(settings.run.threads);
  const auto device = choose_device(settings.run.device);
  if (settings.train_file.empty()) fail("train_file is not set: expected lists of pictures with captions, or folders");
  open_run_folder(settings.run);
  const auto checkpoint = checkpoint_to_resume(settings.run);
  const auto precision = run_precision(settings.run, checkpoint, device);
  log_precision(precision);
  settings.run.precision = precision.name;
  allow_tf32(settings.run.tf32);
  BadSamples bad(fs::path(settings.run.output_dir) / "bad_samples.jsonl");
  auto list = read_annotations(settings.train_file, {.image_root = settings.image_root}, bad);
  if (bad.total() > 0) log_warning("unusable captions were passed over: ", bad.summary(), "; see bad_samples.jsonl");
  Tokenizer tokenizer(prepare_vocabulary(settings, list, checkpoint));
  const auto config = "# precision " + precision.name + ": " + precision.reason + "\n" + config_text(settings);
  log_info(config, list.records(), " records with ", list.captions(), " captions; device ", device.str());

  PretrainTask task(settings, std::move(list), std::move(tokenizer), device);
  Trainer trainer(task, {.run = settings.run,
                         .optimizer = settings.optimizer,
                         .schedule = settings.schedular,
                         .checkpoint = checkpoint,
                         .config = config,
                         .complete_config = complete_config,
                         .best_metric = "r_mean"});
  trainer.run();
}

}  // namespace albef
