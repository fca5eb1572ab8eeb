// What a check of data found, as one HTML page that needs nothing beside itself.
#pragma once
#include <string>

#include "albef/data/data_check.h"

namespace albef {

/// Pictures that are shown are read once more, by `check.bytes`; those that cannot be are left out.
std::string data_page(const DataCheck& check);

}  // namespace albef
