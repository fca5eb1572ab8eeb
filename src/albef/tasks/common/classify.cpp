#include "albef/tasks/common/classify.h"

#include <set>

#include "albef/base/progress.h"
#include "albef/model/autocast.h"
#include "albef/tasks/common/picture_texts.h"

namespace albef {
namespace {

// With one picture a sentence, its keys and values are made once for all sentences about it; with two, the layers of
// either kind look at other pictures, so each sentence gets its own.
torch::Tensor probabilities(ClassifierParts& parts, const PictureTexts& batch, size_t pictures,
                            const ComputeOptions& compute, torch::Device device) {
  const Autocast autocast(device, compute.bf16);
  const auto texts = make_texts(batch.texts, compute.packed, device);
  const auto tokens = parts.vision(pixels_on(device, batch.pixels));
  torch::Tensor logits;
  if (pictures == 1) {
    logits = parts.logits({tokens}, {.texts_per_image = 0, .others = to_device(batch.picture_of[0], device)}, texts);
  } else {
    std::vector<torch::Tensor> of_place;
    for (size_t i = 0; i < pictures; ++i)
      of_place.push_back(tokens.index_select(0, to_device(batch.picture_of[i], device)));
    logits = parts.logits(of_place, {}, texts);
  }
  return torch::softmax(logits.to(torch::kFloat), 1).cpu();
}

}  // namespace

Answers classify(ClassifierParts& parts, const LabelledList& list, const CaptionEncoder& encoder, Pictures& pictures,
                 const ClassifyOptions& options, torch::Device device) {
  TORCH_CHECK(!parts.vision->is_training(), "classify: the model is in training mode");
  const torch::NoGradGuard no_grad;
  const auto sentences = sentences_of(list, encoder);
  PictureTextReader reader(sentences, pictures, parts.vision->options().image_res, options.batch_size,
                           options.loader_threads);
  const auto count = static_cast<int64_t>(list.examples.size()), classes = std::ssize(list.format.labels);
  Answers answers{.probabilities = torch::empty({count, classes}), .classes = {}};
  Progress bar("answering", count, "sentences");
  while (const auto batch = reader.next()) {
    const auto some = probabilities(parts, *batch, list.format.pictures, options.compute, device);
    const std::vector<int64_t> places(batch->items.begin(), batch->items.end());
    answers.probabilities.index_copy_(0, torch::tensor(places, torch::kInt64), some);
    bar.add(std::ssize(places));
  }
  const auto best = answers.probabilities.argmax(1).contiguous();
  answers.classes.assign(best.const_data_ptr<int64_t>(), best.const_data_ptr<int64_t>() + count);
  return answers;
}

std::vector<std::vector<int64_t>> confusion(const LabelledList& list, const Answers& answers) {
  const size_t classes = list.format.labels.size();
  std::vector<std::vector<int64_t>> counts(classes, std::vector<int64_t>(classes));
  for (size_t n = 0; n < list.examples.size(); ++n)
    ++counts.at(static_cast<size_t>(list.examples[n].label)).at(static_cast<size_t>(answers.classes[n]));
  return counts;
}

double accuracy(const LabelledList& list, const Answers& answers) {
  int64_t right = 0;
  for (size_t n = 0; n < list.examples.size(); ++n) right += list.examples[n].label == answers.classes[n];
  return 100.0 * static_cast<double>(right) / static_cast<double>(list.examples.size());
}

double consistency(const LabelledList& list, const Answers& answers) {
  std::set<uint32_t> all, wrong;
  for (size_t n = 0; n < list.examples.size(); ++n) {
    all.insert(list.examples[n].group);
    if (list.examples[n].label != answers.classes[n]) wrong.insert(list.examples[n].group);
  }
  return 100.0 * static_cast<double>(all.size() - wrong.size()) / static_cast<double>(all.size());
}

}  // namespace albef
