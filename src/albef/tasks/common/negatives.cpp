#include "albef/tasks/common/negatives.h"

namespace albef {

// The key of one process's draws has no rank in it, and so a run of one process is what it always was.
Rng batch_rng(const StepKeys& keys) {
  return keys.rank == 0 ? Rng(Purpose::kNegatives, {keys.seed, keys.step})
                        : Rng(Purpose::kNegatives, {keys.seed, keys.step, keys.rank});
}

ChooseNegatives negative_chooser(bool hardest, double sharpness, const StepKeys& keys) {
  if (hardest) {
    return [](const torch::Tensor& t2i, const torch::Tensor& i2t, const torch::Tensor& excluded) {
      return NegativePairs{hardest_negatives(t2i, excluded), hardest_negatives(i2t, excluded)};
    };
  }
  return [sharpness, keys](const torch::Tensor& t2i, const torch::Tensor& i2t, const torch::Tensor& excluded) {
    Rng rng = batch_rng(keys);
    const auto uniform = [&] {
      std::vector<double> draws(static_cast<size_t>(excluded.size(0)));
      for (auto& draw : draws) draw = rng.uniform();
      return torch::tensor(draws, torch::kDouble).to(excluded.device(), /*non_blocking=*/true);
    };
    const auto for_image = uniform(), for_text = uniform();
    return NegativePairs{sample_negatives(t2i, excluded, for_image, sharpness),
                         sample_negatives(i2t, excluded, for_text, sharpness)};
  };
}

ChooseNegatives negative_chooser(const std::string& how, const StepKeys& keys) {
  return negative_chooser(how == "hardest", how == "uniform" ? 0 : 1, keys);
}

torch::Tensor excluded_pairs(const std::vector<int64_t>& image_ids, bool same_image, torch::Device device) {
  auto excluded = torch::eye(std::ssize(image_ids), torch::kBool);
  if (same_image) {
    const auto ids = torch::tensor(image_ids, torch::kInt64);
    excluded = ids.unsqueeze(1).eq(ids.unsqueeze(0));
  }
  return excluded.to(device, /*non_blocking=*/true);
}

}  // namespace albef
