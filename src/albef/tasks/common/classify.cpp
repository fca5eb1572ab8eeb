#include "albef/tasks/common/classify.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "albef/base/error.h"
#include "albef/base/progress.h"
#include "albef/base/signals.h"
#include "albef/data/prefetch.h"
#include "albef/model/autocast.h"

namespace albef {
namespace {

// Examples by their pictures, so that one encoding serves neighbours.
std::vector<uint64_t> by_picture(const LabelledList& list) {
  std::vector<uint64_t> order(list.examples.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint64_t a, uint64_t b) { return list.examples[a].images < list.examples[b].images; });
  return order;
}

struct SentenceBatch {
  std::vector<uint64_t> examples;
  torch::Tensor pixels;                                        // [I, R, R, 3] of the pictures that they are about
  std::array<std::vector<int64_t>, kMostPictures> picture_of;  // per place in the sentence: index in pixels
  TextBatch texts;
};

class SentenceReader {
 public:
  SentenceReader(const LabelledList& list, const CaptionEncoder& encoder, Pictures& pictures,
                 const ClassifyOptions& options, int64_t resolution)
      : list_(list),
        encoder_(encoder),
        pictures_(pictures),
        options_(options),
        resolution_(resolution),
        order_(by_picture(list)) {}

  uint64_t batches() const {
    const auto size = static_cast<uint64_t>(options_.batch_size);
    return (order_.size() + size - 1) / size;
  }

  SentenceBatch make(uint64_t number, const std::stop_token& stop) const {
    const auto size = static_cast<uint64_t>(options_.batch_size);
    SentenceBatch batch;
    for (uint64_t i = number * size; i < std::min<uint64_t>((number + 1) * size, order_.size()); ++i)
      batch.examples.push_back(order_[i]);
    std::map<uint32_t, int64_t> place;  // of a picture in the batch
    std::vector<std::vector<int64_t>> texts;
    for (const uint64_t n : batch.examples) {
      const auto& example = list_.examples[n];
      texts.push_back(encoder_.encode(example.sentence));
      for (size_t i = 0; i < list_.format.pictures; ++i) {
        batch.picture_of.at(i).push_back(place.emplace(example.images.at(i), std::ssize(place)).first->second);
      }
    }
    batch.texts = pad_texts(texts, encoder_.tokenizer.vocabulary().pad());
    batch.pixels = torch::empty({std::ssize(place), resolution_, resolution_, 3}, torch::kUInt8);
    for (const auto& [image, index] : place) {
      if (stop.stop_requested()) break;
      const auto picture = pictures_.whole(list_.path(image), static_cast<int>(resolution_), Interpolation::kBicubic);
      std::copy(picture.pixels.begin(), picture.pixels.end(), batch.pixels[index].data_ptr<uint8_t>());
    }
    return batch;
  }

 private:
  const LabelledList& list_;
  const CaptionEncoder& encoder_;
  Pictures& pictures_;
  const ClassifyOptions& options_;
  int64_t resolution_;
  std::vector<uint64_t> order_;
};

// With one picture a sentence, its keys and values are made once for all sentences about it; with two, the layers of
// either kind look at other pictures, so each sentence gets its own.
torch::Tensor probabilities(ClassifierParts& parts, const SentenceBatch& batch, size_t pictures,
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
      of_place.push_back(tokens.index_select(0, to_device(batch.picture_of.at(i), device)));
    logits = parts.logits(of_place, {}, texts);
  }
  return torch::softmax(logits.to(torch::kFloat), 1).cpu();
}

}  // namespace

Answers classify(ClassifierParts& parts, const LabelledList& list, const CaptionEncoder& encoder, Pictures& pictures,
                 const ClassifyOptions& options, torch::Device device) {
  TORCH_CHECK(!parts.vision->is_training(), "classify: the model is in training mode");
  if (options.batch_size < 1) fail("the batch size is ", options.batch_size, ", expected 1 or more");
  const torch::NoGradGuard no_grad;
  const SentenceReader reader(list, encoder, pictures, options, parts.vision->options().image_res);
  OrderedPrefetcher<SentenceBatch> ahead(
      [&](uint64_t number, const std::stop_token& stop) { return reader.make(number, stop); }, 0, reader.batches(),
      static_cast<int>(options.loader_threads), /*depth=*/4);
  const auto count = static_cast<int64_t>(list.examples.size()), classes = std::ssize(list.format.labels);
  Answers answers{.probabilities = torch::empty({count, classes}), .classes = {}};
  Progress bar("answering", count, "sentences");
  while (const auto batch = ahead.next()) {
    if (stop_requested()) throw Interrupted("stopped while answering; nothing was written");
    const auto some = probabilities(parts, *batch, list.format.pictures, options.compute, device);
    const std::vector<int64_t> places(batch->examples.begin(), batch->examples.end());
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
