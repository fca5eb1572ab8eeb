// The configuration of `albef pretrain`: the authors' Pretrain.yaml, read as it is, and what this program adds.
#pragma once
#include <string>

#include "albef/tasks/common/settings.h"

namespace albef {

struct PretrainSettings {
  CommonSettings common;
  double mlm_probability = 0.15, alpha = 0.4, alpha_itc = -1, alpha_mlm = -1;
  int64_t alpha_ramp_steps = 0, negatives_ramp_steps = 0;
  std::string mlm_mask = "token", negatives = "sampled";
  bool exclude_same_image = false;
};

template <class Visitor>
void fields(Visitor& v, PretrainSettings& o) {
  fields(v, o.common);
  v("batch_size", o.common.data.batch_size, "pairs a step", Range{1, 1 << 20});
  pair_fields(v, o.common.data);
  v("mlm_probability", o.mlm_probability, "share of tokens that are masked", Range{0, 1});
  v("mlm_mask", o.mlm_mask, "what is chosen to be masked: tokens, or whole words", Choices{"token", "word"});
  v("alpha", o.alpha, "weight of the momentum model's pseudo-targets", Range{0, 1});
  v("alpha_itc", o.alpha_itc, "the same for ITC alone; -1: alpha", Range{-1, 1});
  v("alpha_mlm", o.alpha_mlm, "the same for MLM alone; -1: alpha", Range{-1, 1});
  v("alpha_ramp_steps", o.alpha_ramp_steps, "alpha grows from 0 over so many steps; 0: over epoch 0", Range{0, 1e12});
  v("negatives", o.negatives, "how ITM's negatives are chosen", Choices{"sampled", "hardest"});
  v("negatives_ramp_steps", o.negatives_ramp_steps,
    "sampled negatives are any other pair at first, and drawn by similarity after so many steps", Range{0, 1e12});
  v("exclude_same_image", o.exclude_same_image, "other captions of the same picture are no ITM negatives");
}

void resolve(PretrainSettings& settings, const YAML::Node& map, const std::string& where);

}  // namespace albef
