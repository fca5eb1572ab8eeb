// The VQA model as settings say it: for training, and from a checkpoint for use.
#pragma once
#include "albef/model/vqa.h"
#include "albef/tasks/common/load_model.h"
#include "albef/tasks/vqa/settings.h"

namespace albef {

VqaOptions vqa_options(const ModelSettings& settings, int64_t decoder_layers, bool momentum_model);

/// Beginnings of the momentum copy's names.
inline const std::vector<std::string> kVqaMomentumParts = {"visual_encoder_m.", "text_encoder_m.", "text_decoder_m."};

/// Layers of the decoder in a file; 0 where it has none.
int64_t decoder_layers(const Weights& weights);

/// A checkpoint of pretraining has no decoder: it gets the multimodal layers (fusion_layer + i becomes i), the
/// embeddings and the MLM head, and likewise its momentum copy; those that the decoder has no place for are left out,
/// as are projections of image tokens where these are not as wide as text states. One with a decoder stays as it is;
/// Error if it has another number of layers.
void make_decoder_weights(Weights& weights, const VqaOptions& options);

/// Fresh weights, then those that `init` names.
Vqa make_vqa(const VqaSettings& settings, const InitSettings& init);

struct LoadedVqa {
  Vqa model{nullptr};  ///< in eval mode, on the device
  Tokenizer tokenizer;
  VqaSettings settings;  ///< what the model was made and trained with
  torch::Device device;
  ComputeOptions compute;
  VqaParts& parts;  ///< the ones asked for
};

/// Like load_model(), of a checkpoint of `albef train vqa` or of the authors'.
LoadedVqa load_vqa(const LoadModelOptions& options);

}  // namespace albef
