#include "albef/tasks/report/samples.h"

#include <algorithm>
#include <functional>

#include "albef/base/progress.h"
#include "albef/model/autocast.h"
#include "albef/tasks/report/task_samples.h"
#include "albef/tasks/retrieval/rerank.h"
#include "albef/text/caption.h"

namespace albef {
namespace {

using Right = std::function<bool(size_t)>;

class ExampleFinder {
 public:
  ExampleFinder(LoadedModel& model, const EvalList& list, Pictures& pictures, const SampleOptions& options)
      : model_(model), list_(list), pictures_(pictures), options_(options) {}

  Query text_query(size_t text, const torch::Tensor& scores) {
    const auto right = [&](size_t image) { return image == static_cast<size_t>(list_.text_image[text]); };
    const auto itc = ranked(scores, right);
    const auto encoded = encode({text});
    auto itm = candidates(itc);
    for (auto& found : itm)
      found.score =
          itm_scores(model_.model, model_.encoders, keys(found.index), encoded, {0}, options_.compute).item<double>();
    return query(text, itc, itm);
  }

  Query picture_query(size_t image, const torch::Tensor& scores) {
    const auto right = [&](size_t text) { return image == static_cast<size_t>(list_.text_image[text]); };
    const auto itc = ranked(scores, right);
    auto itm = candidates(itc);
    std::vector<size_t> texts;
    std::vector<int64_t> all;
    for (const auto& found : itm) {
      all.push_back(static_cast<int64_t>(texts.size()));
      texts.push_back(found.index);
    }
    const auto itm_of =
        itm_scores(model_.model, model_.encoders, keys(image), encode(texts), all, options_.compute).cpu();
    for (size_t i = 0; i < itm.size(); ++i) itm[i].score = itm_of[static_cast<int64_t>(i)].item<double>();
    return query(image, itc, itm);
  }

  MaskedCaption masked_caption(size_t text) {
    MaskedCaption masked{text, ids(text), {}};
    const auto places = telling_places(model_.tokenizer.vocabulary(), masked.ids, static_cast<size_t>(options_.words));
    masked.masks =
        fill_masks(model_.encoders, model_.tokenizer.vocabulary(), tokens(static_cast<size_t>(list_.text_image[text])),
                   masked.ids, places, options_.shown, options_.compute);
    return masked;
  }

 private:
  std::vector<int64_t> ids(size_t text) const {
    return CaptionEncoder{model_.tokenizer, options_.max_words, options_.max_tokens}.encode(list_.texts[text]);
  }

  EncodedTexts encode(const std::vector<size_t>& texts) const {
    std::vector<std::vector<int64_t>> all;
    for (const size_t text : texts) all.push_back(ids(text));
    return encode_texts(model_.encoders, all, static_cast<int64_t>(all.size()), options_.compute, model_.device);
  }

  torch::Tensor tokens(size_t image) {  // [1, P, D]
    const auto side = model_.settings.model.image_res;
    const Image picture = pictures_.whole(list_.images[image], static_cast<int>(side), Interpolation::kBicubic);
    const auto rgb = torch::tensor(picture.pixels, torch::kUInt8).view({1, side, side, 3});
    const Autocast autocast(model_.device, options_.compute.bf16);
    return model_.encoders.vision(pixels_on(model_.device, rgb));
  }

  std::vector<KeyValues> keys(size_t image) {
    const Autocast autocast(model_.device, options_.compute.bf16);
    return model_.encoders.text->bert->cross_keys(tokens(image));
  }

  static std::vector<Found> ranked(const torch::Tensor& scores, const Right& right) {
    const auto row = scores.to(torch::kCPU, torch::kFloat).contiguous();
    std::vector<Found> found;
    for (int64_t i = 0; i < row.size(0); ++i) {
      const auto index = static_cast<size_t>(i);
      found.push_back({index, row.const_data_ptr<float>()[i], right(index)});
    }
    sort(found);
    return found;
  }

  static void sort(std::vector<Found>& found) {
    std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.score > b.score; });
  }

  std::vector<Found> candidates(const std::vector<Found>& itc) const {
    return {itc.begin(), itc.begin() + std::min(std::ptrdiff_t{options_.k_test}, std::ssize(itc))};
  }

  Query query(size_t index, std::vector<Found> itc, std::vector<Found> itm) const {
    sort(itm);
    const auto place = [](const std::vector<Found>& found) -> int64_t {
      const auto first = std::find_if(found.begin(), found.end(), [](const Found& one) { return one.right; });
      return first == found.end() ? 0 : first - found.begin() + 1;
    };
    Query query{index, {}, {}, place(itc), place(itm)};
    const auto head = [&](std::vector<Found>& found) {
      found.resize(std::min(found.size(), static_cast<size_t>(options_.shown)));
    };
    head(itc);
    head(itm);
    query.itc = std::move(itc);
    query.itm = std::move(itm);
    return query;
  }

  LoadedModel& model_;
  const EvalList& list_;
  Pictures& pictures_;
  const SampleOptions& options_;
};

}  // namespace

Samples gather_samples(LoadedModel& model, const EvalList& list, Pictures& pictures, const torch::Tensor& similarity,
                       const SampleOptions& options) {
  const torch::NoGradGuard no_grad;
  ExampleFinder finder(model, list, pictures, options);
  Samples samples;
  Progress bar("examples", options.texts + options.pictures + options.masked, "examples");
  for (const size_t text : spread(list.texts.size(), static_cast<size_t>(options.texts))) {
    samples.texts.push_back(finder.text_query(text, similarity.select(1, static_cast<int64_t>(text))));
    bar.add(1);
  }
  for (const size_t image : spread(list.images.size(), static_cast<size_t>(options.pictures))) {
    samples.pictures.push_back(finder.picture_query(image, similarity.select(0, static_cast<int64_t>(image))));
    bar.add(1);
  }
  for (const size_t text : spread(list.texts.size(), static_cast<size_t>(options.masked))) {
    samples.masked.push_back(finder.masked_caption(text));
    bar.add(1);
  }
  return samples;
}

}  // namespace albef
