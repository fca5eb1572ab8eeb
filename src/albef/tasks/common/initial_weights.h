// What a model's fresh weights are replaced by before training: DeiT's ViT, a BERT, a checkpoint of ours or the
// authors'.
#pragma once
#include <torch/nn/module.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "albef/io/weights.h"

namespace albef {

struct InitSettings {
  std::string checkpoint;     ///< a whole model: a checkpoint folder of ours, a run's folder, or the authors' .pth
  std::string image_encoder;  ///< DeiT's or timm's ViT, .pth or .safetensors
  std::string text_encoder;   ///< a Hugging Face BERT folder: config.json, weights, vocab.txt
  std::vector<std::string> allow;
};

template <class Visitor>
void init_fields(Visitor& v, InitSettings& o) {
  v("checkpoint", o.checkpoint,
    "weights of a whole ALBEF to start from: a checkpoint or run folder, or the authors' .pth (--checkpoint)");
  v("image_encoder", o.image_encoder, "weights of a ViT to start from: DeiT's .pth");
  v("text_encoder", o.text_encoder, "a Hugging Face BERT folder to start from: config.json, weights, vocab.txt");
  v("allow_unexpected", o.allow,
    "beginnings of tensor names that these files may hold without a place in the model, or in another shape");
}

/// Where the momentum model starts.
enum class MomentumStart {
  kFile,     ///< as the checkpoint has it; a copy of the student's where it has none, or not the whole of it
  kStudent,  ///< a copy of the student's after the checkpoint is loaded
  kInitial,  ///< a copy of the student's before that
};

/// How a model takes these weights.
struct InitRules {
  std::vector<std::string> passed_over = {};  ///< beginnings of names that a checkpoint may hold and the model does not
  std::function<void(Weights&)> rename = {};  ///< applied to a BERT and to a checkpoint before they are loaded
  MomentumStart momentum = MomentumStart::kFile;
};

/// Copies them into `module` and logs a table of what came from where. `copy_to_momentum`: the model's; may be unset
/// where it has none.
void load_initial_weights(torch::nn::Module& module, const InitSettings& init, const InitRules& rules,
                          const std::function<void()>& copy_to_momentum);

/// The beginnings of names in checkpoints of pretraining and retrieval that a classifier has no part for.
const std::vector<std::string>& parts_of_pretraining();

/// Everything that a checkpoint holds of a model, by the authors' names: parameters and buffers.
std::map<std::string, torch::Tensor> model_weights(const torch::nn::Module& module);

/// A run's output folder stands for its last checkpoint; any other path for itself.
std::string checkpoint_path(const std::string& path);

}  // namespace albef
