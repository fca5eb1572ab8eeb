#include "albef/tasks/common/objectives.h"

#include "albef/loss/cross_entropy.h"
#include "albef/loss/itc.h"
#include "albef/model/autocast.h"
#include "albef/model/texts.h"

namespace albef {
namespace {

// Tokens of the fusion's last layer that a head reads, and where they stand in its output.
struct Wanted {
  WantedTokens tokens;
  std::vector<int64_t> first, chosen;  // output rows of [CLS] for ITM; of chosen tokens for MLM
};

// `places`: per text of `layout` the tokens that are wanted; a text with none keeps its first, since each must have
// one.
Wanted wanted_tokens(const TokenLayout& layout, const std::vector<const std::vector<int64_t>*>& places,
                     torch::Device device) {
  static const std::vector<int64_t> kFirst = {0};
  Wanted wanted;
  std::vector<int64_t> rows, lengths;
  for (size_t n = 0; n < places.size(); ++n) {
    const auto& list = places[n] && !places[n]->empty() ? *places[n] : kFirst;
    for (const int64_t place : list) {
      auto& kind = places[n] ? wanted.chosen : wanted.first;
      if (!places[n] || !places[n]->empty()) kind.push_back(static_cast<int64_t>(rows.size()));
      rows.push_back(layout.first_row(static_cast<int64_t>(n)) + place);
    }
    lengths.push_back(static_cast<int64_t>(list.size()));
  }
  auto wanted_layout = TokenLayout::packed(std::move(lengths), device);
  auto index = wanted_layout.index(std::move(rows), device);
  wanted.tokens = {std::move(index), std::move(wanted_layout)};
  return wanted;
}

// [N, V] for the chosen rows of the fusion's output.
torch::Tensor chosen_logits(Encoders& encoders, const torch::Tensor& out, const std::vector<int64_t>& chosen) {
  const auto count = static_cast<int64_t>(chosen.size());
  const auto states = select_rows(out, rounded_index(chosen, out.device()), count);
  return encoders.text->mlm_logits(states).narrow(0, 0, count);
}

struct Encoded {
  torch::Tensor image_tokens, text_states;    // [B, P, D]; [rows, D] of the plain texts, then the masked ones
  torch::Tensor image_feature, text_feature;  // [B, E]
};

Encoded encode(Encoders& encoders, const torch::Tensor& pixels, const TextTokens& texts, int64_t batch) {
  Encoded e;
  e.image_tokens = encoders.vision(pixels);
  e.text_states = encoders.text->bert->encode(texts.ids, texts.layout);
  e.image_feature = encoders.image_feature(e.image_tokens);
  e.text_feature = encoders.text_feature(e.text_states, texts.layout).narrow(0, 0, batch);
  return e;
}

// The masked texts' logits at the chosen tokens, [N, V], by the momentum model.
torch::Tensor momentum_mlm_logits(Encoders& encoders, const Encoded& encoded, const TextTokens& texts,
                                  const MaskedTexts& masked) {
  const auto device = encoded.image_tokens.device();
  const auto batch = static_cast<int64_t>(masked.places.size());
  auto [states, layout] = texts.layout.gather(
      encoded.text_states, torch::arange(batch, 2 * batch, torch::TensorOptions(torch::kInt64).device(device)));
  std::vector<const std::vector<int64_t>*> places;
  for (const auto& list : masked.places) places.push_back(&list);
  const auto wanted = wanted_tokens(layout, places, device);
  auto& bert = encoders.text->bert;
  const auto out = bert->fuse(states, layout, bert->cross_keys(encoded.image_tokens), {}, &wanted.tokens);
  return chosen_logits(encoders, out, wanted.chosen);
}

struct Fused {
  torch::Tensor
      itm_logits;  // [3B, 2]: (image b, text b), (image b, negative text), ... by b; then (negative image, text b)
  torch::Tensor mlm_logits;  // [N, V]
};

Fused fuse(Albef& model, const Encoded& encoded, const TextTokens& texts, const MaskedTexts* masked,
           const NegativePairs& negatives) {
  const auto device = encoded.image_tokens.device();
  const int64_t batch = encoded.image_tokens.size(0), per_image = masked ? 3 : 2;
  const auto own = torch::arange(batch, torch::TensorOptions(torch::kInt64).device(device));
  std::vector<torch::Tensor> of_image = {own, negatives.text.index};
  if (masked) of_image.push_back(own + batch);
  const auto text_index = torch::cat({torch::stack(of_image, 1).flatten(), own});
  auto [states, layout] = texts.layout.gather(encoded.text_states, text_index);

  std::vector<const std::vector<int64_t>*> places(static_cast<size_t>((per_image + 1) * batch), nullptr);
  for (int64_t b = 0; masked && b < batch; ++b)
    places[static_cast<size_t>(b * per_image + 2)] = &masked->places[static_cast<size_t>(b)];
  const auto wanted = wanted_tokens(layout, places, device);

  auto& bert = model->online.text->bert;
  const auto out = bert->fuse(states, layout, bert->cross_keys(encoded.image_tokens),
                              {per_image, negatives.image.index}, &wanted.tokens);
  Fused fused;
  fused.itm_logits = model->itm_head(select_rows(out, to_device(wanted.first, device)));
  if (masked) fused.mlm_logits = chosen_logits(model->online, out, wanted.chosen);
  return fused;
}

torch::Tensor matching_loss(const torch::Tensor& logits, const NegativePairs& negatives) {
  const int64_t batch = negatives.text.index.size(0);
  const auto of_image = logits.narrow(0, 0, 2 * batch).view({batch, 2, 2});
  return itm_loss(of_image.select(1, 0), torch::cat({logits.narrow(0, 2 * batch, batch), of_image.select(1, 1)}),
                  torch::cat({negatives.image.valid, negatives.text.valid}));
}

}  // namespace

ObjectiveLosses albef_objectives(Albef& model, const ObjectiveInput& input, const ComputeOptions& compute) {
  const auto device = input.pixels.device();
  const int64_t batch = input.pixels.size(0);
  const bool distill_mlm = input.masked && input.alpha_mlm > 0;
  const auto texts =
      make_texts(input.masked ? join(input.texts, input.masked->texts) : input.texts, compute.packed, device);
  const Autocast autocast(device, compute.bf16);

  const Encoded online = encode(model->online, input.pixels, texts, batch);
  Encoded momentum;
  torch::Tensor momentum_logits;
  {
    const torch::NoGradGuard no_grad;
    const auto seen = distill_mlm || !input.masked ? texts : make_texts(input.texts, compute.packed, device);
    momentum = encode(model->momentum, input.pixels, seen, batch);
    if (distill_mlm) momentum_logits = momentum_mlm_logits(model->momentum, momentum, texts, *input.masked);
  }

  ItcResult itc;
  NegativePairs negatives;
  {
    const Autocast full_precision(device, false);
    itc = itc_loss({online.image_feature,
                    online.text_feature,
                    {momentum.image_feature, model->queue.image},
                    {momentum.text_feature, model->queue.text},
                    input.matches},
                   model->temp, input.alpha_itc);
    negatives = input.choose_negatives(itc.logits_t2i, itc.logits_i2t, input.excluded);
  }
  const Fused fused = fuse(model, online, texts, input.masked, negatives);

  const Autocast full_precision(device, false);
  ObjectiveLosses losses{.itc = itc.loss,
                         .itm = matching_loss(fused.itm_logits, negatives),
                         .mlm = {},
                         .entries = {momentum.image_feature, momentum.text_feature, {}}};
  if (input.masked)
    losses.mlm = distilled_cross_entropy(fused.mlm_logits, to_device(input.masked->labels, device), momentum_logits,
                                         input.alpha_mlm);
  return losses;
}

StepResult step_result(Albef& model, const ObjectiveLosses& losses) {
  StepResult result;
  result.loss = losses.itc + losses.itm;
  result.values = {{"loss_itc", losses.itc}, {"loss_itm", losses.itm}};
  if (losses.mlm.defined()) {
    result.loss = result.loss + losses.mlm;
    result.values.emplace_back("loss_mlm", losses.mlm);
  }
  result.values.emplace_back("temperature", model->temp.clone());
  return result;
}

}  // namespace albef
