#include "albef/tasks/retrieval/rerank.h"

#include <algorithm>
#include <set>

#include "albef/base/error.h"
#include "albef/base/progress.h"
#include "albef/base/signals.h"
#include "albef/model/autocast.h"
#include "albef/model/texts.h"

namespace albef {
namespace {

constexpr float kUnscored = -100;

// Columns of the k largest of each row, equal ones by lower column: [rows][k].
std::vector<std::vector<int64_t>> top_columns(const torch::Tensor& scores, int64_t k) {
  const auto order = std::get<1>(scores.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true))
                         .narrow(1, 0, std::min(k, scores.size(1)))
                         .contiguous();
  const int64_t* column = order.const_data_ptr<int64_t>();
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(order.size(0)));
  for (auto& row : rows) {
    row.assign(column, column + order.size(1));
    column += order.size(1);
  }
  return rows;
}

}  // namespace

EncodedTexts encode_texts(Encoders& encoders, const std::vector<std::vector<int64_t>>& ids, int64_t batch_size,
                          const ComputeOptions& compute, torch::Device device) {
  const torch::NoGradGuard no_grad;
  const Autocast autocast(device, compute.bf16);
  EncodedTexts encoded;
  std::vector<torch::Tensor> features;
  for (size_t begin = 0; begin < ids.size(); begin += static_cast<size_t>(batch_size)) {
    const size_t end = std::min(ids.size(), begin + static_cast<size_t>(batch_size));
    const auto batch =
        pad_texts({ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.begin() + static_cast<std::ptrdiff_t>(end)},
                  encoders.text->options().pad_token_id);
    const auto texts = make_texts(batch, compute.packed, device);
    const auto states = encoders.text->bert->encode(texts.ids, texts.layout);
    features.push_back(encoders.text_feature(states, texts.layout));
    for (int64_t t = 0; t < batch.size; ++t) {
      const int64_t length = batch.lengths[static_cast<size_t>(t)];
      encoded.states.push_back(states.narrow(0, texts.layout.first_row(t), length).clone());
    }
  }
  encoded.features = torch::cat(features);
  return encoded;
}

torch::Tensor itm_scores(Albef& model, Encoders& encoders, const std::vector<KeyValues>& keys,
                         const EncodedTexts& texts, const std::vector<int64_t>& which, const ComputeOptions& compute) {
  const auto device = keys.at(0).key.device();
  const Autocast autocast(device, compute.bf16);
  std::vector<torch::Tensor> states;
  std::vector<int64_t> lengths;
  for (const int64_t t : which) {
    states.push_back(texts.states[static_cast<size_t>(t)]);
    lengths.push_back(states.back().size(0));
  }
  const auto count = static_cast<int64_t>(which.size());
  const auto layout = TokenLayout::packed(lengths, device);
  states.push_back(states[0].new_zeros({layout.rows() - layout.tokens(), states[0].size(1)}));  // spare
  const auto out =
      encoders.text->bert->fuse_first(torch::cat(states), layout, keys, {.texts_per_image = count, .others = {}});
  return model->itm_head(out).select(1, 1).to(torch::kFloat);
}

RetrievalScores rerank(Albef& model, Encoders& encoders, const torch::Tensor& similarity, const EncodedTexts& texts,
                       const std::function<torch::Tensor(int64_t)>& image_tokens, const RerankOptions& options,
                       const ComputeOptions& compute) {
  const torch::NoGradGuard no_grad;
  const auto similar = similarity.to(torch::kCPU, torch::kFloat).contiguous();
  const int64_t images = similar.size(0), count = similar.size(1);
  const auto texts_of = top_columns(similar, options.k_test), images_of = top_columns(similar.t(), options.k_test);
  std::vector<std::set<int64_t>> wanted(static_cast<size_t>(images));
  for (int64_t n = 0; n < images; ++n)
    wanted[static_cast<size_t>(n)].insert(texts_of[static_cast<size_t>(n)].begin(),
                                          texts_of[static_cast<size_t>(n)].end());
  for (int64_t t = 0; t < count; ++t) {
    for (const int64_t n : images_of[static_cast<size_t>(t)]) wanted[static_cast<size_t>(n)].insert(t);
  }

  auto scored = torch::full({images, count}, kUnscored);
  RetrievalScores result;
  Progress bar("re-ranking", images, "images");
  for (int64_t n = 0; n < images; ++n) {
    if (stop_requested()) throw Interrupted("stopped while re-ranking; nothing was written");
    std::vector<KeyValues> keys;
    {
      const Autocast autocast(texts.features.device(), compute.bf16);
      keys = encoders.text->bert->cross_keys(image_tokens(n));
    }
    const std::vector<int64_t> all(wanted[static_cast<size_t>(n)].begin(), wanted[static_cast<size_t>(n)].end());
    for (size_t begin = 0; begin < all.size(); begin += static_cast<size_t>(options.batch_size)) {
      const std::vector<int64_t> some(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                      all.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                        all.size(), begin + static_cast<size_t>(options.batch_size))));
      const auto index = torch::tensor(some, torch::kInt64);
      auto scores = itm_scores(model, encoders, keys, texts, some, compute).cpu();
      if (options.add_itc) scores = scores + similar[n].index_select(0, index);
      scored[n].index_copy_(0, index, scores);
    }
    result.pairs += static_cast<int64_t>(all.size());
    bar.add(1);
  }

  // Each direction keeps the scores that its own first stage asked for.
  const auto keep = [](const torch::Tensor& scores, const std::vector<std::vector<int64_t>>& columns) {
    auto kept = torch::full(scores.sizes(), kUnscored);
    for (size_t row = 0; row < columns.size(); ++row) {
      const auto index = torch::tensor(columns[row], torch::kInt64);
      const auto at = static_cast<int64_t>(row);
      kept[at].index_copy_(0, index, scores[at].index_select(0, index));
    }
    return kept;
  };
  result.i2t = keep(scored, texts_of);
  result.t2i = keep(scored.t(), images_of);
  return result;
}

}  // namespace albef
