// Classifiers of a sentence about pictures (paper §5): visual entailment asks of one picture, NLVR2 of two. Image
// encoder, text and multimodal encoder, and a head on the multimodal [CLS]; with distillation a momentum copy of all.
// Parameters are registered under the names of the authors' fine-tuned checkpoints.
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <string>
#include <vector>

#include "albef/model/bert.h"
#include "albef/model/ema.h"
#include "albef/model/texts.h"
#include "albef/model/vit.h"

namespace albef {

struct ClassifierOptions {
  VitOptions vision;
  BertOptions text;  ///< its images_per_text: how many pictures a sentence is about
  int64_t classes = 3;
  bool momentum_model = true;
};

/// Linear, ReLU, Linear; the numbers in their names are those of the authors' Sequential.
class MlpHeadImpl : public torch::nn::Module {
 public:
  MlpHeadImpl(int64_t width, int64_t classes);
  torch::Tensor forward(const torch::Tensor& x);  ///< [N, D] -> [N, classes]

  torch::nn::Linear hidden{nullptr}, out{nullptr};
};
TORCH_MODULE(MlpHead);

/// What has a momentum copy.
struct ClassifierParts {
  VisionTransformer vision{nullptr};
  Bert text{nullptr};
  MlpHead head{nullptr};

  /// Logits [B, classes] of B texts. `image_tokens`: of each of the pictures that a text is about, the first ones,
  /// then the second ones, [I, P, D] each; `images` says which of I a text looks at, as in fuse().
  torch::Tensor logits(at::TensorList image_tokens, const TextImages& images, const TextTokens& texts);
};

/// Beginnings of the momentum copy's names.
inline const std::vector<std::string> kMomentumParts = {"visual_encoder_m.", "text_encoder_m.", "cls_head_m."};

class ClassifierImpl : public torch::nn::Module {
 public:
  explicit ClassifierImpl(const ClassifierOptions& options);

  /// Fresh weights as the authors'; the momentum model is a copy. The same seed gives the same weights.
  void initialise(uint64_t seed);
  void place(torch::Device device) { to(device); }
  void copy_to_momentum() { ema_.copy(); }            ///< momentum weights := online weights
  void update_momentum(double m) { ema_.update(m); }  ///< θ_m ← m·θ_m + (1−m)·θ, §3.3
  const ClassifierOptions& options() const { return options_; }
  torch::Device device() const { return online.head->out->weight.device(); }

  ClassifierParts online, momentum;  ///< momentum is empty without a momentum model

 private:
  ClassifierParts make_parts(const char* suffix);
  ClassifierOptions options_;
  Ema ema_;
};
TORCH_MODULE(Classifier);

}  // namespace albef
