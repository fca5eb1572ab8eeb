// Recall of image-text retrieval from score matrices (paper §5, the authors' names).
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace albef {

/// Which of equal scores comes first. Pairs that were not re-scored all have -100, so this matters for k_test < 10.
enum class Ties {
  kLowerIndex,  ///< ours: stable, whatever the library and the machine
  kFavourable,  ///< the wanted one: no order gives a better metric
  kUnfavourable,
};

/// txt_r1, txt_r5, txt_r10 (a picture's texts found), img_r1, ... (a text's picture found), their means txt_r_mean,
/// img_r_mean, and r_mean, all in percent. scores_i2t [N, M], scores_t2i [M, N] float32; text_image [M] in 0..N-1.
/// A picture counts with its best text. Throws c10::Error for NaN.
std::map<std::string, double> retrieval_metrics(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i,
                                                const std::vector<int64_t>& text_image, Ties ties = Ties::kLowerIndex);

}  // namespace albef
