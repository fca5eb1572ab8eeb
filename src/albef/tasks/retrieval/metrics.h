// Recall of image-text retrieval from score matrices (paper §5, the authors' names). The one place that knows which
// metrics there are: tables of the program, its JSON and the report show what is listed here.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace albef {

struct RetrievalMetric {
  std::string name;       ///< the authors': txt_r1, img_r10, txt_r_mean, r_mean
  std::string direction;  ///< "txt": a picture finds a text of its own; "img": a text finds its picture; "": both
  std::string title;      ///< within its direction: R@1, mean
  int64_t k = 0;          ///< of a recall, which is a share of whole queries; 0: it is none
};

/// The k of the authors' recalls. Means go over these whatever else is asked for, so that published figures and `best`
/// keep their meaning.
inline const std::vector<int64_t> kAuthorsRecallAt = {1, 5, 10};

/// Error that begins with `where` unless each k is at least 1 and larger than the one before, and there is one.
void check_recall_at(const std::vector<int64_t>& recall_at, const std::string& where);

/// Those that retrieval_metrics gives for these k, in the order of tables.
std::vector<RetrievalMetric> retrieval_metric_list(const std::vector<int64_t>& recall_at);

/// "txt_r5".
std::string recall_name(const std::string& direction, int64_t k);

/// Sets txt_r_mean, img_r_mean and r_mean from the recalls at 1, 5 and 10 in `metrics`; std::out_of_range without them.
void add_recall_means(std::map<std::string, double>& metrics);

/// Which of equal scores comes first. Pairs that were not re-scored all have -100, so this matters for k_test < 10.
enum class Ties {
  kLowerIndex,  ///< ours: stable, whatever the library and the machine
  kFavourable,  ///< the wanted one: no order gives a better metric
  kUnfavourable,
};

/// How many others stand before what was wanted, query by query.
struct RetrievalRanks {
  std::vector<int64_t> text;   ///< [N] of each picture's best text
  std::vector<int64_t> image;  ///< [M] of each text's picture
};

/// scores_i2t [N, M], scores_t2i [M, N] float32; text_image [M] in 0..N-1. Throws c10::Error for NaN.
RetrievalRanks retrieval_ranks(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i,
                               const std::vector<int64_t>& text_image, Ties ties = Ties::kLowerIndex);

/// For each k of `recall_at` txt_rK (a picture's texts found) and img_rK (a text's picture found); the means over 1, 5
/// and 10 of each direction, txt_r_mean and img_r_mean; and r_mean, the mean of both. All in percent. Arguments as
/// of retrieval_ranks().
std::map<std::string, double> retrieval_metrics(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i,
                                                const std::vector<int64_t>& text_image,
                                                const std::vector<int64_t>& recall_at = kAuthorsRecallAt,
                                                Ties ties = Ties::kLowerIndex);

/// The same of drawing `images` pictures, or the texts, at random: what is to be expected.
std::map<std::string, double> chance_metrics(int64_t images, const std::vector<int64_t>& text_image,
                                             const std::vector<int64_t>& recall_at = kAuthorsRecallAt);

}  // namespace albef
