#include "albef/tasks/nlvr/model.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/tasks/common/layer_names.h"

namespace albef {

void double_fusion_layers(Weights& weights, const BertOptions& bert) {
  int64_t layers = 0;
  for (const auto& [name, tensor] : weights.tensors) {
    if (const auto number = layer_number(name)) layers = std::max(layers, *number + 1);
  }
  if (layers != bert.num_hidden_layers) return;  // doubled already; what fits neither, the loader names
  TensorMap doubled;
  for (const auto& [name, tensor] : weights.tensors) {
    const auto number = layer_number(name);
    if (!number || *number < bert.fusion_layer) {
      doubled.emplace(name, tensor);
      continue;
    }
    for (const int64_t image : {0, 1}) {
      const int64_t layer = bert.fusion_layer + 2 * (*number - bert.fusion_layer) + image;
      doubled.emplace(with_layer_number(name, layer), tensor);
    }
  }
  weights.tensors = std::move(doubled);
  weights.note +=
      str(weights.note.empty() ? "" : "; ", "layers ", bert.fusion_layer, " to ", layers - 1, " written twice");
}

}  // namespace albef
