// Weights between two models: WiSE-FT (Wortsman et al., CVPR 2022, arXiv 2109.01903).
#pragma once
#include <string>
#include <vector>

#include "albef/tasks/convert/source.h"

namespace albef {

struct BlendReport {
  size_t blended = 0, kept = 0;
  std::vector<std::string> alone;    ///< heads and momentum parts that one of the two lacks or has in another shape
  std::vector<std::string> resized;  ///< position tables of the other
};

/// Each weight of `source` becomes share * its own + (1 - share) * that of `other`, computed in float64 and stored in
/// its own type; the optimiser's state is dropped. Queues and counters stay, and heads that `other` does not have in
/// this shape; position tables of `other` are resized. Error naming the tensors of the encoders that only one of the
/// two has, or in another shape.
BlendReport blend(Source& source, const Source& other, double share);

}  // namespace albef
