// Heat over a picture, as the authors' notebook shows Grad-CAM.
#pragma once
#include <torch/types.h>

#include "albef/image/image.h"

namespace albef {

/// `map` [rows, columns], any floating type, covers the whole picture. It is brought to 0 to 1, enlarged by Keys' cubic
/// with edges repeated, smoothed (Gaussian, sigma 2 % of the longer side), brought to 0 to 1 again, and coloured from
/// blue (cold) over green and yellow to red (matplotlib's "jet"); the picture shows through where it is cold: colour
/// and picture mix as heat^0.7. The authors let the enlarged map fade towards 0 at the picture's edges; here it does
/// not. A map of equal values leaves the picture as it is.
Image heat_overlay(const Image& picture, const torch::Tensor& map);

}  // namespace albef
