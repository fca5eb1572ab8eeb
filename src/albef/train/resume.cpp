// How a run goes on: settings and data are compared, weights, moments and place taken over, the log cut back.
#include <algorithm>

#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/train/metrics_log.h"
#include "albef/train/trainer.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// Keys that may differ between a run and its continuation: they do not change what is computed.
const std::vector<std::string> kFreeKeys = {"output_dir",
                                            "resume",
                                            "max_steps",
                                            "device",
                                            "threads",
                                            "quiet",
                                            "eval_every_steps",
                                            "eval_every_epochs",
                                            "patience",
                                            "allow_changed_data",
                                            "loader_threads",
                                            "test_file",
                                            "batch_size_test",
                                            "recall_at",
                                            "log_every_steps",
                                            "save_every_steps",
                                            "save_every_minutes",
                                            "keep_checkpoints"};

std::string flat(const YAML::Node& node) {
  YAML::Emitter out;
  out << YAML::Flow << node;
  return out.c_str();
}

// "batch_size: 64 there, 32 now" for the first key that differs, or "".
std::string difference(const YAML::Node& before, const YAML::Node& now, const std::vector<std::string>& free,
                       const std::string& prefix = "") {
  std::vector<std::string> keys;
  for (const auto& map : {before, now}) {
    for (const auto& entry : map) keys.push_back(entry.first.Scalar());
  }
  for (const auto& key : keys) {
    if (prefix.empty() && std::find(free.begin(), free.end(), key) != free.end()) continue;
    const YAML::Node a = before[key], b = now[key];
    if (a.IsDefined() && b.IsDefined() && a.IsMap() && b.IsMap()) {
      if (auto inner = difference(a, b, free, prefix + key + "."); !inner.empty()) return inner;
    } else if (!a.IsDefined() || !b.IsDefined() || flat(a) != flat(b)) {
      return prefix + key + ": " + (a.IsDefined() ? flat(a) : "nothing") + " there, " +
             (b.IsDefined() ? flat(b) : "nothing") + " now";
    }
  }
  return "";
}

void check_whole(const Checkpoint& checkpoint, const fs::path& path) {
  for (const auto& [file, tensors] :
       {std::pair("model", &checkpoint.model), std::pair("training", &checkpoint.training)}) {
    if (const auto bad = first_not_finite(*tensors)) {
      fail(path.string(), ": tensor ", *bad, " of ", file,
           ".safetensors holds NaN or infinity; take an earlier checkpoint (", "--resume ", path.parent_path().string(),
           "/step-...)");
    }
  }
}

// Copies into the model's own tensors.
void take_weights(const TensorMap& from, const std::map<std::string, torch::Tensor>& weights,
                  const std::string& where) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : weights) {
    const auto found = from.find(name);
    if (found == from.end()) fail(where, ": has no tensor ", name, "; it is of another model");
    if (found->second.sizes() != tensor.sizes()) {
      fail(where, ": ", name, " is ", shape_text(found->second.sizes()), ", the model's is ",
           shape_text(tensor.sizes()), "; it is of another model");
    }
    tensor.copy_(found->second);
  }
}

}  // namespace

void Trainer::resume() {
  if (settings_.run.resume.empty()) return;
  if (!settings_.checkpoint) {
    log_info("no checkpoint to resume from in ", (folder() / "checkpoints").string(), "; starting anew");
    return cut_metrics();
  }
  try {
    go_on_from(*settings_.checkpoint);
  } catch (const OrderedJson::exception& error) {
    fail(settings_.checkpoint->string(), ": its state.json cannot be used (", error.what(),
         "); take an earlier checkpoint");
  }
  cut_metrics();
  log_info("resumed from ", settings_.checkpoint->string(), " at step ", position_.step);
}

void Trainer::go_on_from(const fs::path& path) {
  const Checkpoint checkpoint = read_checkpoint(path);
  const auto& state = checkpoint.state;
  const auto where = path.string();
  // Only pretraining was there before checkpoints said so.
  if (const auto task = state.value("task", std::string("pretrain")); task != task_.name()) {
    fail(where, ": is a checkpoint of `", printable(task, 40), "`, this run trains `", task_.name(),
         "`; a new run can start from its weights: set `checkpoint` to it, and no resume");
  }
  auto config = state.at("config").get<std::string>();
  if (settings_.complete_config) config = settings_.complete_config(config, where);
  auto free = kFreeKeys;
  // Where lists and pictures lie may change: what they hold is compared below.
  if (state.contains("data")) free.insert(free.end(), {"train_file", "train_data", "val_file", "image_root"});
  const auto differs = difference(parse_yaml(config, where), parse_yaml(settings_.config, "the settings"), free);
  if (!differs.empty())
    fail(where, ": is of a run with other settings: ", differs,
         "; use those, or start a new run in another --output-dir");
  if (const auto ranks = state.value("ranks", int64_t{1}); ranks != ranks_.world()) {
    fail(where, ": is of a run of ", ranks, " processes, this one has ", ranks_.world(),
         "; an epoch would have other steps. Use as many");
  }
  if (state.contains("best")) best_ = state.at("best").get<double>();
  without_gain_ = state.value("without_gain", int64_t{0});
  check_data(state, where);

  check_whole(checkpoint, path);
  take_weights(checkpoint.model, task_.weights(), where);
  optimizer_.load_state(checkpoint.training, where);
  position_ = {.step = state.at("step").get<int64_t>(),
               .epoch = state.at("epoch").get<int64_t>(),
               .step_in_epoch = state.at("step_in_epoch").get<int64_t>(),
               .pairs = state.at("pairs").get<int64_t>()};
  if (position_.step_in_epoch >= task_.steps_per_epoch()) {  // the epoch has become shorter
    ++position_.epoch;
    position_.step_in_epoch = 0;
  }
  find_last_step();
  counters_ = state.value("counters", OrderedJson::object());
  earlier_seconds_ = state.at("seconds").get<double>();
  const auto folder_of_it = fs::canonical(path);
  if (fs::exists(folder() / "checkpoints") && fs::equivalent(folder_of_it.parent_path(), folder() / "checkpoints")) {
    saved_step_ = position_.step;  // one of another run is not ours to mark
    saved_path_ = folder_of_it;
  }
  if (state.value("evaluated", true)) evaluated_step_ = position_.step;
}

void Trainer::check_data(const OrderedJson& state, const std::string& where) {
  const OrderedJson now = task_.data(), then = state.value("data", OrderedJson());
  if (!then.is_object()) {
    log_warning(where,
                ": is of a version that kept no fingerprint of the data; nothing tells whether they are the same");
    return;
  }
  for (const auto& [list, mark] : now.items()) {
    const OrderedJson other = then.value(list, OrderedJson());
    if (other == mark) continue;
    const std::string difference = str(list, ": ", other.dump(), " there, ", mark.dump(), " now");
    if (!settings_.run.allow_changed_data) {
      fail(where, ": is of a run on other data: ", difference,
           "; use those, or go on with what there is now (--allow-changed-data)");
    }
    log_warning("the data have changed since ", where, ": ", difference);
    best_.reset();  // scores on other data are no measure
    without_gain_ = 0;
  }
}

void Trainer::cut_metrics() const {
  if (!ranks_.is_first()) return;
  const auto path = folder() / kMetricsFile;
  if (!fs::exists(path)) return;
  std::string kept;
  for (const auto& line : read_metrics(path)) {
    const auto step = line.at("step").get<int64_t>();
    const bool again =
        step == position_.step && evaluated_step_ != step && !line.contains("lr");  // scores, to be redone
    if (step > 0 && step <= position_.step && !again) kept += line.dump() + "\n";
  }
  write_atomically(path, kept);
}

}  // namespace albef
