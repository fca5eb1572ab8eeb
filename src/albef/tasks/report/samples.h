// Examples of what a model does with held-out pictures and texts, for a reader to look at.
#pragma once
#include <torch/types.h>

#include <vector>

#include "albef/data/annotations.h"
#include "albef/data/pictures.h"
#include "albef/tasks/common/fill_masks.h"
#include "albef/tasks/common/load_model.h"

namespace albef {

struct Found {
  size_t index = 0;    ///< of the picture or text, in the list
  double score = 0;    ///< cosine of the features (ITC), or the match logit (ITM)
  bool right = false;  ///< it belongs to what was asked
};

/// A text that looks for its picture, or a picture that looks for its texts.
struct Query {
  size_t index = 0;
  std::vector<Found> itc, itm;           ///< the best of both rankings
  int64_t itc_place = 0, itm_place = 0;  ///< of the first right answer, 1 is the best; itm 0: not among the re-ranked
};

struct MaskedCaption {
  size_t text = 0;
  std::vector<int64_t> ids;  ///< [CLS] first
  std::vector<FilledMask> masks;
};

struct Samples {
  std::vector<Query> texts, pictures;
  std::vector<MaskedCaption> masked;
};

struct SampleOptions {
  int64_t texts = 8, pictures = 6, masked = 4;  ///< examples of each kind
  int64_t shown = 5;                            ///< answers, and guesses for a mask
  int64_t k_test = 128;                         ///< candidates that ITM re-ranks
  int64_t words = 4;                            ///< masked in turn
  int64_t max_words = 30, max_tokens = 30;      ///< of a text, as in the evaluation
  ComputeOptions compute;
};

/// Examples evenly spread over the list, so that none is picked for its result. `similarity` [N, M] of the list's
/// pictures and texts, as evaluate_retrieval gives it without re-ranking.
Samples gather_samples(LoadedModel& model, const EvalList& list, Pictures& pictures, const torch::Tensor& similarity,
                       const SampleOptions& options);

}  // namespace albef
