#include "albef/loss/itc.h"

namespace albef {
namespace {

torch::Tensor cross_entropy(const torch::Tensor& targets, const torch::Tensor& logits) {
  return -(targets * torch::log_softmax(logits, 1)).sum(1).mean();
}

}  // namespace

torch::Tensor itc_logits(const torch::Tensor& query, const ItcKeys& keys, const torch::Tensor& temperature) {
  auto logits = query.matmul(keys.batch.t());
  if (keys.queue.defined() && keys.queue.size(1) > 0) logits = torch::cat({logits, query.matmul(keys.queue)}, 1);
  return logits / temperature;
}

torch::Tensor itc_targets(const torch::Tensor& momentum_logits, const torch::Tensor& matches, double alpha) {
  return (alpha * torch::softmax(momentum_logits.detach(), 1) + (1 - alpha) * matches).detach();
}

ItcResult itc_loss(const ItcFeatures& f, const torch::Tensor& temperature, double alpha) {
  const int64_t batch = f.image.size(0), queue = f.text_keys.queue.defined() ? f.text_keys.queue.size(1) : 0;
  TORCH_CHECK(alpha >= 0 && alpha <= 1, "itc_loss: alpha is ", alpha, ", expected 0..1");
  TORCH_CHECK(f.text.sizes() == f.image.sizes(), "itc_loss: image features ", f.image.sizes(), ", text features ",
              f.text.sizes());
  TORCH_CHECK(
      f.matches.dim() == 2 && f.matches.size(0) == batch && f.matches.size(1) == f.text_keys.batch.size(0) + queue,
      "itc_loss: matches are ", f.matches.sizes(), ", expected [", batch, ", ", f.text_keys.batch.size(0) + queue, "]");
  const auto i2t = itc_logits(f.image, f.text_keys, temperature), t2i = itc_logits(f.text, f.image_keys, temperature);
  auto targets_i2t = f.matches, targets_t2i = f.matches;
  if (alpha > 0) {
    const torch::NoGradGuard no_grad;
    targets_i2t =
        itc_targets(itc_logits(f.image_keys.batch.narrow(0, 0, batch), f.text_keys, temperature), f.matches, alpha);
    targets_t2i =
        itc_targets(itc_logits(f.text_keys.batch.narrow(0, 0, batch), f.image_keys, temperature), f.matches, alpha);
  }
  return {(cross_entropy(targets_i2t, i2t) + cross_entropy(targets_t2i, t2i)) / 2, i2t.detach(), t2i.detach()};
}

torch::Tensor own_pair_matches(int64_t batch, int64_t keys, torch::Device device) {
  return torch::eye(batch, keys, torch::TensorOptions(torch::kFloat).device(device));
}

torch::Tensor same_image_matches(const torch::Tensor& ids, const torch::Tensor& key_ids) {
  const auto same = ids.unsqueeze(1).eq(key_ids.unsqueeze(0)).to(torch::kFloat);
  return same / same.sum(1, /*keepdim=*/true);
}

}  // namespace albef
