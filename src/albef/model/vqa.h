// Visual question answering (paper §5): image encoder, text and multimodal encoder for the question, and an answer
// decoder whose cross-attention reads the question's multimodal states; with distillation a momentum copy of all.
// Parameters are registered under the names of the authors' fine-tuned checkpoints.
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <string>
#include <vector>

#include "albef/model/bert.h"
#include "albef/model/ema.h"
#include "albef/model/texts.h"
#include "albef/model/vit.h"

namespace albef {

struct VqaOptions {
  VitOptions vision;
  BertOptions text;            ///< of the question's encoder, all its layers
  int64_t decoder_layers = 6;  ///< the authors' number, whatever the encoder has
  bool momentum_model = true;

  /// The decoder: causal self-attention, cross-attention to the question's states in every layer.
  BertOptions decoder() const;
};

/// What has a momentum copy.
struct VqaParts {
  VisionTransformer vision{nullptr};
  Bert text{nullptr};
  TextEncoder decoder{nullptr};

  /// Keys and values of Q questions' states, a decoder layer's each. `image_tokens` [I, P, D]; `images` says which of I
  /// a question looks at, as in fuse().
  std::vector<KeyValues> question_keys(const torch::Tensor& image_tokens, const TextImages& images,
                                       const TextTokens& questions);

  /// The decoder's states [rows, D] of N answers, the n-th to question question_of[n] ([N] int64).
  torch::Tensor answer_states(const std::vector<KeyValues>& question_keys, const torch::Tensor& question_of,
                              const TextTokens& answers);
};

class VqaImpl : public torch::nn::Module {
 public:
  explicit VqaImpl(const VqaOptions& options);

  /// Fresh weights as BERT's and ViT's; the momentum model is a copy. The same seed gives the same weights.
  void initialise(uint64_t seed);
  void place(torch::Device device) { to(device); }
  void copy_to_momentum() { ema_.copy(); }            ///< momentum weights := online weights
  void update_momentum(double m) { ema_.update(m); }  ///< θ_m ← m·θ_m + (1−m)·θ, §3.3
  const VqaOptions& options() const { return options_; }
  torch::Device device() const { return online.decoder->bert->word_weight().device(); }

  VqaParts online, momentum;  ///< momentum is empty without a momentum model

 private:
  VqaParts make_parts(const char* suffix);
  VqaOptions options_;
  Ema ema_;
};
TORCH_MODULE(Vqa);

}  // namespace albef
