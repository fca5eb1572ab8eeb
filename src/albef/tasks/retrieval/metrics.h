// Recall of image-text retrieval from score matrices (paper §5, the authors' names).
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace albef {

/// txt_r1, txt_r5, txt_r10 (a picture's texts found), img_r1, ... (a text's picture found), their means txt_r_mean,
/// img_r_mean, and r_mean, all in percent. scores_i2t [N, M], scores_t2i [M, N] float32; text_image [M] in 0..N-1.
/// A picture counts with its best text. Of equal scores the lower index comes first. Throws c10::Error for NaN.
std::map<std::string, double> retrieval_metrics(const torch::Tensor& scores_i2t, const torch::Tensor& scores_t2i, const std::vector<int64_t>& text_image);

}  // namespace albef
