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

Vocabulary train_vocabulary(const PretrainSettings& settings, const Annotations& list) {
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

OrderedJson fingerprint(const Annotations& list) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(list.fingerprint()));
  return {{"records", list.records()}, {"captions", list.captions()}, {"fingerprint", digits}};
}

}  // namespace

Vocabulary prepare_vocabulary(PretrainSettings& settings, const Annotations& list,
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

PretrainTask::PretrainTask(const PretrainSettings& settings, Annotations list, Tokenizer tokenizer,
                           torch::Device device, bool resumes)
    : settings_(settings),
      tokenizer_(std::move(tokenizer)),
      device_(device),
      model_(within_memory("the model", "lower vision_width, bert.hidden_size, bert.vocab_size or queue_size",
                           [&] {
                             return make_model(settings.model, resumes ? InitSettings() : settings.init,
                                               static_cast<uint64_t>(settings.run.seed));
                           })),
      step_options_(step_options(settings, tokenizer_.vocabulary(), device)),
      pictures_(picture_options(settings)),
      pairs_(std::move(list), tokenizer_, pictures_, pair_options(settings, true)),
      bad_(fs::path(settings.run.output_dir) / "bad_samples.jsonl") {
  model_->place(device);
  steps_per_epoch_ =
      static_cast<int64_t>(Order(pairs_.size(), loader_options(settings_, true).order).steps_per_epoch());
  const fs::path kept = fs::path(settings_.run.output_dir) / "vocab";
  for (const char* name : {"vocab.txt", "tokenizer_config.json"}) vocabulary_files_[name] = read_file(kept / name);
  data_ = {{"train_file", fingerprint(pairs_.list())}};
  if (!settings_.val_file.empty()) {
    auto held_out = read_annotations(settings_.val_file, {.image_root = settings_.image_root, .strict = true}, bad_);
    data_["val_file"] = fingerprint(held_out);
    val_pairs_.emplace(std::move(held_out), tokenizer_, pictures_, pair_options(settings_, false));
    val_eval_ = read_eval_list(settings_.val_file, settings_.image_root);
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
  auto loaded = loader_->next();
  if (!loaded) fail("the training data ended before the run did");
  const auto losses = pretrain_step(model_, loaded->batch, step_options_, ramps(position.step),
                                    static_cast<uint64_t>(settings_.run.seed), static_cast<uint64_t>(position.epoch),
                                    static_cast<uint64_t>(position.step), device_);
  new_image_features_ = losses.momentum_image;
  new_text_features_ = losses.momentum_text;
  return step_result(model_, losses, loaded->size, loaded->wait_seconds);
}

void PretrainTask::after_update() {
  model_->enqueue(new_image_features_, new_text_features_);
}

Metrics PretrainTask::evaluate() {
  const torch::NoGradGuard no_grad;
  Metrics metrics = held_out_recall();
  metrics.merge(held_out_losses());
  return metrics;
}

// The three losses with hard targets on the validation pairs, masks and negatives drawn alike each time.
Metrics PretrainTask::held_out_losses() {
  PairLoader loader(*val_pairs_, bad_, loader_options(settings_, false), {}, 1);
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
