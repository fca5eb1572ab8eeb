// Where in a picture a text is found: Grad-CAM on attention (paper §5, visual grounding; Selvaraju et al. 2017).
// Attention probabilities, taken after the softmax, are weighted by the positive part of their gradient of how well
// picture and text match, and averaged over the heads. Nothing is learned here: only the layer asked for and those
// above it are differentiated, with respect to its probabilities alone.
//
// N texts about I pictures, G = grid() patches a side, L tokens in the longest text. The model must be in eval mode.
#pragma once
#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/model/texts.h"

namespace albef {

/// The layers that the authors take, 8 of 12 (0-based): in any stack the first after a third of the fusion layers.
int64_t itm_cam_layer(const BertOptions& options);
/// And after two thirds of the image encoder's blocks.
int64_t itc_cam_layer(const VitOptions& options);

/// By ITM: the cross-attention of fusion layer `layer`, counted in the whole stack of text and multimodal encoder, and
/// the match logit. Tokens of a text show where each looks, [CLS] among them, padding nowhere; the image's [CLS] is
/// left out. `image_tokens` [I, P, D], whose keys are made once for all texts about it; `image_of` [N] int64: the
/// picture of each text. Returns [N, L, G, G] float32. Throws c10::Error if `layer` is no fusion layer.
torch::Tensor itm_cam(Albef& model, Encoders& encoders, const torch::Tensor& image_tokens,
                      const torch::Tensor& image_of, const TextTokens& texts, int64_t layer,
                      const ComputeOptions& compute);

/// By ITC: what the image's [CLS] attends to in ViT block `layer`, and the similarity of the two features over the
/// temperature. `pixels` [I, 3, R, R]. Returns [N, G, G] float32. Throws c10::Error if there is no such block.
torch::Tensor itc_cam(Albef& model, Encoders& encoders, const torch::Tensor& pixels, const torch::Tensor& image_of,
                      const TextTokens& texts, int64_t layer, const ComputeOptions& compute);

}  // namespace albef
