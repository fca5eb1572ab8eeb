// The configurations of NLVR2: fine-tuning by the authors' NLVR.yaml and the text assignment before it by their
// NLVR_pretrain.yaml, read as they are, and what this program adds.
#pragma once
#include "albef/tasks/common/distillation.h"
#include "albef/tasks/common/settings.h"

namespace albef {

struct NlvrSettings {
  NlvrSettings() {
    set_fine_tuning(common);
    common.data.batch_size = 16;
    common.schedular.lr = common.optimizer.lr = 2e-5;
    common.schedular.epochs = 10;
  }
  CommonSettings common;
  std::vector<std::string> test_file;
  DistillSettings distillation;
  bool eval_ema = false;
  std::string momentum_start = "student";
};

template <class Visitor>
void fields(Visitor& v, NlvrSettings& o) {
  fields(v, o.common);
  v("test_file", o.test_file, "read for the authors' files; `albef eval nlvr --data` takes such lists");
  v("batch_size", o.common.data.batch_size, "sentences a step, also in evaluation", Range{1, 1 << 20});
  distill_fields(v, o.distillation);
  v("eval_ema", o.eval_ema, "held-out scores are the momentum model's");
  v("momentum_start", o.momentum_start,
    "the momentum model begins as the student after the checkpoint is loaded, or as the authors' before that",
    Choices{"student", "initial"});
}

void resolve(NlvrSettings& settings, const YAML::Node& map, const std::string& where);

struct TextAssignmentSettings {
  TextAssignmentSettings() {
    common.schedular.lr = common.optimizer.lr = 2e-5;
    common.schedular.min_lr = 1e-5;
    common.schedular.epochs = common.schedular.warmup_epochs = 1;
  }
  CommonSettings common;
};

template <class Visitor>
void fields(Visitor& v, TextAssignmentSettings& o) {
  fields(v, o.common);
  v("batch_size", o.common.data.batch_size, "pairs a step", Range{2, 1 << 20});
  v("captions", o.common.data.captions, "draw one of a picture's captions each epoch, or expand each to a pair",
    Choices{"draw", "expand"});
}

void resolve(TextAssignmentSettings& settings, const YAML::Node& map, const std::string& where);

}  // namespace albef
