#include "albef/tasks/common/objectives.h"

#include <algorithm>

#include "albef/loss/itc.h"
#include "albef/loss/mlm.h"
#include "albef/model/autocast.h"

namespace albef {
namespace {

torch::Tensor on(torch::Device device, const std::vector<int64_t>& values) {
  return torch::tensor(values, torch::kInt64).to(device, /*non_blocking=*/true);
}

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
  const auto out = bert->fuse(states, layout, bert->image_keys(encoded.image_tokens), {}, &wanted.tokens);
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
  const auto out = bert->fuse(states, layout, bert->image_keys(encoded.image_tokens),
                              {per_image, negatives.image.index}, &wanted.tokens);
  Fused fused;
  fused.itm_logits = model->itm_head(select_rows(out, on(device, wanted.first)));
  if (masked) fused.mlm_logits = chosen_logits(model->online, out, wanted.chosen);
  return fused;
}

TextTokens plain_and_masked(const ObjectiveInput& input, bool packed) {
  auto ids = input.ids;
  auto lengths = input.lengths;
  if (input.masked) {
    ids.insert(ids.end(), input.masked->ids.begin(), input.masked->ids.end());
    lengths.insert(lengths.end(), input.lengths.begin(), input.lengths.end());
  }
  return make_texts(ids, lengths, packed, input.pixels.device());
}

torch::Tensor matching_loss(const torch::Tensor& logits, const NegativePairs& negatives) {
  const int64_t batch = negatives.text.index.size(0);
  const auto of_image = logits.narrow(0, 0, 2 * batch).view({batch, 2, 2});
  return itm_loss(of_image.select(1, 0), torch::cat({logits.narrow(0, 2 * batch, batch), of_image.select(1, 1)}),
                  torch::cat({negatives.image.valid, negatives.text.valid}));
}

}  // namespace

TextTokens make_texts(const std::vector<int64_t>& ids, const std::vector<int64_t>& lengths, bool packed,
                      torch::Device device) {
  const auto batch = static_cast<int64_t>(lengths.size());
  TORCH_CHECK(batch > 0 && ids.size() % lengths.size() == 0, "make_texts: ", ids.size(), " ids in ", batch, " texts");
  const auto length = static_cast<int64_t>(ids.size()) / batch;
  const int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  auto grid = torch::tensor(ids, torch::kInt64).view({batch, length}).narrow(1, 0, longest);
  if (packed) {
    auto layout = TokenLayout::packed(lengths, device);
    grid = torch::constant_pad_nd(grid, {0, layout.length() - longest});
    return {layout.to_rows(grid.to(device).unsqueeze(-1)).squeeze(-1), std::move(layout)};
  }
  const auto keep = torch::arange(longest).unsqueeze(0).lt(torch::tensor(lengths, torch::kInt64).unsqueeze(1));
  return {grid.reshape({-1}).to(device),
          TokenLayout::padded(batch, longest, keep.all().item<bool>() ? torch::Tensor() : keep.to(device))};
}

ObjectiveLosses albef_objectives(Albef& model, const ObjectiveInput& input, const ComputeOptions& compute) {
  const auto device = input.pixels.device();
  const int64_t batch = input.pixels.size(0);
  const bool distill_mlm = input.masked && input.alpha_mlm > 0;
  const auto texts = plain_and_masked(input, compute.packed);
  const Autocast autocast(device, compute.bf16);

  const Encoded online = encode(model->online, input.pixels, texts, batch);
  Encoded momentum;
  torch::Tensor momentum_logits;
  {
    const torch::NoGradGuard no_grad;
    const auto seen =
        distill_mlm || !input.masked ? texts : make_texts(input.ids, input.lengths, compute.packed, device);
    momentum = encode(model->momentum, input.pixels, seen, batch);
    if (distill_mlm) momentum_logits = momentum_mlm_logits(model->momentum, momentum, texts, *input.masked);
  }

  ItcResult itc;
  NegativePairs negatives;
  {
    const Autocast full_precision(device, false);
    itc = itc_loss({online.image_feature,
                    online.text_feature,
                    {momentum.image_feature, model->image_queue},
                    {momentum.text_feature, model->text_queue},
                    input.matches},
                   model->temp, input.alpha_itc);
    negatives = input.choose_negatives(itc.logits_t2i, itc.logits_i2t, input.excluded);
  }
  const Fused fused = fuse(model, online, texts, input.masked, negatives);

  const Autocast full_precision(device, false);
  ObjectiveLosses losses{
      itc.loss, matching_loss(fused.itm_logits, negatives), {}, momentum.image_feature, momentum.text_feature};
  if (input.masked)
    losses.mlm = mlm_loss(fused.mlm_logits, on(device, input.masked->labels), momentum_logits, input.alpha_mlm);
  return losses;
}

}  // namespace albef
