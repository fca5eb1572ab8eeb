#include "albef/tasks/pretrain/task.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/data/eval_images.h"
#include "albef/io/checkpoint.h"
#include "albef/tasks/retrieval/eval.h"
#include "albef/text/clean.h"
#include "albef/text/vocab_train.h"
#include "albef/train/device.h"
#include "albef/train/memory.h"
#include "albef/train/precision.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

PairBatch step_batch(const Batch& batch) {
  // The batch outlives the step, so its pixels need no copy.
  return {.pixels = torch::from_blob(const_cast<uint8_t*>(batch.pixels.data()),
                                     {batch.size, batch.resolution, batch.resolution, 3}, torch::kUInt8),
          .texts = {.size = batch.size, .length = batch.length, .ids = batch.ids, .lengths = batch.lengths},
          .image_ids = batch.image_ids,
          .samples = batch.samples};
}

MaskingOptions masking_options(const PretrainSettings& s, const Vocabulary& vocabulary) {
  MaskingOptions o{.probability = s.mlm_probability,
                   .vocab_size = vocabulary.size(),
                   .pad = vocabulary.pad(),
                   .cls = vocabulary.cls(),
                   .mask = vocabulary.mask()};
  for (int64_t id = 0; s.mlm_mask == "word" && id < vocabulary.size(); ++id)
    o.continues.push_back(vocabulary.token(id).starts_with(kContinuation));
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

namespace {

Vocabulary train_vocabulary(const PretrainSettings& settings, const PairList& list) {
  const auto& vocab = settings.vocab;
  log_info("training a vocabulary of ", vocab.train, " tokens on ", list.captions(), " captions");
  VocabTrainer trainer(
      {.size = vocab.train, .words = {.lower_case = vocab.lower_case, .strip_accents = vocab.strip_accents}});
  for (uint64_t record = 0; record < list.records(); ++record) {
    for (uint64_t i = 0; i < list.caption_count(record); ++i)
      trainer.add(pre_caption(list.caption(record, i), static_cast<size_t>(settings.max_words), vocab.lower_case));
  }
  return trainer.train();
}

// The checkpoint's, whatever has become of the captions since. Weights without their own words are worth nothing, so a
// file that says otherwise is not passed over.
Vocabulary vocabulary_of(const fs::path& checkpoint, const std::string& named, const fs::path& kept) {
  auto vocabulary = Vocabulary::load(checkpoint);
  for (const auto& other : {fs::path(named), kept}) {
    const bool there = fs::exists(fs::is_directory(other) ? other / "vocab.txt" : other);
    if (!there || Vocabulary::load(other) == vocabulary) continue;
    fail(other.string(), ": is another vocabulary than that of ", checkpoint.string(), ", from which the run goes on; ",
         other == kept ? "remove the former" : "name that one", ", or start a new run in another --output-dir");
  }
  return vocabulary;
}

OrderedJson fingerprint(const PairList& list) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(list.fingerprint()));
  return {{"records", list.records()}, {"captions", list.captions()}, {"fingerprint", digits}};
}

}  // namespace

Vocabulary prepare_vocabulary(PretrainSettings& settings, const PairList& list,
                              const std::optional<fs::path>& checkpoint) {
  const auto& vocab = settings.vocab;
  const fs::path kept = fs::path(settings.run.output_dir) / "vocab";
  const std::string named = vocab.train > 0 ? "" : !vocab.file.empty() ? vocab.file : settings.init.text_encoder;
  if (!checkpoint && vocab.train == 0 && named.empty()) {
    fail("no vocabulary: set vocab.file (a BERT vocab.txt), vocab.train (6000, say), or text_encoder (a BERT folder)");
  }
  auto vocabulary = checkpoint        ? vocabulary_of(*checkpoint, named, kept)
                    : vocab.train > 0 ? train_vocabulary(settings, list)
                                      : Vocabulary::load(named);
  vocabulary.save(kept);
  const auto size = static_cast<int64_t>(vocabulary.size());
  auto& rows = settings.model.bert.vocab_size;
  if (vocab.train > 0) rows = size;
  if (size > rows)
    fail("the vocabulary has ", size, " tokens, bert.vocab_size is ", rows, "; set bert.vocab_size=", size);
  return vocabulary;
}

PretrainTask::PretrainTask(const PretrainSettings& settings, PairList list, Tokenizer tokenizer, torch::Device device,
                           bool resumes)
    : settings_(settings),
      list_(std::move(list)),
      tokenizer_(std::move(tokenizer)),
      device_(device),
      model_(within_memory("the model", "lower vision_width, bert.hidden_size, bert.vocab_size or queue_size",
                           [&] {
                             return make_model(settings.model, resumes ? InitSettings() : settings.init,
                                               static_cast<uint64_t>(settings.run.seed));
                           })),
      draw_options_({.masking = masking_options(settings, tokenizer_.vocabulary()),
                     .hardest_negatives = settings.negatives == "hardest"}),
      step_options_({.alpha_itc = settings.alpha_itc,
                     .alpha_mlm = settings.alpha_mlm,
                     .momentum = settings.model.momentum,
                     .exclude_same_image = settings.exclude_same_image,
                     .compute = compute_options(settings.run.precision == "bf16", device)}),
      pictures_(picture_options(settings)),
      bad_(fs::path(settings.run.output_dir) / "bad_samples.jsonl") {
  model_->place(device);
  steps_per_epoch_ = static_cast<int64_t>(Sampler(list_, loader_options(settings_, true).sampler).steps_per_epoch());
  const fs::path kept = fs::path(settings_.run.output_dir) / "vocab";
  for (const char* name : {"vocab.txt", "tokenizer_config.json"}) vocabulary_files_[name] = read_file(kept / name);
  data_ = {{"train_file", fingerprint(list_)}};
  if (!settings_.val_file.empty()) {
    val_list_ = read_annotations(settings_.val_file, {.image_root = settings_.image_root, .strict = true}, bad_);
    val_eval_ = read_eval_list(settings_.val_file, settings_.image_root);
    data_["val_file"] = fingerprint(*val_list_);
    check_images("val_file", val_eval_->images, pictures_, static_cast<int>(settings_.loader_threads));
  }
}

OrderedJson PretrainTask::counters() {
  const BadWindow window = loader_ ? loader_->window() : BadWindow();
  return {{"samples_tried", window.tried}, {"samples_unusable", window.unusable}};
}

void PretrainTask::start(const RunPosition& position, const OrderedJson& counters) {
  const Position begin = {static_cast<uint64_t>(position.epoch),
                          static_cast<uint64_t>(position.step_in_epoch * settings_.batch_size)};
  auto options = loader_options(settings_, true);
  options.window = {counters.value("samples_tried", uint64_t{0}), counters.value("samples_unusable", uint64_t{0})};
  loader_ = std::make_unique<Loader>(list_, tokenizer_, pictures_, bad_, options, begin, ~uint64_t{0} >> 1);
}

StepResult PretrainTask::step(const RunPosition& position) {
  auto next = loader_->next();
  if (!next) fail("the training data ended before the run did");
  const auto share = [&](int64_t of) {
    return of > 0 ? std::min(1.0, static_cast<double>(position.step) / static_cast<double>(of)) : 1.0;
  };
  const auto batch = step_batch(*next);
  const StepKeys keys = {.seed = static_cast<uint64_t>(settings_.run.seed),
                         .epoch = static_cast<uint64_t>(position.epoch),
                         .step = static_cast<uint64_t>(position.step)};
  auto options = step_options_;
  options.alpha_scale = share(settings_.alpha_ramp_steps > 0 ? settings_.alpha_ramp_steps : steps_per_epoch_);
  const auto losses =
      pretrain_step(model_, batch, draw(batch, draw_options_, share(settings_.negatives_ramp_steps), keys), options);
  new_entries_ = losses.entries;
  return step_result(model_, losses, batch.texts.size, next->wait_seconds);
}

void PretrainTask::after_update() {
  model_->queue.enqueue(new_entries_);
}

Metrics PretrainTask::evaluate() {
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
  auto step_options = step_options_;
  step_options.alpha_scale = 0;
  Metrics sums;
  int64_t pairs = 0;
  for (StepKeys keys; auto next = loader.next(); ++keys.step) {
    const auto batch = step_batch(*next);
    const auto losses = pretrain_step(model_, batch, draw(batch, draw_options_, /*sharpness=*/1, keys), step_options);
    const auto weight = static_cast<double>(next->size);
    sums["loss_itc"] += weight * losses.itc.item<double>();
    sums["loss_itm"] += weight * losses.itm.item<double>();
    sums["loss_mlm"] += weight * losses.mlm.item<double>();
    pairs += next->size;
  }
  for (auto& [name, sum] : sums) sum /= static_cast<double>(pairs);
  return sums;
}

Metrics PretrainTask::held_out_recall() {
  auto options = retrieval_eval_options(settings_, step_options_.compute);
  options.rerank = false;
  return evaluate_retrieval(model_, model_->online, *val_eval_, tokenizer_, pictures_, options, device_).itc;
}

static PretrainSettings parse_settings(const std::string& config, const std::string& where) {
  return parse_pretrain_settings(parse_yaml(config, where), where);
}

// A run that goes on keeps its precision, whatever the machine that it goes on at, and the sizes that it got from files
// which need not be there any more.
static Precision go_on(PretrainSettings& settings, const fs::path& checkpoint, torch::Device device) {
  const auto earlier = parse_settings(read_checkpoint_config(checkpoint), (checkpoint / "state.json").string());
  if (!settings.init.text_encoder.empty() && !fs::exists(settings.init.text_encoder))
    settings.model.bert = earlier.model.bert;
  if (settings.run.precision != "auto") return choose_precision(settings.run.precision, hardware(device));
  auto precision = choose_precision(earlier.run.precision, hardware(device));
  if (!precision.slow) precision.reason = "as in " + printable(checkpoint.string());
  return precision;
}

void pretrain(PretrainSettings settings) {
  set_quiet(settings.run.quiet);
  set_compute_threads(settings.run.threads);
  const auto device = choose_device(settings.run.device);
  if (settings.train_file.empty()) fail("train_file is not set: expected lists of pictures with captions, or folders");
  const FolderLock lock = open_run_folder(settings.run);
  const auto checkpoint = checkpoint_to_resume(settings.run);
  const auto precision =
      checkpoint ? go_on(settings, *checkpoint, device) : choose_precision(settings.run.precision, hardware(device));
  log_precision(precision);
  settings.run.precision = precision.name;
  allow_tf32(settings.run.tf32);
  BadSamples bad(fs::path(settings.run.output_dir) / "bad_samples.jsonl");
  auto list = read_annotations(settings.train_file, {.image_root = settings.image_root}, bad);
  if (bad.total() > 0) log_warning("unusable captions were passed over: ", bad.summary(), "; see bad_samples.jsonl");
  Tokenizer tokenizer(prepare_vocabulary(settings, list, checkpoint));
  const auto config = "# precision " + precision.name + ": " + precision.reason + "\n" + config_text(settings);
  log_info(config, list.records(), " records with ", list.captions(), " captions; device ", device.str());

  PretrainTask task(settings, std::move(list), std::move(tokenizer), device, /*resumes=*/checkpoint.has_value());
  Trainer trainer(
      task, {.run = settings.run,
             .optimizer = settings.optimizer,
             .schedule = settings.schedular,
             .checkpoint = checkpoint,
             .config = config,
             .complete_config =  // settings of an earlier version, with today's for what it did not know
             [](const std::string& text, const std::string& where) { return config_text(parse_settings(text, where)); },
             .best_metric = "r_mean"});
  trainer.run();
}

}  // namespace albef
