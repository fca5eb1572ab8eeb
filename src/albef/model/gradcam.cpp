#include "albef/model/gradcam.h"

#include <torch/autograd.h>

#include "albef/model/autocast.h"

namespace albef {
namespace {

// [N, heads, Lq, P] -> [N, Lq, P-1]: the image's [CLS] is no place.
torch::Tensor weighted_by_gradient(const torch::Tensor& score, const torch::Tensor& probabilities) {
  const auto gradient = torch::autograd::grad({score}, {probabilities})[0];
  const torch::NoGradGuard no_grad;
  const auto map = (probabilities * gradient.relu()).mean(1);
  return map.narrow(2, 1, map.size(2) - 1).detach();
}

torch::Tensor encode(Encoders& encoders, const TextTokens& texts) {
  const torch::NoGradGuard no_grad;
  return encoders.text->bert->encode(texts.ids, texts.layout);
}

// [N, Lq, G, G] of recorded rows as [N, L, G, G]: without places that only the layout has, and with 0 where it is
// padded, or where the last layer was not asked for a token, since no gradient reaches it there.
torch::Tensor per_token(const torch::Tensor& map, const TokenLayout& layout) {
  const int64_t length = layout.longest(), rows = map.size(1);
  const auto cut =
      rows > length ? map.narrow(1, 0, length) : torch::constant_pad_nd(map, {0, 0, 0, 0, 0, length - rows});
  if (!layout.keep().defined()) return cut;
  const auto keep = layout.keep().narrow(1, 0, length);
  return cut * keep.view({keep.size(0), length, 1, 1}).to(cut.scalar_type());
}

}  // namespace

int64_t itm_cam_layer(const BertOptions& options) {
  return options.fusion_layer + (options.num_hidden_layers - options.fusion_layer) / 3;
}

int64_t itc_cam_layer(const VitOptions& options) {
  return options.depth * 2 / 3;
}

torch::Tensor itm_cam(Albef& model, Encoders& encoders, const torch::Tensor& image_tokens,
                      const torch::Tensor& image_of, const TextTokens& texts, int64_t layer,
                      const ComputeOptions& compute) {
  const auto& o = encoders.text->options();
  TORCH_CHECK(!model->is_training(), "itm_cam: the model is in training mode");
  TORCH_CHECK(o.fusion_layer <= layer && layer < o.num_hidden_layers, "itm_cam: layer ", layer,
              " is no fusion layer, expected ", o.fusion_layer, " to ", o.num_hidden_layers - 1);
  const torch::AutoGradMode with_gradients(true);
  AttentionRecord record{.layer = layer, .rows = {}, .probabilities = {}};
  torch::Tensor score;
  {
    const Autocast autocast(image_tokens.device(), compute.bf16);
    const auto states = encode(encoders, texts);
    std::vector<KeyValues> keys;
    {
      const torch::NoGradGuard no_grad;
      keys = encoders.text->bert->cross_keys(image_tokens);
    }
    const auto fused = encoders.text->bert->fuse_first(states, texts.layout, keys,
                                                       {.texts_per_image = 0, .others = image_of}, &record);
    score = model->itm_head(fused).select(1, 1).to(torch::kFloat).sum();
  }
  const int64_t grid = encoders.vision->options().grid();
  const auto map = weighted_by_gradient(score, record.probabilities);
  return per_token(map.view({map.size(0), map.size(1), grid, grid}), texts.layout);
}

torch::Tensor itc_cam(Albef& model, Encoders& encoders, const torch::Tensor& pixels, const torch::Tensor& image_of,
                      const TextTokens& texts, int64_t layer, const ComputeOptions& compute) {
  const auto& o = encoders.vision->options();
  TORCH_CHECK(!model->is_training(), "itc_cam: the model is in training mode");
  TORCH_CHECK(0 <= layer && layer < o.depth, "itc_cam: no block ", layer, ", expected 0 to ", o.depth - 1);
  const torch::AutoGradMode with_gradients(true);
  AttentionRecord record{.layer = layer, .rows = image_of, .probabilities = {}};
  torch::Tensor score;
  {
    const Autocast autocast(pixels.device(), compute.bf16);
    torch::Tensor text_feature;
    {
      const torch::NoGradGuard no_grad;
      text_feature = encoders.text_feature(encode(encoders, texts), texts.layout);
    }
    const auto image_feature = encoders.image_feature(encoders.vision(pixels, &record));
    score = (image_feature * text_feature).sum() / model->temp.detach();
  }
  const auto map = weighted_by_gradient(score, record.probabilities).select(1, 0);
  return map.reshape({map.size(0), o.grid(), o.grid()});
}

}  // namespace albef
