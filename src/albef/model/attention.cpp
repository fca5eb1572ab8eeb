#include "albef/model/attention.h"

#include <cmath>

#include "albef/model/dropout.h"

namespace albef {

namespace {

torch::Tensor split_heads(const torch::Tensor& x, int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

torch::Tensor attention_scores(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& mask) {
  const auto scores = q.matmul(k.transpose(-2, -1)) * (1 / std::sqrt(static_cast<double>(q.size(-1))));
  return mask.defined() ? scores + mask.to(scores.scalar_type()) : scores;
}

// Step by step: LibTorch's fused kernel on the CPU knows no dropout, and what stands in for it there works in float32
// whatever the input and draws its random numbers on one thread.
torch::Tensor attend_with_dropout(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                                  const torch::Tensor& mask, double p) {
  const auto scores = attention_scores(q, k, mask);
  return dropout(scores.softmax(-1, scores.scalar_type()), p).matmul(v);
}

torch::Tensor attend_and_record(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                                const torch::Tensor& mask, AttentionRecord& record) {
  record.probabilities = attention_scores(q, k, mask).softmax(-1, torch::kFloat).detach().requires_grad_();
  return record.probabilities.to(v.scalar_type()).matmul(v);
}

}  // namespace

torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v, int64_t heads,
                     const torch::Tensor& mask, double dropout, AttentionRecord* record) {
  const auto queries = split_heads(q, heads), keys = split_heads(k, heads), values = split_heads(v, heads);
  torch::Tensor out;
  if (record) {
    out = attend_and_record(queries, keys, values, mask, *record);
  } else if (dropout > 0 && q.is_cpu()) {
    out = attend_with_dropout(queries, keys, values, mask, dropout);
  } else {
    // A mask that the fused kernels take has the scores' type and shape; expanding costs nothing.
    std::optional<torch::Tensor> bias;
    if (mask.defined()) bias = mask.to(queries.scalar_type()).expand({q.size(0), heads, q.size(1), k.size(1)});
    out = at::scaled_dot_product_attention(queries, keys, values, bias, dropout);
  }
  return out.transpose(1, 2).reshape(q.sizes());
}

ResidualOutputImpl::ResidualOutputImpl(int64_t in, int64_t out, double dropout, double norm_eps) : dropout_(dropout) {
  dense_ = register_module("dense", torch::nn::Linear(in, out));
  norm_ = register_module("LayerNorm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({out}).eps(norm_eps)));
}

torch::Tensor ResidualOutputImpl::forward(const torch::Tensor& x, const torch::Tensor& residual) {
  return norm_(residual + dropout(dense_(x), is_training() ? dropout_ : 0.0));
}

AttentionProjectionsImpl::AttentionProjectionsImpl(const AttentionOptions& options) {
  query = register_module("query", torch::nn::Linear(options.width, options.width));
  key = register_module("key", torch::nn::Linear(options.key_width, options.width));
  value = register_module("value", torch::nn::Linear(options.key_width, options.width));
}

AttentionImpl::AttentionImpl(const AttentionOptions& options) : options_(options) {
  TORCH_CHECK(options_.heads > 0 && options_.width % options_.heads == 0, "Attention: width ", options_.width,
              " is no multiple of ", options_.heads, " heads");
  self_ = register_module("self", AttentionProjections(options_));
  output_ =
      register_module("output", ResidualOutput(options_.width, options_.width, options_.dropout, options_.norm_eps));
}

torch::Tensor AttentionImpl::self_attention(const torch::Tensor& queries, const TokenLayout& query_layout,
                                            const torch::Tensor& x, const TokenLayout& layout) {
  TORCH_CHECK(query_layout.batch() == layout.batch(), "Attention: queries of ", query_layout.batch(),
              " texts, keys of ", layout.batch());
  TORCH_CHECK(!layout.is_causal() || query_layout.rows() == layout.rows(),
              "Attention: of causal texts the output of all tokens must be wanted");
  const auto heard = attend(query_layout.to_grid(self_->query(queries)), layout.to_grid(self_->key(x)),
                            layout.to_grid(self_->value(x)), options_.heads, layout.mask(), attention_dropout());
  return output_(query_layout.to_rows(heard), queries);
}

torch::Tensor AttentionImpl::next_tokens(const torch::Tensor& x, KeyValues& past, const torch::Tensor& ancestors) {
  const auto append = [](torch::Tensor& all, const torch::Tensor& more) {
    all = all.defined() ? torch::cat({all, more}) : more;
  };
  append(past.key, self_->key(x));
  append(past.value, self_->value(x));
  const auto of_ancestors = [&ancestors](const torch::Tensor& all) {
    return all.index_select(0, ancestors.flatten()).view({ancestors.size(0), ancestors.size(1), -1});
  };
  const auto heard = attend(self_->query(x).unsqueeze(1), of_ancestors(past.key), of_ancestors(past.value),
                            options_.heads, {}, attention_dropout());
  return output_(heard.squeeze(1), x);
}

KeyValues AttentionImpl::cross_keys(const torch::Tensor& tokens, const torch::Tensor& mask) {
  return {self_->key(tokens), self_->value(tokens), mask};
}

void AttentionImpl::share_keys(AttentionImpl& other) {
  self_->key = self_->replace_module("key", other.self_->key);
  self_->value = self_->replace_module("value", other.self_->value);
}

torch::Tensor AttentionImpl::cross_attention(const torch::Tensor& queries, const TokenLayout& layout,
                                             const KeyValues& keys, const TextImages& images, AttentionRecord* record) {
  const auto asked = layout.to_grid(self_->query(queries));  // [N, L, D]
  const int64_t aligned = keys.key.size(0) * images.texts_per_image;
  const int64_t others = images.others.defined() ? images.others.size(0) : 0;
  TORCH_CHECK(aligned + others == layout.batch(), "Attention: ", layout.batch(), " texts, but images for ", aligned,
              " + ", others);
  TORCH_CHECK(!record || aligned == 0, "Attention: recorded texts stand in the order of their images");

  std::vector<torch::Tensor> seen;
  if (aligned > 0) {  // all texts of an image ask it at once: [I, texts_per_image * L, D]
    const auto together =
        asked.narrow(0, 0, aligned).reshape({keys.key.size(0), images.texts_per_image * layout.length(), -1});
    seen.push_back(attend(together, keys.key, keys.value, options_.heads, keys.mask, attention_dropout())
                       .view({aligned, layout.length(), -1}));
  }
  if (others > 0) {
    const auto mask = keys.mask.defined() ? keys.mask.index_select(0, images.others) : torch::Tensor();
    seen.push_back(attend(asked.narrow(0, aligned, others), keys.key.index_select(0, images.others),
                          keys.value.index_select(0, images.others), options_.heads, mask, attention_dropout(),
                          record));
  }
  return output_(layout.to_rows(seen.size() == 1 ? seen[0] : torch::cat(seen)), queries);
}

}  // namespace albef
