// The configuration of fine-tuning for visual entailment: the authors' VE.yaml, read as it is, and what this program
// adds.
#pragma once
#include "albef/tasks/common/distillation.h"
#include "albef/tasks/common/settings.h"

namespace albef {

struct VeSettings {
  VeSettings() {
    set_fine_tuning(common);
    common.data.batch_size = 32;
    common.schedular.lr = common.optimizer.lr = 2e-5;
    distillation.warm_up = false;  // full alpha at once
  }
  CommonSettings common;
  std::vector<std::string> test_file;
  int64_t batch_size_test = 64;
  DistillSettings distillation;
};

template <class Visitor>
void fields(Visitor& v, VeSettings& o) {
  fields(v, o.common);
  v("test_file", o.test_file, "read for the authors' files; `albef eval ve --data` takes such lists");
  v("batch_size_train", o.common.data.batch_size, "sentences a step", Range{1, 1 << 20});
  v("batch_size_test", o.batch_size_test, "sentences at once in evaluation", Range{1, 1 << 20});
  distill_fields(v, o.distillation);
}

inline void resolve(VeSettings& settings, const YAML::Node& map, const std::string& where) {
  resolve(settings.common, map, where);
}

}  // namespace albef
