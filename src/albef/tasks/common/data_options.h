// Settings as the data layer takes them.
#pragma once
#include "albef/tasks/common/pair_data.h"
#include "albef/tasks/common/settings.h"

namespace albef {

/// `train`: augmented and any caption of a record; else as the held-out losses are computed.
PairOptions pair_options(const CommonSettings& settings, bool train);

/// `train`: shuffled; else in order, every pair, and an unusable one is an Error.
LoaderOptions loader_options(const CommonSettings& settings, bool train);

PictureOptions picture_options(const DataSettings& settings);

}  // namespace albef
