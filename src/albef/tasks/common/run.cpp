#include "albef/tasks/common/run.h"

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/text/clean.h"
#include "albef/text/vocab_train.h"
#include "albef/train/device.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

Precision go_on(CommonSettings& settings, const fs::path& checkpoint, torch::Device device) {
  const auto where = (checkpoint / "state.json").string();
  const auto earlier = parse_common_settings(parse_yaml(read_checkpoint_config(checkpoint), where), where);
  if (!settings.init.text_encoder.empty() && !fs::exists(settings.init.text_encoder))
    settings.model.bert = earlier.model.bert;
  if (settings.run.precision != "auto") return choose_precision(settings.run.precision, hardware(device));
  auto precision = choose_precision(earlier.run.precision, hardware(device));
  if (!precision.slow) precision.reason = "as in " + printable(checkpoint.string());
  return precision;
}

fs::path vocabulary_folder(const CommonSettings& settings) {
  return fs::path(settings.run.output_dir) / "vocab";
}

Vocabulary train_vocabulary(const CommonSettings& settings, const EachText& texts) {
  const auto& vocab = settings.vocab;
  VocabTrainer trainer(
      {.size = vocab.train, .words = {.lower_case = vocab.lower_case, .strip_accents = vocab.strip_accents}});
  int64_t count = 0;
  texts([&](std::string_view text) {
    trainer.add(pre_caption(text, static_cast<size_t>(settings.data.max_words), vocab.lower_case));
    ++count;
  });
  log_info("training a vocabulary of ", vocab.train, " tokens on ", count, " captions");
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

// A checkpoint to start from knows its own words, too.
void check_words_of(const std::string& checkpoint, const std::string& named) {
  const fs::path path = checkpoint_path(checkpoint);
  if (checkpoint.empty() || !fs::exists(path / "vocab.txt")) return;
  if (named.empty())
    fail("vocab.train is set, but ", path.string(), " has a vocabulary, whose words the weights know; leave it out");
  if (Vocabulary::load(path) != Vocabulary::load(named)) {
    fail(named, ": is another vocabulary than that of ", path.string(),
         ", whose words the weights know; leave vocab.file out");
  }
}

}  // namespace

Run open_run(CommonSettings& settings, Communicator& ranks) {
  Run run;
  set_quiet(settings.run.quiet || !ranks.is_first());
  set_compute_threads(settings.run.threads);
  run.device = choose_device(settings.run.device);
  if (settings.data.train_file.empty() && settings.data.train_data.empty())
    fail("train_file is not set: expected lists of samples");
  on_first(ranks, [&] { run.lock.emplace(open_run_folder(settings.run)); });
  on_all(ranks, [&] { run.checkpoint = checkpoint_to_resume(settings.run); });
  run.precision = run.checkpoint ? go_on(settings, *run.checkpoint, run.device)
                                 : choose_precision(settings.run.precision, hardware(run.device));
  log_precision(run.precision);
  settings.run.precision = run.precision.name;
  allow_tf32(settings.run.tf32);
  return run;
}

Vocabulary prepare_vocabulary(CommonSettings& settings, const EachText& texts, const Run& run, Communicator& ranks) {
  const auto& vocab = settings.vocab;
  const auto kept = vocabulary_folder(settings);
  const std::string named = vocab.train > 0 ? "" : !vocab.file.empty() ? vocab.file : settings.init.text_encoder;
  if (!run.checkpoint && vocab.train == 0 && named.empty()) {
    fail("no vocabulary: set vocab.file (a BERT vocab.txt), vocab.train (6000, say), or text_encoder (a BERT folder)");
  }
  on_first(ranks, [&] {
    if (!run.checkpoint) check_words_of(settings.init.checkpoint, named);
    const auto vocabulary = run.checkpoint    ? vocabulary_of(*run.checkpoint, named, kept)
                            : vocab.train > 0 ? train_vocabulary(settings, texts)
                                              : Vocabulary::load(named);
    vocabulary.save(kept);
  });
  auto vocabulary = Vocabulary::load(kept);
  const auto size = static_cast<int64_t>(vocabulary.size());
  auto& rows = settings.model.bert.vocab_size;
  if (vocab.train > 0) rows = size;
  if (size > rows)
    fail("the vocabulary has ", size, " tokens, bert.vocab_size is ", rows, "; set bert.vocab_size=", size);
  return vocabulary;
}

std::map<std::string, std::string> vocabulary_files(const CommonSettings& settings) {
  std::map<std::string, std::string> files;
  for (const char* name : {"vocab.txt", "tokenizer_config.json"})
    files[name] = read_file(vocabulary_folder(settings) / name);
  return files;
}

InitSettings initial_weights(const CommonSettings& settings, const Run& run) {
  return run.checkpoint ? InitSettings() : settings.init;
}

void train(Task& task, const CommonSettings& settings, const std::string& config,
           std::function<std::string(const std::string&, const std::string&)> complete_config,
           const std::string& best_metric, const Run& run, Communicator& ranks) {
  const auto commented = "# precision " + run.precision.name + ": " + run.precision.reason + "\n" + config;
  log_info(commented, "device ", run.device.str());
  Trainer trainer(task,
                  {.run = settings.run,
                   .parts = settings.parts,
                   .optimizer = settings.optimizer,
                   .schedule = settings.schedular,
                   .checkpoint = run.checkpoint,
                   .config = commented,
                   .complete_config = std::move(complete_config),
                   .best_metric = best_metric},
                  ranks);
  trainer.run();
}

}  // namespace albef
