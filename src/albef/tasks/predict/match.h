// How well pictures and texts belong together, and what they are worth as vectors.
#pragma once
#include <torch/types.h>

#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/model/texts.h"
#include "albef/text/caption.h"

namespace albef {

struct MatchOptions {
  bool itm = true;  ///< false: features alone, without fusion
  int64_t batch_size = 32, loader_threads = 2;
  ComputeOptions compute = {};
};

/// Of N texts, each about one picture; on the host.
struct Matches {
  torch::Tensor similarity;   ///< [N] float32, cosine of the features that ITC compares, no temperature (paper §3.2)
  torch::Tensor probability;  ///< [N] float32 of ITM's class "match"; undefined without ITM
};

/// The same of texts on the device about I pictures, of which the image encoder made `image_tokens` [I, P, D];
/// `image_of` [N] int64. Gradients and autocast are the caller's.
Matches match_tokens(Albef& model, Encoders& encoders, const torch::Tensor& image_tokens, const torch::Tensor& image_of,
                     const TextTokens& texts, bool itm);

/// `encoders`: model->online or ->momentum; the model is in eval mode. A picture that several texts in a row are about
/// is encoded once a batch. Error naming a picture that cannot be read.
Matches match(Albef& model, Encoders& encoders, const LabelledList& list, const CaptionEncoder& encoder,
              Pictures& pictures, const MatchOptions& options, torch::Device device);

/// Image features [N, E] float32 of these pictures, rows of length 1, on the host. Error likewise.
torch::Tensor image_features(Encoders& encoders, const std::vector<std::string>& paths, Pictures& pictures,
                             const MatchOptions& options, torch::Device device);

/// Of classes' names the features [C, E] float32 that a picture is compared with: the mean of the features of the
/// name's sentences, of length 1 again (Radford et al. 2021, prompt ensembling). `templates` hold {} where the name
/// goes. Error for one that does not.
torch::Tensor class_features(Encoders& encoders, const std::vector<std::string>& names,
                             const std::vector<std::string>& templates, const CaptionEncoder& encoder,
                             const MatchOptions& options, torch::Device device);

}  // namespace albef
