// The image encoder: ViT (Dosovitskiy et al. 2021) as in ALBEF §3.1. Pre-norm blocks, [CLS] first, learned positions.
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "albef/model/attention.h"

namespace albef {

struct VitOptions {
  int64_t image_res = 256;  ///< R, side of the square input in pixels; a multiple of patch_size
  int64_t patch_size = 16;
  int64_t width = 768;  ///< D
  int64_t depth = 12;
  int64_t heads = 12;
  int64_t mlp_ratio = 4;
  double norm_eps = 1e-6;
  double initializer_range = 0.02;  ///< standard deviation of fresh weights, [CLS] and positions

  int64_t grid() const { return image_res / patch_size; }
  int64_t tokens() const { return 1 + grid() * grid(); }  ///< P
};

class VitBlockImpl : public torch::nn::Module {
 public:
  explicit VitBlockImpl(const VitOptions& options);
  torch::Tensor forward(const torch::Tensor& x, AttentionRecord* record = nullptr);  ///< [B, P, D] -> [B, P, D]

 private:
  VitOptions options_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Linear qkv_{nullptr}, proj_{nullptr}, fc1_{nullptr}, fc2_{nullptr};
};
TORCH_MODULE(VitBlock);

class VisionTransformerImpl : public torch::nn::Module {
 public:
  explicit VisionTransformerImpl(const VitOptions& options);

  /// Image tokens [B, P, D] of pixels [B, 3, R, R] (normalised as spec'd by image_mean and image_std); row 0 is [CLS].
  /// `record`: of the self-attention of one block.
  torch::Tensor forward(const torch::Tensor& pixels, AttentionRecord* record = nullptr);
  const VitOptions& options() const { return options_; }

 private:
  VitOptions options_;
  torch::Tensor cls_token_, pos_embed_;      // [1, 1, D], [1, P, D]
  torch::Tensor patch_weight_, patch_bias_;  // [D, 3, patch, patch], [D]
  torch::nn::ModuleList blocks_{nullptr};
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(VisionTransformer);

/// 8-bit RGB [B, R, R, 3] -> normalised float32 [B, 3, R, R]: x/255, then CLIP's mean and standard deviation a channel.
torch::Tensor normalise_pixels(const torch::Tensor& rgb);

/// Pixels of the host as the model on `device` reads them: normalised, or as they are where they are float32 already
/// (and then [B, 3, R, R]). Copied to a GPU from pinned memory, so that the host does not wait.
torch::Tensor pixels_on(torch::Device device, const torch::Tensor& pixels);

}  // namespace albef
