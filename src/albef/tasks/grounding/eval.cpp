#include "albef/tasks/grounding/eval.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "albef/base/error.h"
#include "albef/base/progress.h"
#include "albef/model/autocast.h"
#include "albef/model/gradcam.h"
#include "albef/tasks/common/picture_texts.h"

namespace albef {
namespace {

torch::Tensor heat_of(Albef& model, Encoders& encoders, const PictureTexts& batch, int64_t layer,
                      const HeatOptions& options, torch::Device device) {
  const auto texts = make_texts(batch.texts, options.compute.packed, device);
  const auto image_of = to_device(batch.picture_of[0], device);
  const auto pixels = pixels_on(device, batch.pixels);
  if (options.itc) return itc_cam(model, encoders, pixels, image_of, texts, layer, options.compute);
  torch::Tensor tokens;
  {
    const torch::NoGradGuard no_grad;
    const Autocast autocast(device, options.compute.bf16);
    tokens = encoders.vision(pixels);
  }
  return itm_cam(model, encoders, tokens, image_of, texts, layer, options.compute).mean(1);
}

double visible_area(const Box& box, double width, double height) {
  return std::max(0.0, std::min(width, box.left + box.width) - std::max(0.0, box.left)) *
         std::max(0.0, std::min(height, box.top + box.height) - std::max(0.0, box.top));
}

double score(bool right) {
  return right ? 1 : 0;
}

}  // namespace

int64_t heat_layer(Encoders& encoders, const HeatOptions& options) {
  const auto& text = encoders.text->options();
  const auto& vision = encoders.vision->options();
  if (options.layer < 0) return options.itc ? itc_cam_layer(vision) : itm_cam_layer(text);
  const int64_t first = options.itc ? 0 : text.fusion_layer,
                last = (options.itc ? vision.depth : text.num_hidden_layers) - 1;
  if (options.layer < first || options.layer > last) {
    fail("layer ", options.layer, " is no ", options.itc ? "block of the image encoder" : "layer with cross-attention",
         "; expected ", first, " to ", last, " (from 0)");
  }
  return options.layer;
}

torch::Tensor heat_maps(Albef& model, Encoders& encoders, const LabelledList& list, const CaptionEncoder& encoder,
                        Pictures& pictures, const HeatOptions& options, torch::Device device) {
  const int64_t layer = heat_layer(encoders, options);
  const auto phrases = sentences_of(list, encoder);
  PictureTextReader reader(phrases, pictures, encoders.vision->options().image_res, options.batch_size,
                           options.loader_threads);
  const auto count = std::ssize(list.examples);
  const int64_t grid = encoders.vision->options().grid();
  auto maps = torch::empty({count, grid, grid});
  Progress bar("looking for phrases", count, "phrases");
  while (const auto batch = reader.next()) {
    const auto heat = heat_of(model, encoders, *batch, layer, options, device).cpu();
    const std::vector<int64_t> places(batch->items.begin(), batch->items.end());
    maps.index_copy_(0, torch::tensor(places, torch::kInt64), heat);
    bar.add(std::ssize(places));
  }
  if (!maps.isfinite().all().item<bool>()) fail("a heat map is no finite number: the model's weights are not usable");
  return maps;
}

std::vector<Grounded> find_boxes(const torch::Tensor& heat, const LabelledList& list, const GroundingTruth& truth,
                                 const BoxOptions& options) {
  const auto count = list.examples.size();
  std::vector<Grounded> found(count);
  std::vector<std::optional<size_t>> best(count);
  at::parallel_for(0, static_cast<int64_t>(count), /*grain_size=*/8, [&](int64_t begin, int64_t end) {
    for (auto n = static_cast<size_t>(begin); n < static_cast<size_t>(end); ++n) {
      const auto image = list.examples[n].images[0];
      const HeatMap map(heat[static_cast<int64_t>(n)], truth.sizes[image]);
      found[n].hottest = map.hottest(options.threshold);
      if (!truth.proposals.empty())
        best[n] = best_proposal(map, truth.proposals[image], options.area_exponent, options.authors_fallback);
    }
  });
  for (size_t n = 0; n < count; ++n) {
    if (truth.proposals.empty()) {
      found[n].answer = found[n].hottest.around;
    } else if (best[n] || n == 0) {
      found[n].answer = truth.proposals[list.examples[n].images[0]].at(best[n].value_or(0));
    } else {
      found[n].answer = found[n - 1].answer;
    }
  }
  return found;
}

std::map<std::string, double> grounding_scores(const Grounded& found, const LabelledList& list,
                                               const GroundingTruth& truth, size_t n) {
  const auto image = list.examples[n].images[0];
  const auto& referent = truth.referents[n];
  const double width = truth.sizes[image].width, height = truth.sizes[image].height;
  const double right = score(is_right(found.answer, referent.box));
  std::map<std::string, double> scores = {
      {"accuracy", right},
      {"pointing", score(contains(referent.box, found.hottest.x, found.hottest.y))},
      {"whole_picture", score(is_right({0, 0, width, height}, referent.box))},
      {"centre_box", score(is_right({width / 4, height / 4, width / 2, height / 2}, referent.box))},
      {"centre_pointing", score(contains(referent.box, width / 2, height / 2))},
      {"random_pointing", visible_area(referent.box, width, height) / (width * height)}};
  if (!referent.split.empty()) scores["accuracy_" + referent.split + (truth.proposals.empty() ? "" : "_d")] = right;
  if (!referent.type.empty()) scores["type_" + referent.type] = right;
  if (truth.proposals.empty()) return scores;
  const auto& proposals = truth.proposals[image];
  const auto rights =
      std::count_if(proposals.begin(), proposals.end(), [&](const Box& box) { return is_right(box, referent.box); });
  const auto largest = std::max_element(proposals.begin(), proposals.end(), [](const Box& a, const Box& b) {
    return a.width * a.height < b.width * b.height;
  });
  scores["heat_box"] = score(is_right(found.hottest.around, referent.box));
  scores["random_proposal"] = static_cast<double>(rights) / static_cast<double>(proposals.size());
  scores["largest_proposal"] = score(is_right(*largest, referent.box));
  return scores;
}

std::vector<std::pair<std::string, std::string>> grounding_baselines(bool proposals) {
  if (!proposals) {
    return {{"accuracy", "whole_picture"},
            {"accuracy", "centre_box"},
            {"pointing", "centre_pointing"},
            {"pointing", "random_pointing"}};
  }
  return {{"accuracy", "random_proposal"},
          {"accuracy", "largest_proposal"},
          {"heat_box", "centre_box"},
          {"pointing", "centre_pointing"},
          {"pointing", "random_pointing"}};
}

}  // namespace albef
