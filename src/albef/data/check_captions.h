// The part of a data set's check that reads captions.
#pragma once
#include "albef/data/lists_to_check.h"

namespace albef {

/// Fills in check.captions and the captions of check.overlap. The result does not depend on the number of threads.
void check_captions(const ListsToCheck& lists, const DataCheckOptions& options, DataCheck& check);

}  // namespace albef
