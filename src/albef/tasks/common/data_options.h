// The settings of `albef pretrain` as the data layer takes them.
#pragma once
#include "albef/tasks/common/pair_data.h"
#include "albef/tasks/pretrain/settings.h"

namespace albef {

/// `train`: augmented and any caption of a record; else as the held-out losses are computed.
PairOptions pair_options(const PretrainSettings& settings, bool train);

/// `train`: shuffled; else in order, every pair, and an unusable one is an Error.
LoaderOptions loader_options(const PretrainSettings& settings, bool train);

PictureOptions picture_options(const PretrainSettings& settings);

}  // namespace albef
