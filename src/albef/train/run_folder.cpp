// How a run begins: a new output folder, or one that is gone on with.
#include <algorithm>
#include <fstream>

#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/train/trainer.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// Keys that may differ between a run and its continuation: they do not change what is computed.
const std::vector<std::string> kFreeKeys = {"output_dir",       "resume",           "max_steps",
                                            "device",           "threads",          "quiet",
                                            "log_every_steps",  "save_every_steps", "save_every_minutes",
                                            "keep_checkpoints", "eval_every_steps", "loader_threads"};

std::string flat(const YAML::Node& node) {
  YAML::Emitter out;
  out << YAML::Flow << node;
  return out.c_str();
}

// "batch_size: 64 there, 32 now" for the first key that differs, or "".
std::string difference(const YAML::Node& before, const YAML::Node& now, const std::string& prefix = "") {
  std::vector<std::string> keys;
  for (const auto& map : {before, now}) {
    for (const auto& entry : map) keys.push_back(entry.first.Scalar());
  }
  for (const auto& key : keys) {
    if (prefix.empty() && std::find(kFreeKeys.begin(), kFreeKeys.end(), key) != kFreeKeys.end()) continue;
    const YAML::Node a = before[key], b = now[key];
    if (a.IsDefined() && b.IsDefined() && a.IsMap() && b.IsMap()) {
      if (auto inner = difference(a, b, prefix + key + "."); !inner.empty()) return inner;
    } else if (!a.IsDefined() || !b.IsDefined() || flat(a) != flat(b)) {
      return prefix + key + ": " + (a.IsDefined() ? flat(a) : "nothing") + " there, " +
             (b.IsDefined() ? flat(b) : "nothing") + " now";
    }
  }
  return "";
}

}  // namespace

void open_run_folder(const RunOptions& run) {
  const fs::path folder = run.output_dir;
  if (!run.resume.empty() && run.resume != "auto" && !fs::is_directory(run.resume)) {
    fail("--resume ", run.resume,
         ": no such checkpoint folder; expected `auto` or a folder such as OUTPUT/checkpoints/step-00001200");
  }
  make_writable_folder(folder);
  bool has_run = false;
  std::string stranger;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    has_run |= name == "metrics.jsonl" || name == "checkpoints";
    // What a start that failed leaves behind is no run yet.
    const bool ours = name == "log.txt" || name == "bad_samples.jsonl" || name == "vocab" || name == "config.yaml" ||
                      name.find(".tmp") != std::string::npos;
    if (!ours) stranger = name;
  }
  if (has_run && run.resume.empty())
    fail(folder.string(), ": already holds a run; go on with it (--resume auto) or choose another --output-dir");
  if (!has_run && !stranger.empty()) {
    fail(folder.string(), ": holds ", printable(stranger),
         " and no run; choose another --output-dir, so that nothing is overwritten");
  }
  set_log_file(folder / "log.txt");
}

std::optional<fs::path> checkpoint_to_resume(const RunOptions& run) {
  if (run.resume.empty()) return std::nullopt;
  return run.resume == "auto" ? newest_whole_checkpoint(fs::path(run.output_dir) / "checkpoints")
                              : fs::path(run.resume);
}

void Trainer::resume() {
  const auto& path = settings_.checkpoint;
  if (settings_.run.resume.empty()) return;
  if (!path) {
    log_info("no checkpoint to resume from in ", (folder() / "checkpoints").string(), "; starting anew");
    cut_metrics();
    return;
  }
  const Checkpoint checkpoint = read_checkpoint(*path);
  const auto where = path->string();
  auto config = checkpoint.state.at("config").get<std::string>();
  if (settings_.complete_config) config = settings_.complete_config(config, where);
  const auto differs = difference(parse_yaml(config, where), parse_yaml(settings_.config, "the settings"));
  if (!differs.empty())
    fail(where, ": is of a run with other settings: ", differs,
         "; use those, or start a new run in another --output-dir");

  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : task_.weights()) {
    const auto found = checkpoint.model.find(name);
    if (found == checkpoint.model.end()) fail(where, ": has no tensor ", name, "; it is of another model");
    if (found->second.sizes() != tensor.sizes()) {
      fail(where, ": ", name, " is ", shape_text(found->second.sizes()), ", the model's is ",
           shape_text(tensor.sizes()), "; it is of another model");
    }
    tensor.copy_(found->second);
  }
  optimizer_.load_state(checkpoint.training, where);
  position_.step = checkpoint.state.at("step").get<int64_t>();
  position_.pairs = checkpoint.state.at("pairs").get<int64_t>();
  earlier_seconds_ = checkpoint.state.at("seconds").get<double>();
  if (checkpoint.state.contains("best")) best_ = checkpoint.state.at("best").get<double>();
  saved_step_ = evaluated_step_ = position_.step;
  saved_path_ = fs::canonical(*path);
  position_.epoch = position_.step / task_.steps_per_epoch();
  position_.step_in_epoch = position_.step % task_.steps_per_epoch();
  cut_metrics();
  log_info("resumed from ", where, " at step ", position_.step);
}

void Trainer::cut_metrics() const {
  const auto path = folder() / "metrics.jsonl";
  std::ifstream in(path);
  if (!in) return;
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    const auto json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.value("step", int64_t{0}) <= position_.step && json.value("step", int64_t{0}) > 0)
      kept += line + "\n";
  }
  write_atomically(path, kept);
}

}  // namespace albef
