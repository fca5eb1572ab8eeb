#include "albef/tasks/retrieval/metrics.h"

#include <algorithm>
#include <functional>
#include <set>

#include "albef/base/error.h"

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

using Recall = std::function<double(int64_t k)>;  // in percent

// The recalls at `recall_at` of both directions, with the means.
std::map<std::string, double> with_means(const std::vector<int64_t>& recall_at, const Recall& txt, const Recall& img) {
  std::set<int64_t> all(kAuthorsRecallAt.begin(), kAuthorsRecallAt.end());
  all.insert(recall_at.begin(), recall_at.end());
  std::map<std::string, double> every, wanted;
  for (const int64_t k : all) {
    every[recall_name("txt", k)] = txt(k);
    every[recall_name("img", k)] = img(k);
  }
  add_recall_means(every);
  for (const auto& metric : retrieval_metric_list(recall_at)) wanted[metric.name] = every.at(metric.name);
  return wanted;
}

Recall share_within(const std::vector<int64_t>& ranks) {
  return [&ranks](int64_t k) {
    const auto found = std::count_if(ranks.begin(), ranks.end(), [k](int64_t rank) { return rank < k; });
    return 100.0 * static_cast<double>(found) / static_cast<double>(ranks.size());
  };
}

}  // namespace

void check_recall_at(const std::vector<int64_t>& recall_at, const std::string& where) {
  std::string list;
  for (const int64_t k : recall_at) list += (list.empty() ? "" : ", ") + std::to_string(k);
  const bool ascending =
      std::adjacent_find(recall_at.begin(), recall_at.end(), std::greater_equal()) == recall_at.end();
  if (recall_at.empty() || recall_at.front() < 1 || !ascending)
    fail(where, " is [", list, "], expected whole numbers of at least 1, each larger than the one before: [1, 5, 10]");
}

std::string recall_name(const std::string& direction, int64_t k) {
  return direction + "_r" + std::to_string(k);
}

std::vector<RetrievalMetric> retrieval_metric_list(const std::vector<int64_t>& recall_at) {
  std::vector<RetrievalMetric> list;
  for (const std::string direction : {"txt", "img"}) {
    for (const int64_t k : recall_at) list.push_back({recall_name(direction, k), direction, str("R@", k), k});
    list.push_back({direction + "_r_mean", direction, "mean"});
  }
  list.push_back({"r_mean", "", "mean"});
  return list;
}

void add_recall_means(std::map<std::string, double>& metrics) {
  for (const std::string direction : {"txt", "img"}) {
    double sum = 0;
    for (const int64_t k : kAuthorsRecallAt) sum += metrics.at(recall_name(direction, k));
    metrics[direction + "_r_mean"] = sum / static_cast<double>(kAuthorsRecallAt.size());
  }
  metrics["r_mean"] = (metrics["txt_r_mean"] + metrics["img_r_mean"]) / 2;
}

RetrievalRanks retrieval_ranks(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i,
                               const std::vector<int64_t>& text_image, Ties ties) {
  const auto i2t = scores_i2t.to(torch::kCPU, torch::kFloat).contiguous(),
             t2i = scores_t2i.to(torch::kCPU, torch::kFloat).contiguous();
  const int64_t images = i2t.size(0), texts = i2t.size(1);
  TORCH_CHECK(images > 0 && texts > 0, "retrieval_ranks: no images or no texts");
  TORCH_CHECK(t2i.size(0) == texts && t2i.size(1) == images && static_cast<int64_t>(text_image.size()) == texts,
              "retrieval_ranks: scores are ", i2t.sizes(), " and ", t2i.sizes(), " for ", text_image.size(), " texts");
  TORCH_CHECK(!i2t.isnan().any().item<bool>() && !t2i.isnan().any().item<bool>(), "retrieval_ranks: a score is NaN");

  RetrievalRanks ranks{.text = std::vector<int64_t>(static_cast<size_t>(images), texts), .image = {}};
  const float *of_image = i2t.const_data_ptr<float>(), *of_text = t2i.const_data_ptr<float>();
  for (int64_t t = 0; t < texts; ++t) {
    const int64_t image = text_image[static_cast<size_t>(t)];
    auto& best = ranks.text.at(static_cast<size_t>(image));
    best = std::min(best, rank_of(of_image + image * texts, texts, t, ties));
    ranks.image.push_back(rank_of(of_text + t * images, images, image, ties));
  }
  return ranks;
}

std::map<std::string, double> retrieval_metrics(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i,
                                                const std::vector<int64_t>& text_image,
                                                const std::vector<int64_t>& recall_at, Ties ties) {
  const auto ranks = retrieval_ranks(scores_i2t, scores_t2i, text_image, ties);
  return with_means(recall_at, share_within(ranks.text), share_within(ranks.image));
}

std::map<std::string, double> chance_metrics(int64_t images, const std::vector<int64_t>& text_image,
                                             const std::vector<int64_t>& recall_at) {
  const auto pictures = static_cast<double>(images), texts = static_cast<double>(text_image.size());
  std::vector<double> texts_of(static_cast<size_t>(images));
  for (const int64_t image : text_image) ++texts_of.at(static_cast<size_t>(image));
  const auto a_text = [&](int64_t k) {
    double found = 0;
    for (const double own : texts_of) {
      double none = 1;  // of the k texts drawn is the picture's own
      for (int64_t i = 0; i < k && none > 0; ++i) {
        const auto drawn = static_cast<double>(i);
        none *= std::max(0.0, texts - own - drawn) / std::max(1.0, texts - drawn);
      }
      found += 1 - none;
    }
    return 100 * found / pictures;
  };
  const auto the_picture = [&](int64_t k) { return 100 * std::min(1.0, static_cast<double>(k) / pictures); };
  return with_means(recall_at, a_text, the_picture);
}

}  // namespace albef
