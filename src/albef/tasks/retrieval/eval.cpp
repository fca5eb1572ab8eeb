#include "albef/tasks/retrieval/eval.h"

#include <algorithm>

#include "albef/base/progress.h"
#include "albef/base/signals.h"
#include "albef/base/stopwatch.h"
#include "albef/data/eval_images.h"
#include "albef/model/autocast.h"
#include "albef/text/caption.h"

namespace albef {
namespace {

torch::Tensor encode_pixels(Encoders& encoders, const ImageBatch& batch, const ComputeOptions& compute,
                            torch::Device device) {
  const Autocast autocast(device, compute.bf16);
  const auto rgb = torch::from_blob(const_cast<uint8_t*>(batch.pixels.data()),
                                    {batch.size, batch.resolution, batch.resolution, 3}, torch::kUInt8);
  return encoders.vision(pixels_on(device, rgb));
}

// The tokens of all images, as far as they fit; the rest is encoded again when it is asked for, in order.
class ImageTokens {
 public:
  ImageTokens(Encoders& encoders, const EvalList& list, Pictures& pictures, const RetrievalEvalOptions& options,
              torch::Device device)
      : encoders_(encoders), list_(list), pictures_(pictures), options_(options), device_(device) {}

  torch::Tensor encode_all() {  // returns the features [N, E]
    Progress bar("encoding images", static_cast<int64_t>(list_.images.size()), "images");
    std::vector<torch::Tensor> features;
    EvalImages images(list_.images, pictures_, image_options());
    while (auto batch = images.next()) {
      if (stop_requested()) throw Interrupted("stopped while encoding; nothing was written");
      auto tokens = encode_pixels(encoders_, *batch, options_.compute, device_);
      const Autocast autocast(device_, options_.compute.bf16);
      features.push_back(encoders_.image_feature(tokens));
      if (options_.compute.bf16) tokens = tokens.to(torch::kBFloat16);  // cross-attention reads no more than that
      kept_bytes_ += static_cast<int64_t>(tokens.nbytes());
      if (options_.rerank && kept_bytes_ <= options_.memory_mb << 20) kept_.push_back(tokens);
      bar.add(batch->size);
    }
    return torch::cat(features);
  }

  torch::Tensor of(int64_t n) {  // [1, P, D]; called with ascending n
    const auto batch = static_cast<size_t>(n / options_.image_batch);
    if (batch >= kept_.size() && n % options_.image_batch == 0) {
      if (!again_) {
        rest_.assign(list_.images.begin() + n, list_.images.end());
        again_ = std::make_unique<EvalImages>(rest_, pictures_, image_options());
      }
      current_ = encode_pixels(encoders_, *again_->next(), options_.compute, device_);
    }
    return (batch < kept_.size() ? kept_[batch] : current_).narrow(0, n % options_.image_batch, 1);
  }

 private:
  EvalImageOptions image_options() const {
    return {.resolution = static_cast<int>(encoders_.vision->options().image_res),
            .batch_size = options_.image_batch,
            .threads = static_cast<int>(options_.loader_threads)};
  }

  Encoders& encoders_;
  const EvalList& list_;
  Pictures& pictures_;
  const RetrievalEvalOptions& options_;
  torch::Device device_;
  std::vector<torch::Tensor> kept_;
  int64_t kept_bytes_ = 0;
  std::vector<std::string> rest_;
  torch::Tensor current_;
  std::unique_ptr<EvalImages> again_;
};

}  // namespace

RetrievalEvalOptions retrieval_eval_options(const DataSettings& settings, const ComputeOptions& compute) {
  RetrievalEvalOptions options;
  options.recall_at = settings.recall_at;
  options.max_words = settings.max_words;
  options.max_tokens = settings.max_tokens_test;
  options.loader_threads = settings.loader_threads;
  options.compute = compute;
  return options;
}

RetrievalReport evaluate_retrieval(Albef& model, Encoders& encoders, const EvalList& list, const Tokenizer& tokenizer,
                                   Pictures& pictures, const RetrievalEvalOptions& options, torch::Device device) {
  TORCH_CHECK(!model->is_training(), "evaluate_retrieval: the model is in training mode");
  const torch::NoGradGuard no_grad;
  const Stopwatch encoding;
  std::vector<std::vector<int64_t>> ids;
  const auto positions = encoders.text->options().max_position_embeddings;
  if (options.max_tokens > positions)
    fail("max_tokens_test ", options.max_tokens, " is more than the model's ", positions, " positions; lower it");
  const CaptionEncoder encoder{tokenizer, options.max_words, options.max_tokens};
  for (const auto& text : list.texts) ids.push_back(encoder.encode(text));
  const auto texts = encode_texts(encoders, ids, options.text_batch, options.compute, device);
  ImageTokens tokens(encoders, list, pictures, options, device);
  const auto similarity = tokens.encode_all().matmul(texts.features.t()).cpu();

  RetrievalReport report;
  report.images = similarity.size(0);
  report.texts = similarity.size(1);
  report.itc = retrieval_metrics(similarity, similarity.t(), list.text_image, options.recall_at);
  report.encode_seconds = encoding.seconds();
  if (!options.rerank) {
    report.scores = {similarity, similarity.t().contiguous(), 0};
    return report;
  }
  const Stopwatch reranking;
  report.scores = rerank(
      model, encoders, similarity, texts, [&](int64_t n) { return tokens.of(n); }, options.reranking, options.compute);
  report.pairs = report.scores.pairs;
  report.itm = retrieval_metrics(report.scores.i2t, report.scores.t2i, list.text_image, options.recall_at);
  report.rerank_seconds = reranking.seconds();
  return report;
}

}  // namespace albef
