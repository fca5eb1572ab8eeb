// A training command from its settings to the end of the run, the same for every task:
//
//   const Run run = open_run(settings.common, ranks);          // folder, checkpoint to go on from, device, precision
//   ... the task's data; Tokenizer tokenizer(prepare_vocabulary(settings.common, captions, run, ranks)) ...
//   MyTask task(settings, ..., run, ranks);
//   train(task, settings, run, ranks, "r_mean");
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "albef/dist/communicator.h"
#include "albef/model/compute.h"
#include "albef/tasks/common/settings.h"
#include "albef/text/vocabulary.h"
#include "albef/train/memory.h"
#include "albef/train/precision.h"

namespace albef {

/// What a run stands on.
struct Run {
  std::optional<FolderLock> lock;                   ///< of the output folder; rank 0's
  std::optional<std::filesystem::path> checkpoint;  ///< that the run goes on from
  torch::Device device = torch::kCPU;
  Precision precision;

  ComputeOptions compute() const { return compute_options(precision.bf16(), device); }
};

/// Opens the output folder, finds the checkpoint to go on from and decides device and precision, which is written into
/// the settings. A run that goes on keeps its precision whatever the machine, and the sizes that it got from files
/// which need not be there any more. Error for a folder or a checkpoint that cannot be used.
Run open_run(CommonSettings& settings, Communicator& ranks);

/// Hands each text of the training data to the function.
using EachText = std::function<void(const std::function<void(std::string_view)>&)>;

/// The vocabulary that the settings ask for: read, or trained on `texts` (cleaned as captions are). A run that goes on
/// takes its checkpoint's; Error naming both if the settings name, or the output folder holds, another. Kept in the
/// output folder. Sets vocab_size of the model where it is trained.
Vocabulary prepare_vocabulary(CommonSettings& settings, const EachText& texts, const Run& run, Communicator& ranks);

/// The vocabulary's files in the output folder, name and content, for a checkpoint.
std::map<std::string, std::string> vocabulary_files(const CommonSettings& settings);

/// What the run's fresh weights are replaced by: what its settings name; of one that goes on nothing, since the
/// checkpoint's weights replace all.
InitSettings initial_weights(const CommonSettings& settings, const Run& run);

/// The model that a task trains, on the run's device. `make` is called once by every rank.
template <class Model>
Model make_run_model(const Run& run, Communicator& ranks, const std::function<Model()>& make) {
  Model model{nullptr};
  on_all(ranks, [&] {
    within_memory("the model", "lower vision_width, bert.hidden_size, bert.vocab_size or queue_size", [&] {
      model = make();
      model->place(run.device);
    });
  });
  return model;
}

/// Trains. `config` and `complete_config`: TrainerSettings'; `best_metric` of Task::evaluate().
void train(Task& task, const CommonSettings& settings, const std::string& config,
           std::function<std::string(const std::string&, const std::string&)> complete_config,
           const std::string& best_metric, const Run& run, Communicator& ranks);

template <class Settings>
void train(Task& task, const Settings& settings, const Run& run, Communicator& ranks, const std::string& best_metric) {
  // Settings of an earlier version are compared with today's for what it did not know.
  const auto complete = [](const std::string& text, const std::string& where) {
    return config_text(parse_settings<Settings>(parse_yaml(text, where), where));
  };
  train(task, settings.common, config_text(settings), complete, best_metric, run, ranks);
}

}  // namespace albef
