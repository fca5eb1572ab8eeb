// Grounding of a list of phrases: a heat map each, the box that it points to, and whether that is right (paper §5).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "albef/data/grounding_truth.h"
#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/tasks/grounding/boxes.h"
#include "albef/text/caption.h"

namespace albef {

struct HeatOptions {
  bool itc = false;         ///< by the image encoder and ITC instead of cross-attention and ITM (model/gradcam.h)
  int64_t layer = -1;       ///< counted in the whole stack; -1: the authors', 8 of 12
  int64_t batch_size = 64;  ///< phrases at once
  int64_t loader_threads = 2;
  ComputeOptions compute = {};
};

/// The layer that the options mean. Error if the model has no such layer with what they ask for.
int64_t heat_layer(Encoders& encoders, const HeatOptions& options);

/// Heat maps [N, G, G] float32 on the host, in the list's order. Each picture is encoded once for the phrases of a
/// batch. `encoders`: model->online or model->momentum (the ITM head has no copy); the model must be in eval mode.
torch::Tensor heat_maps(Albef& model, Encoders& encoders, const LabelledList& list, const CaptionEncoder& encoder,
                        Pictures& pictures, const HeatOptions& options, torch::Device device);

struct BoxOptions {
  double threshold = kBoxThreshold;  ///< see HeatMap::hottest
  double area_exponent = 0.5;        ///< see box_score
  /// Where no proposal has a positive score, take the answer to the phrase before, as the authors; else the best.
  bool authors_fallback = false;
};

/// What was found for one phrase.
struct Grounded {
  Box answer;  ///< the best proposal; without proposals hottest.around
  HeatMap::Hottest hottest;
};

/// For each phrase of the list, in its order. `heat` as heat_maps() gives it.
std::vector<Grounded> find_boxes(const torch::Tensor& heat, const LabelledList& list, const GroundingTruth& truth,
                                 const BoxOptions& options);

/// Of phrase n, 0 to 1 each: `accuracy` of the answer; again by its split, as the authors name it (accuracy_val_d, with
/// proposals), and by its type (type_people); `pointing`, whether the hottest point lies in the box; with proposals
/// also `heat_box`, the accuracy without. And what needs no model: `random_proposal` (the share of the proposals that
/// are right), `largest_proposal`, `whole_picture`, `centre_box` (the middle half of either side), `centre_pointing`,
/// `random_pointing` (the box's share of the picture).
std::map<std::string, double> grounding_scores(const Grounded& found, const LabelledList& list,
                                               const GroundingTruth& truth, size_t n);

/// Pairs of a score and of what it is compared with, of those that grounding_scores() gives.
std::vector<std::pair<std::string, std::string>> grounding_baselines(bool proposals);

}  // namespace albef
