// What `albef data check` found, as JSON and as text.
#pragma once
#include <string>

#include "albef/base/json.h"
#include "albef/data/data_check.h"

namespace albef::cli {

OrderedJson data_check_json(const DataCheck& check);

std::string data_check_text(const DataCheck& check);  ///< lines of a name and a value; warnings are the last

}  // namespace albef::cli
