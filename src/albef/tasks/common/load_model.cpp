#include "albef/tasks/common/load_model.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/folder_lock.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/train/device.h"
#include "albef/train/metrics_log.h"
#include "albef/train/precision.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// Settings as they were said, and where.
struct Said {
  YAML::Node map;
  std::string where;
};

// What a file of settings says beside the common ones is its task's, and nobody's here. An override is for us.
Said settings_for(const LoadModelOptions& options, const fs::path& checkpoint) {
  CommonSettings overrides;
  read_config(parse_yaml("", "--set", options.overrides), "--set", overrides);
  if (!options.config.empty()) {
    const auto map = read_yaml(options.config, options.overrides);
    if (const auto keys = keys_beside_common(map); !keys.empty())
      log_info(options.config, ": passed over what is no setting of model or data: ", keys);
    return {map, options.config};
  }
  if (fs::exists(checkpoint / kMetricsFile) || fs::exists(checkpoint / kLockFile))
    fail(checkpoint.string(), ": is a run's folder without a checkpoint yet; wait until one is saved");
  if (!fs::exists(checkpoint / "state.json"))
    fail(checkpoint.string(), ": says nothing of the model's sizes; give the settings it was made with (--config)");
  const auto where = (checkpoint / "state.json").string();
  return {parse_yaml(read_checkpoint_config(checkpoint), where, options.overrides), where};
}

// Whether the task reads the weight `name`, and what to do where the file lacks it; "" for what it does not read.
std::string advice_without(const std::string& name, const LoadModelOptions& options) {
  const std::string module = name.substr(0, name.find('.'));
  if (module == "itm_head")
    return options.itm ? "ITM needs it: use ITC alone (--no-rerank, --no-itm, --mode itc), or take a file that has it"
                       : "";
  const bool is_encoder = name.find('.') != std::string::npos;  // the temperature and the queues serve training
  if (!is_encoder || module.ends_with("_m") != options.momentum) return "";
  if (name.find(".cls.") != std::string::npos)
    return options.mlm ? "filling in masked words needs it: take a file of pretraining" : "";
  return options.momentum ? "the momentum weights were asked for: take --weights student, or a file that has them"
                          : "check that the file is a whole ALBEF, and --config that of its model";
}

std::string task_of(const fs::path& checkpoint) {
  if (!fs::exists(checkpoint / "state.json")) return "";
  return read_checkpoint_state(checkpoint).value("task", "pretrain");  // earlier versions knew no other
}

}  // namespace

void check_complete(const LoadReport& report, const std::function<std::string(const std::string& name)>& advice) {
  std::string first, what_to_do;
  size_t missing = 0;
  for (const auto& entry : report.initialised) {
    const std::string wanted = advice(entry.name);
    if (wanted.empty()) continue;
    if (missing++ == 0) first = entry.name, what_to_do = wanted;
  }
  if (missing == 0) return;
  fail(report.source, ": has no ", first, missing > 1 ? str(" (nor ", missing - 1, " more that are needed)") : "", "; ",
       what_to_do);
}

OpenedCheckpoint open_checkpoint(const LoadModelOptions& options, const CommonSettings& defaults) {
  std::error_code ignored;
  if (!fs::exists(options.checkpoint, ignored)) fail(options.checkpoint, ": no such checkpoint");
  const fs::path checkpoint = checkpoint_path(options.checkpoint);
  const auto [map, where] = settings_for(options, checkpoint);
  auto settings = parse_common_settings(map, where, defaults);
  const std::string vocab = !options.vocab.empty()                 ? options.vocab
                            : fs::exists(checkpoint / "vocab.txt") ? checkpoint.string()
                            : !settings.vocab.file.empty()         ? settings.vocab.file
                                                                   : settings.init.text_encoder;
  if (vocab.empty()) fail(checkpoint.string(), ": has no vocabulary with it; give one (--vocab vocab.txt)");
  Tokenizer tokenizer(Vocabulary::load(vocab));
  if (!options.vocab.empty() && fs::exists(checkpoint / "vocab.txt") &&
      Vocabulary::load(checkpoint) != tokenizer.vocabulary()) {
    fail(vocab, ": is another vocabulary than that of ", checkpoint.string(),
         ", whose words the weights know; leave --vocab out");
  }
  if (tokenizer.vocabulary().size() > settings.model.bert.vocab_size) {
    fail(vocab, ": has ", tokenizer.vocabulary().size(), " tokens, the model knows ", settings.model.bert.vocab_size);
  }
  const auto device = choose_device(options.device);
  const auto precision = choose_precision(options.precision, settings.run.precision, hardware(device));
  log_precision(precision);
  allow_tf32(settings.run.tf32);
  return {.path = checkpoint.string(),
          .task = task_of(checkpoint),
          .settings = std::move(settings),
          .map = map,
          .where = where,
          .tokenizer = std::move(tokenizer),
          .device = device,
          .compute = compute_options(precision.bf16(), device)};
}

LoadedModel load_model(const LoadModelOptions& options, const CommonSettings& defaults) {
  auto opened = open_checkpoint(options, defaults);
  if (!opened.task.empty() && opened.task != "pretrain" && opened.task != "retrieval" && opened.task != "grounding") {
    fail(opened.path, ": is a checkpoint of `", opened.task,
         "`, which is no whole ALBEF; expected one of `albef pretrain`, `albef train retrieval` or `albef train "
         "grounding`");
  }
  const bool with_momentum = options.momentum || options.both;
  Albef model(albef_options(opened.settings.model, with_momentum));
  LoadOptions allow{.allow = {"idx_queue", "image_queue", "text_queue", "queue_ptr"}};
  if (!with_momentum)
    allow.allow.insert(allow.allow.end(), {"visual_encoder_m.", "vision_proj_m.", "text_encoder_m.", "text_proj_m."});
  const auto& more = opened.settings.init.allow;
  allow.allow.insert(allow.allow.end(), more.begin(), more.end());
  const auto report = load_authors(*model, read_weights(opened.path), allow);
  log_info(report.table());
  check_complete(report, [&](const std::string& name) { return advice_without(name, options); });
  auto of_momentum = options;
  of_momentum.momentum = true;
  const bool has_momentum = with_momentum && std::ranges::all_of(report.initialised, [&](const auto& entry) {
                              return advice_without(entry.name, of_momentum).empty();
                            });
  model->place(opened.device);
  model->eval();
  auto& encoders = options.momentum ? model->momentum : model->online;
  return {model,
          std::move(opened.tokenizer),
          std::move(opened.settings),
          opened.device,
          opened.compute,
          encoders,
          opened.map,
          opened.where,
          has_momentum};
}

}  // namespace albef
