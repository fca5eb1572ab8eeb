// Reading a golden of the model: settings, weights, steps.
#pragma once
#include <filesystem>

#include "albef/io/safetensors.h"
#include "albef/model/albef.h"
#include "albef/tasks/common/masking.h"
#include "albef/tasks/common/negatives.h"
#include "albef/verify/verify.h"

namespace albef::verify {

/// A golden and the model that it began from.
struct ModelGolden {
  std::string name;  ///< of the file, without its folder
  TensorFile file;
  Albef model{nullptr};
  double lr = 0, weight_decay = 0, momentum = 0;
  int64_t steps = 0;

  const torch::Tensor& at(const std::string& key) const;  ///< Error if the file has none of that name
  bool has(const std::string& key) const { return file.tensors.contains(key); }
};

/// Sizes from the metadata and the shapes in the .pth of the same name beside it.
ModelGolden read_model_golden(const std::filesystem::path& path);

/// The elements of an int64 tensor in their order.
std::vector<int64_t> numbers(const torch::Tensor& tensor);

/// Pixels and texts of the step under `prefix`, and the images' ids where it has them (else each pair its own).
PairBatch recorded_batch(const ModelGolden& golden, const std::string& prefix);

/// What the golden drew in that step.
MaskedTexts recorded_masks(const ModelGolden& golden, const std::string& prefix);
ChooseNegatives recorded_negatives(const ModelGolden& golden, const std::string& prefix);

/// All gradients under `prefix`, which must be exactly those of our parameters.
Check check_gradients(const ModelGolden& golden, const std::string& prefix);

/// The state under after.*
Check check_state(const ModelGolden& golden);

/// Name in our model of a name in the authors' state: `bert.` is optional, the decoder is tied.
std::string our_name(std::string name);

}  // namespace albef::verify
