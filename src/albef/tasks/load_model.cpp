#include "albef/tasks/load_model.h"

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/io/weights.h"
#include "albef/train/device.h"
#include "albef/train/precision.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// A run's output folder stands for its last checkpoint.
fs::path checkpoint_path(const fs::path& path) {
  return fs::is_directory(path / "checkpoints" / "last") ? path / "checkpoints" / "last" : path;
}

PretrainSettings settings_for(const LoadModelOptions& options, const fs::path& checkpoint) {
  if (!options.config.empty()) return read_pretrain_settings(options.config, options.overrides);
  if (!fs::exists(checkpoint / "state.json"))
    fail(checkpoint.string(), ": says nothing of the model's sizes; give the settings it was made with (--config)");
  const auto state = read_checkpoint_state(checkpoint);
  const auto where = (checkpoint / "state.json").string();
  return parse_pretrain_settings(parse_yaml(state.at("config").get<std::string>(), where, options.overrides), where);
}

}  // namespace

LoadedModel load_model(const LoadModelOptions& options) {
  if (!fs::exists(options.checkpoint)) fail(options.checkpoint, ": no such checkpoint");
  const auto checkpoint = checkpoint_path(options.checkpoint);
  auto settings = settings_for(options, checkpoint);
  const std::string vocab = !options.vocab.empty()                 ? options.vocab
                            : fs::exists(checkpoint / "vocab.txt") ? checkpoint.string()
                            : !settings.vocab.file.empty()         ? settings.vocab.file
                                                                   : settings.init.text_encoder;
  if (vocab.empty()) fail(checkpoint.string(), ": has no vocabulary with it; give one (--vocab vocab.txt)");
  Tokenizer tokenizer(Vocabulary::load(vocab));
  if (tokenizer.vocabulary().size() > settings.model.bert.vocab_size) {
    fail(vocab, ": has ", tokenizer.vocabulary().size(), " tokens, the model knows ", settings.model.bert.vocab_size);
  }
  Albef model(albef_options(settings.model));
  const auto report = load_authors(*model, read_weights(checkpoint),
                                   {.allow = {"idx_queue", "image_queue", "text_queue", "queue_ptr"}});
  log_info(report.table());
  for (const auto& entry : report.initialised) {
    const bool needed =
        options.momentum ? entry.name.find("_m.") != std::string::npos : entry.name.find("_m.") == std::string::npos;
    const bool buffer = entry.name.find("queue") != std::string::npos;
    if (needed && !buffer)
      fail(checkpoint.string(), ": has no ", entry.name, "; weights are missing that an evaluation needs");
  }
  const auto device = choose_device(options.device);
  const auto precision = choose_precision(options.precision, settings.run.precision, hardware(device));
  log_precision(precision);
  allow_tf32(settings.run.tf32);
  model->place(device);
  model->eval();
  auto& encoders = options.momentum ? model->momentum : model->online;
  return {model,   std::move(tokenizer), std::move(settings), device, compute_options(precision.bf16(), device),
          encoders};
}

}  // namespace albef
