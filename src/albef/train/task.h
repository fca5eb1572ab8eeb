// What the trainer asks of a task. The trainer knows no task, no model and no batch type.
#pragma once
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "albef/base/json.h"

namespace albef {

/// Where a run is. All counts are of what has been done.
struct RunPosition {
  int64_t step = 0;           ///< optimiser steps since the run began
  int64_t epoch = 0;          ///< from 0
  int64_t step_in_epoch = 0;  ///< from 0
  int64_t pairs = 0;          ///< samples seen since the run began
};

struct StepResult {
  torch::Tensor loss;  ///< [] what is minimised; undefined where this rank has no sample of a short batch
  std::vector<std::pair<std::string, torch::Tensor>> values;  ///< [] each, for the log: losses by name, temperature
  int64_t pairs = 0;                                          ///< samples in this step, over all ranks
  double share = 1;                                           ///< of them that are this rank's
  double data_wait = 0;                                       ///< seconds spent waiting for the batch
};

using Metrics = std::map<std::string, double>;

class Task {
 public:
  virtual ~Task() = default;
  virtual std::string name() const = 0;  ///< of the kind of task, "pretrain": a checkpoint tells whose it is
  virtual torch::nn::Module& module() = 0;
  virtual int64_t steps_per_epoch() const = 0;
  /// The data begins there; called once, before any step. `counters`: those of the checkpoint, or {}.
  virtual void start(const RunPosition& position, const OrderedJson& counters) = 0;
  virtual StepResult step(const RunPosition& position) = 0;  ///< the next batch's forward pass; values in one order
  virtual void after_update() {}                             ///< after the optimiser's step
  virtual int64_t batch_size() const { return 0; }           ///< samples of a step; 0: attempt() cannot be had
  /// The forward pass of `samples` samples, whichever, to find out whether memory suffices. The run ends after it.
  virtual torch::Tensor attempt(int64_t /*samples*/, const RunPosition& /*position*/) { return {}; }
  virtual bool evaluates() const { return false; }  ///< there are held-out data
  virtual Metrics evaluate() { return {}; }         ///< on these
  /// What tells the data from other: {"train_file": {"records": 60, "fingerprint": "..."}}. A run is resumed on the
  /// same.
  virtual OrderedJson data() { return OrderedJson::object(); }
  /// Small numbers that a checkpoint keeps for start(), such as where the data stand.
  virtual OrderedJson counters() { return OrderedJson::object(); }
  /// Everything of the model that a checkpoint holds, by name. The tensors are the model's own storage, without
  /// gradient: a resumed run copies the checkpoint's into them.
  virtual std::map<std::string, torch::Tensor> weights() = 0;
  /// Small texts kept in a checkpoint: name, content.
  virtual std::map<std::string, std::string> files() { return {}; }
};

}  // namespace albef
