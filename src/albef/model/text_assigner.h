// Text assignment, the pretraining step before NLVR2 (paper §5): given a text and two pictures, to which of them does
// it belong, or to neither? Parameters are registered under the names of the authors' checkpoints.
#pragma once
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "albef/model/bert.h"
#include "albef/model/vit.h"

namespace albef {

struct TextAssignerOptions {
  VitOptions vision;
  BertOptions text;  ///< images_per_text 2
  int64_t embed_dim = 256;
  double temp = 0.07;  ///< of the similarities that other pictures are drawn by
};

class TextAssignerImpl : public torch::nn::Module {
 public:
  static constexpr int64_t kClasses = 3;  ///< the first picture, the second, neither

  explicit TextAssignerImpl(const TextAssignerOptions& options);
  void initialise(uint64_t seed);  ///< fresh weights as the authors'; the same seed gives the same
  void place(torch::Device device) { to(device); }
  const TextAssignerOptions& options() const { return options_; }

  VisionTransformer vision{nullptr};
  Bert text{nullptr};
  torch::nn::Linear vision_proj{nullptr}, text_proj{nullptr};  ///< the former for drawing; neither gets a gradient
  torch::nn::Linear head{nullptr};
  torch::Tensor temp;  ///< [] as in the authors' checkpoints; options().temp is what is used

 private:
  TextAssignerOptions options_;
};
TORCH_MODULE(TextAssigner);

}  // namespace albef
