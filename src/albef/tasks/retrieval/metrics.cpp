#include "albef/tasks/retrieval/metrics.h"

#include <algorithm>

namespace albef {
namespace {

// How many of a row stand before column `wanted` when the row is sorted from best to worst.
int64_t rank_of(const float* row, int64_t columns, int64_t wanted, Ties ties) {
  const int64_t equal_before = ties == Ties::kLowerIndex ? wanted : ties == Ties::kFavourable ? 0 : columns;
  int64_t rank = 0;
  for (int64_t j = 0; j < columns; ++j)
    rank += row[j] > row[wanted] || (row[j] == row[wanted] && j < equal_before && j != wanted);
  return rank;
}

void add_recalls(std::map<std::string, double>& metrics, const std::string& prefix, const std::vector<int64_t>& ranks) {
  double mean = 0;
  for (const int64_t k : {1, 5, 10}) {
    const auto found = std::count_if(ranks.begin(), ranks.end(), [k](int64_t rank) { return rank < k; });
    mean += metrics[prefix + "_r" + std::to_string(k)] =
        100.0 * static_cast<double>(found) / static_cast<double>(ranks.size());
  }
  metrics[prefix + "_r_mean"] = mean / 3;
}

}  // namespace

std::map<std::string, double> retrieval_metrics(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i,
                                                const std::vector<int64_t>& text_image, Ties ties) {
  const auto i2t = scores_i2t.to(torch::kCPU, torch::kFloat).contiguous(),
             t2i = scores_t2i.to(torch::kCPU, torch::kFloat).contiguous();
  const int64_t images = i2t.size(0), texts = i2t.size(1);
  TORCH_CHECK(images > 0 && texts > 0, "retrieval_metrics: no images or no texts");
  TORCH_CHECK(t2i.size(0) == texts && t2i.size(1) == images && static_cast<int64_t>(text_image.size()) == texts,
              "retrieval_metrics: scores are ", i2t.sizes(), " and ", t2i.sizes(), " for ", text_image.size(),
              " texts");
  TORCH_CHECK(!i2t.isnan().any().item<bool>() && !t2i.isnan().any().item<bool>(), "retrieval_metrics: a score is NaN");

  std::vector<int64_t> text_ranks(static_cast<size_t>(images), texts), image_ranks;
  const float *of_image = i2t.const_data_ptr<float>(), *of_text = t2i.const_data_ptr<float>();
  for (int64_t t = 0; t < texts; ++t) {
    const int64_t image = text_image[static_cast<size_t>(t)];
    auto& best = text_ranks.at(static_cast<size_t>(image));
    best = std::min(best, rank_of(of_image + image * texts, texts, t, ties));
    image_ranks.push_back(rank_of(of_text + t * images, images, image, ties));
  }
  std::map<std::string, double> metrics;
  add_recalls(metrics, "txt", text_ranks);
  add_recalls(metrics, "img", image_ranks);
  metrics["r_mean"] = (metrics["txt_r_mean"] + metrics["img_r_mean"]) / 2;
  return metrics;
}

}  // namespace albef
