#include "albef/tasks/common/flops.h"

namespace albef {
namespace {

struct TextCost {
  double width, inner, vision_width, patches;
  explicit TextCost(const AlbefOptions& o)
      : width(static_cast<double>(o.text.hidden_size)),
        inner(static_cast<double>(o.text.intermediate_size)),
        vision_width(static_cast<double>(o.vision.width)),
        patches(static_cast<double>(o.vision.tokens())) {}

  // A layer whose states are wanted for `wanted` of a text's `length` tokens.
  double self_attention(double wanted, double length) const {
    return 4 * width * width * (wanted + length) + 4 * length * width * wanted;
  }
  double cross_attention(double wanted) const { return (4 * width * width + 4 * patches * width) * wanted; }
  double feed_forward(double wanted) const { return 4 * width * inner * wanted; }
  double text_layer(double length) const { return self_attention(length, length) + feed_forward(length); }
  double fusion_layer(double wanted, double length) const {
    return self_attention(wanted, length) + cross_attention(wanted) + feed_forward(wanted);
  }
  double image_keys() const { return 4 * width * vision_width * patches; }
};

}  // namespace

double vision_flop(const VitOptions& o) {
  const auto width = static_cast<double>(o.width), tokens = static_cast<double>(o.tokens());
  const auto patch = static_cast<double>(o.patch_size);
  const double block = tokens * ((8 + 4 * static_cast<double>(o.mlp_ratio)) * width * width + 4 * tokens * width);
  return static_cast<double>(o.depth) * block + (tokens - 1) * 6 * patch * patch * width;
}

double pretrain_flop_per_pair(const AlbefOptions& o, int64_t batch, int64_t length, double chosen, bool distill_mlm) {
  const TextCost cost(o);
  const auto l = static_cast<double>(length), text_layers = static_cast<double>(o.text.fusion_layer);
  const auto fusion_layers = static_cast<double>(o.text.num_hidden_layers - o.text.fusion_layer);
  const double head = chosen * (2 * cost.width * cost.width + 2 * cost.width * static_cast<double>(o.text.vocab_size));
  const double keys = fusion_layers * cost.image_keys();
  const double online = vision_flop(o.vision) + 2 * text_layers * cost.text_layer(l) + keys +
                        4 * (fusion_layers - 1) * cost.fusion_layer(l, l) + 3 * cost.fusion_layer(1, l) +
                        cost.fusion_layer(chosen, l) + head;
  double momentum = vision_flop(o.vision) + text_layers * cost.text_layer(l);
  if (distill_mlm) {
    momentum += text_layers * cost.text_layer(l) + keys + (fusion_layers - 1) * cost.fusion_layer(l, l) +
                cost.fusion_layer(chosen, l) + head;
  }
  const double similarities = 2.0 * static_cast<double>(o.embed_dim) * static_cast<double>(batch + o.queue_size);
  return 3 * online + momentum + similarities * 2 * (2 + 1);
}

double rerank_flop_per_pair(const AlbefOptions& o, int64_t texts, int64_t length) {
  const TextCost cost(o);
  const auto fusion_layers = static_cast<double>(o.text.num_hidden_layers - o.text.fusion_layer),
             l = static_cast<double>(length);
  return fusion_layers * cost.image_keys() / static_cast<double>(texts) +
         (fusion_layers - 1) * cost.fusion_layer(l, l) + cost.fusion_layer(1, l);
}

}  // namespace albef
