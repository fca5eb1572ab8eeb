// Pretraining on noise, whose speed is that of real data: what `albef bench step` measures.
#pragma once
#include "albef/tasks/pretrain/settings.h"
#include "albef/tasks/pretrain/step.h"

namespace albef {

/// [CLS] and random ids, `tokens` in all, of a vocabulary that is not opened.
std::vector<int64_t> synthetic_text(int64_t vocab_size, int64_t tokens, Rng& rng);

/// Each step takes the same batch of random pixels and of texts of full length.
class SyntheticPretraining : public Task {
 public:
  SyntheticPretraining(const PretrainSettings& settings, torch::Device device, const ComputeOptions& compute);

  std::string name() const override { return "pretrain"; }
  torch::nn::Module& module() override { return *model_; }
  int64_t steps_per_epoch() const override { return 1 << 30; }
  void start(const RunPosition&, const OrderedJson&) override {}
  StepResult step(const RunPosition& position) override;
  void after_update() override;
  std::map<std::string, torch::Tensor> weights() override { return model_weights(model_); }

  double flop_per_pair() const { return flop_per_pair_; }  ///< needed: see flops.h

 private:
  Albef model_;
  PretrainStepOptions options_;
  DrawOptions draw_options_;
  PairBatch batch_;
  QueueEntries new_entries_;
  double flop_per_pair_;
};

}  // namespace albef
