// Names that other programs give to ALBEF's weights, turned into the authors'.
#pragma once
#include "albef/io/weights.h"

namespace albef {

/// TorchMultimodal's ALBEFModel and ALBEFModelWithSimilarity: renamed, the multimodal layers counted on from the text
/// encoder's, and the note says so. Any other weights stay as they are. Throws Error if two names become one.
void translate_dialect(Weights& weights);

}  // namespace albef
