// Numbers of BERT's layers in names of weights, for tasks that put a pretrained layer to another place.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace albef {

/// 8 of "text_encoder.bert.encoder.layer.8.output.dense.weight"; nothing where no layer is named.
std::optional<int64_t> layer_number(const std::string& name);

/// The same name with another number. Throws c10::Error where no layer is named.
std::string with_layer_number(const std::string& name, int64_t number);

}  // namespace albef
