// Evaluation of image-text retrieval on pictures and captions.
#pragma once
#include "albef/data/annotations.h"
#include "albef/data/pictures.h"
#include "albef/tasks/common/settings.h"
#include "albef/tasks/retrieval/metrics.h"
#include "albef/tasks/retrieval/rerank.h"
#include "albef/text/tokenizer.h"
#include "albef/train/task.h"

namespace albef {

struct RetrievalEvalOptions {
  bool rerank = true;  ///< false: the dense ITC ranking alone
  RerankOptions reranking;
  std::vector<int64_t> recall_at = kAuthorsRecallAt;  ///< see retrieval_metrics
  int64_t max_words = 30;                             ///< of a caption
  int64_t max_tokens = 30;                            ///< of a text, [CLS] among them; the authors' number
  int64_t image_batch = 32, text_batch = 256, loader_threads = 2;
  int64_t memory_mb = 8192;  ///< for kept image tokens; pictures beyond that are encoded a second time
  ComputeOptions compute;
};

/// As a run evaluates itself, so that everybody who evaluates its weights gets the same numbers.
RetrievalEvalOptions retrieval_eval_options(const DataSettings& settings, const ComputeOptions& compute);

struct RetrievalReport {
  int64_t images = 0, texts = 0, pairs = 0;  ///< pairs: ITM scores computed
  Metrics itc;                               ///< of the dense ranking
  Metrics itm;                               ///< after re-ranking; empty without
  RetrievalScores scores;                    ///< of the re-ranking, or of ITC without
  double encode_seconds = 0, rerank_seconds = 0;
};

/// Error if the texts may be longer than the model's positions, or memory does not suffice.
/// `encoders`: model->online or model->momentum (the ITM head has no copy). The model must be in eval mode.
RetrievalReport evaluate_retrieval(Albef& model, Encoders& encoders, const EvalList& list, const Tokenizer& tokenizer,
                                   Pictures& pictures, const RetrievalEvalOptions& options, torch::Device device);

}  // namespace albef
