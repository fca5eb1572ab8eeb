// The configuration of fine-tuning for retrieval: the authors' Retrieval_coco.yaml and Retrieval_flickr.yaml, read as
// they are, and what this program adds.
#pragma once
#include "albef/tasks/common/distillation.h"
#include "albef/tasks/common/settings.h"

namespace albef {

struct RetrievalSettings {
  RetrievalSettings() {
    set_fine_tuning(common);
    common.model.id_queue = true;
    common.model.temp_min = 0;  // the authors do not clamp here
    common.data.batch_size = 32;
    common.schedular.lr = common.optimizer.lr = 1e-5;
  }
  CommonSettings common;
  std::vector<std::string> test_file;
  int64_t batch_size_test = 64, k_test = 256;
  DistillSettings distillation;
  std::string negatives = "sampled";
};

template <class Visitor>
void fields(Visitor& v, RetrievalSettings& o) {
  fields(v, o.common);
  v("test_file", o.test_file, "read for the authors' files; `albef eval retrieval --data` takes such lists");
  v("batch_size_train", o.common.data.batch_size, "pairs a step", Range{1, 1 << 20});
  v("batch_size_test", o.batch_size_test, "pictures encoded at once in evaluation", Range{1, 1 << 20});
  pair_fields(v, o.common.data);
  v("k_test", o.k_test, "candidates that ITM re-scores", Range{1, 1 << 30});
  distill_fields(v, o.distillation);
  v("negatives", o.negatives, "how ITM's negatives are chosen: by similarity, the most similar, or any",
    Choices{"sampled", "hardest", "uniform"});
}

void resolve(RetrievalSettings& settings, const YAML::Node& map, const std::string& where);

}  // namespace albef
