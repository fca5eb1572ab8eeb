// The part of a data set's check that reads pictures.
#pragma once
#include "albef/data/lists_to_check.h"

namespace albef {

/// A picture's name, where it stands first; `train` and `test`: in which lists it is.
struct NamedPicture {
  uint64_t record = 0;
  bool train = false, test = false;
};

/// Those of different names, in the order of their first records.
std::vector<NamedPicture> named_pictures(const ListsToCheck& lists);

/// Fills in what DataCheck says of pictures' names, and what is to be found by reading them.
void count_pictures(const ListsToCheck& lists, const std::vector<NamedPicture>& pictures, DataCheck& check);
void check_pictures(const ListsToCheck& lists, const std::vector<NamedPicture>& pictures,
                    const DataCheckOptions& options, BadSamples& bad, DataCheck& check);

}  // namespace albef
