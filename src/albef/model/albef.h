// ALBEF (Li et al. 2021, §3.1): image encoder, text encoder, multimodal encoder, the two projections into the joint
// space, the ITM and MLM heads, the momentum copies and the queues of their features.
// Parameters and buffers are registered under the names of the authors' checkpoints.
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "albef/model/bert.h"
#include "albef/model/ema.h"
#include "albef/model/feature_queue.h"
#include "albef/model/vit.h"

namespace albef {

struct AlbefOptions {
  VitOptions vision;
  BertOptions text;
  int64_t embed_dim = 256;                  ///< E
  int64_t queue_size = 65536;               ///< Q; 0: no queue
  double temp = 0.07;                       ///< where the learned temperature starts
  double temp_min = 0.001, temp_max = 0.5;  ///< what clamp_temperature() holds it between; temp_min 0: no clamping
  bool momentum_model = true;               ///< false: the online model alone, for evaluation and search
  bool id_queue = false;                    ///< keep the images' ids beside their features
};

/// What has a momentum copy.
struct Encoders {
  VisionTransformer vision{nullptr};
  TextEncoder text{nullptr};
  torch::nn::Linear vision_proj{nullptr}, text_proj{nullptr};

  torch::Tensor image_feature(const torch::Tensor& image_tokens);  ///< [B, P, D] -> [B, E] float32, rows of length 1
  /// Of text states [rows, D] in `layout` -> [B, E] float32, rows of length 1.
  torch::Tensor text_feature(const torch::Tensor& text_states, const TokenLayout& layout);
};

class AlbefImpl : public torch::nn::Module {
 public:
  explicit AlbefImpl(const AlbefOptions& options);

  /// Fresh weights as the authors' (ViT and BERT normal(0, initializer_range), projections and ITM head as PyTorch's
  /// Linear, queues random unit columns); the momentum model is a copy. The same seed gives the same weights.
  void initialise(uint64_t seed);

  void place(torch::Device device);  ///< all tensors but queue_ptr, which the host reads

  void copy_to_momentum() { ema_.copy(); }            ///< momentum weights := online weights
  void update_momentum(double m) { ema_.update(m); }  ///< θ_m ← m·θ_m + (1−m)·θ, §3.3
  void clamp_temperature();                           ///< to [temp_min, temp_max], as before each step

  const AlbefOptions& options() const { return options_; }

  Encoders online, momentum;  ///< momentum is empty without a momentum model
  torch::nn::Linear itm_head{nullptr};
  torch::Tensor temp;  ///< [] learned temperature
  FeatureQueue queue;  ///< empty without a momentum model

 private:
  Encoders make_encoders(const char* suffix);
  AlbefOptions options_;
  Ema ema_;
};
TORCH_MODULE(Albef);

}  // namespace albef
