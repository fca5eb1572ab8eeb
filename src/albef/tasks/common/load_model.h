// A trained model with all that it needs to read pictures and words: for evaluation, search, serving.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "albef/io/weights.h"
#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/tasks/common/settings.h"
#include "albef/text/tokenizer.h"

namespace albef {

struct LoadModelOptions {
  std::string checkpoint;              ///< a checkpoint folder of ours, a run's output folder, or the authors' .pth
  std::string config;                  ///< any task's settings, for a .pth; "" for ours: kept in the checkpoint
  std::string vocab;                   ///< vocab.txt, for a .pth; "" for ours
  std::vector<std::string> overrides;  ///< --set key=value: image_res=384 resizes the position table
  bool momentum = false;               ///< the momentum weights are asked for, not the trained ones
  bool both = false;            ///< the momentum model is loaded beside, where the file has it; else it is left out
  bool itm = true, mlm = true;  ///< what the task needs beside encoders and projections: the ITM head, the MLM
                                ///< head of the chosen encoders. What is not needed may be missing in the file
  std::string device = "auto";
  std::string precision = "auto";  ///< of matrix products; auto: as in training where that is fast
};

struct LoadedModel {
  Albef model{nullptr};  ///< in eval mode, on the device
  Tokenizer tokenizer;
  CommonSettings settings;  ///< what the model was made and trained with, whatever the task
  torch::Device device;
  ComputeOptions compute;
  Encoders& encoders;  ///< the ones asked for
  YAML::Node map;      ///< all that was said of them, a task's own settings among it
  std::string where;   ///< it was said
  bool has_momentum;   ///< the momentum model is loaded, all of it that the task would need
};

/// Throws Error if something that the task needs is missing, or anything is damaged or does not fit together. Logs what
/// was loaded. `defaults`: settings that stand where --config says nothing.
LoadedModel load_model(const LoadModelOptions& options, const CommonSettings& defaults = {});

/// All of a checkpoint but its weights.
struct OpenedCheckpoint {
  std::string path;  ///< of the weights
  std::string task;  ///< that trained it, as Task::name(); "": the file does not say
  CommonSettings settings;
  YAML::Node map;     ///< all that was said, a task's own settings among it
  std::string where;  ///< it was said
  Tokenizer tokenizer;
  torch::Device device;
  ComputeOptions compute;
};

/// Throws Error likewise.
OpenedCheckpoint open_checkpoint(const LoadModelOptions& options, const CommonSettings& defaults = {});

/// Error naming the first weight that the file lacks and the task reads: `advice` says what to do then, and "" for what
/// is not read. Fresh weights would take part without a word.
void check_complete(const LoadReport& report, const std::function<std::string(const std::string& name)>& advice);

}  // namespace albef
