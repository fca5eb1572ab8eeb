// The configuration of fine-tuning for visual question answering: the authors' VQA.yaml, read as it is, and what this
// program adds.
#pragma once
#include "albef/tasks/common/distillation.h"
#include "albef/tasks/common/settings.h"

namespace albef {

struct VqaSettings {
  VqaSettings() {
    set_fine_tuning(common);
    common.data.batch_size = 32;
    common.data.max_tokens = 25;  // of a question in training
    common.schedular.lr = common.optimizer.lr = 2e-5;
    common.schedular.epochs = 8;
    common.schedular.warmup_epochs = 4;
  }
  CommonSettings common;
  std::vector<std::string> test_file;
  std::string answer_list, vqa_root, vg_root, eos = "[SEP]";
  int64_t batch_size_test = 16, k_test = 128, decoder_layers = 0, max_words_test = 50;
  DistillSettings distillation;
};

/// What is the task's own.
template <class Visitor>
void vqa_fields(Visitor& v, VqaSettings& o) {
  v("test_file", o.test_file, "read for the authors' files; `albef eval vqa --data` takes such lists");
  v("answer_list", o.answer_list, "JSON list of the answers that evaluation chooses from; needed for val_file");
  v("vqa_root", o.vqa_root, "folder of the pictures; \"\": image_root");
  v("vg_root", o.vg_root, "folder of the pictures of records whose `dataset` is vg; \"\": vqa_root");
  v("eos", o.eos, "what ends an answer; a token of the vocabulary");
  v("batch_size_train", o.common.data.batch_size, "questions a step", Range{1, 1 << 20});
  v("batch_size_test", o.batch_size_test, "questions at once in evaluation", Range{1, 1 << 20});
  v("k_test", o.k_test, "answers whose whole text is scored: those with the likeliest first token", Range{1, 1 << 30});
  v("decoder_layers", o.decoder_layers, "of the answer decoder; 0: as many as there are multimodal layers",
    Range{0, 1024});
  v("max_words_test", o.max_words_test, "words of a question that evaluation reads", Range{1, 1e6});
  distill_fields(v, o.distillation);
}

template <class Visitor>
void fields(Visitor& v, VqaSettings& o) {
  fields(v, o.common);
  vqa_fields(v, o);
}

void set_roots(VqaSettings& settings);  ///< what "" stands for

/// Makes roots and decoder_layers stand on their own. Error for what does not fit together.
void resolve(VqaSettings& settings, const YAML::Node& map, const std::string& where);

}  // namespace albef
