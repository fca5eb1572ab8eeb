// Two-stage retrieval (paper §5): dense ITC ranking, then ITM on the top k. Works on tensors; knows no files.
#pragma once
#include <torch/types.h>

#include <functional>
#include <vector>

#include "albef/model/albef.h"
#include "albef/model/compute.h"

namespace albef {

/// Texts as the text encoder leaves them, kept per text without padding.
struct EncodedTexts {
  std::vector<torch::Tensor> states;  ///< per text [L_t, D]
  torch::Tensor features;             ///< [M, E] float32, rows of length 1
};

/// Encodes texts in batches. ids[t] begins with [CLS].
EncodedTexts encode_texts(Encoders& encoders, const std::vector<std::vector<int64_t>>& ids, int64_t batch_size,
                          const ComputeOptions& compute, torch::Device device);

/// ITM's match logit (index 1) of one image with each of some texts: the image's keys and values, projected once, serve
/// all of them, and the last layer computes [CLS] alone. `keys` of one image [1, P, D]. Returns [texts] float32.
torch::Tensor itm_scores(Albef& model, Encoders& encoders, const std::vector<KeyValues>& keys,
                         const EncodedTexts& texts, const std::vector<int64_t>& which, const ComputeOptions& compute);

struct RerankOptions {
  int64_t k_test = 256;      ///< how many of the best by ITC are re-scored; more than there are: all
  bool add_itc = false;      ///< score = ITM logit + ITC similarity (LAVIS) instead of the ITM logit (the authors)
  int64_t batch_size = 128;  ///< texts that look at an image at once
};

struct RetrievalScores {
  torch::Tensor i2t, t2i;  ///< [N, M], [M, N] float32 on the host; -100 where nothing was scored
  int64_t pairs = 0;       ///< ITM pairs that were computed
};

/// `similarity` [N, M]: <image feature, text feature>, no temperature. `image_tokens(n)` gives [1, P, D]; it is called
/// once an image, in order. A pair that both directions ask for is scored once. Equal similarities: lower index first.
RetrievalScores rerank(Albef& model, Encoders& encoders, const torch::Tensor& similarity, const EncodedTexts& texts,
                       const std::function<torch::Tensor(int64_t)>& image_tokens, const RerankOptions& options,
                       const ComputeOptions& compute);

}  // namespace albef
