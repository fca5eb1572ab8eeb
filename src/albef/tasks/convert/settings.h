// The settings of a model that somebody else saved: sizes are read off the weights.
#pragma once
#include "albef/tasks/convert/source.h"

namespace albef {

/// All settings of the source's task as YAML text, as a checkpoint of ours keeps them. What the weights tell (widths,
/// depths, picture and patch size, vocabulary, positions, queue) is theirs, and a warning says where `config` (a file
/// of settings; "": none) says otherwise. The rest is that of `config`, of the configuration in the file, or the task's
/// default; attention heads: a 64th of the width. Error naming what cannot be told.
std::string settings_text(const Source& source, const std::string& config);

}  // namespace albef
