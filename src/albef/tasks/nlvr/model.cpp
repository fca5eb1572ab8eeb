#include "albef/tasks/nlvr/model.h"

#include <algorithm>
#include <optional>

#include "albef/base/error.h"

namespace albef {
namespace {

constexpr std::string_view kLayer = "encoder.layer.";

// Where in the name a BERT layer's number stands, and the number.
struct LayerNumber {
  size_t begin, end;
  int64_t value;
};

std::optional<LayerNumber> layer_number(const std::string& name) {
  const size_t at = name.find(kLayer);
  if (at == std::string::npos) return {};
  const size_t begin = at + kLayer.size(), end = name.find('.', begin);
  const auto digits = name.substr(begin, end == std::string::npos ? end : end - begin);
  const bool is_number =
      !digits.empty() && digits.size() < 7 && digits.find_first_not_of("0123456789") == std::string::npos;
  if (end == std::string::npos || !is_number) return {};
  return LayerNumber{begin, end, std::stoll(digits)};
}

}  // namespace

void double_fusion_layers(Weights& weights, const BertOptions& bert) {
  int64_t layers = 0;
  for (const auto& [name, tensor] : weights.tensors) {
    if (const auto number = layer_number(name)) layers = std::max(layers, number->value + 1);
  }
  if (layers != bert.num_hidden_layers) return;  // doubled already; what fits neither, the loader names
  TensorMap doubled;
  for (const auto& [name, tensor] : weights.tensors) {
    const auto number = layer_number(name);
    if (!number || number->value < bert.fusion_layer) {
      doubled.emplace(name, tensor);
      continue;
    }
    for (const int64_t image : {0, 1}) {
      auto twice = name;
      const int64_t layer = bert.fusion_layer + 2 * (number->value - bert.fusion_layer) + image;
      doubled.emplace(twice.replace(number->begin, number->end - number->begin, std::to_string(layer)), tensor);
    }
  }
  weights.tensors = std::move(doubled);
  weights.note +=
      str(weights.note.empty() ? "" : "; ", "layers ", bert.fusion_layer, " to ", layers - 1, " written twice");
}

}  // namespace albef
