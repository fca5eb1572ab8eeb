// Reading a golden of the model: settings, weights, steps.
#pragma once
#include <filesystem>

#include "albef/io/safetensors.h"
#include "albef/tasks/common/objectives.h"
#include "albef/train/adamw.h"
#include "albef/verify/verify.h"

namespace albef::verify {

/// A golden and the model that it began from.
struct ModelGolden {
  std::string name;  ///< of the file, without its folder
  TensorFile file;
  Albef model{nullptr};
  double lr = 0, weight_decay = 0;
  int64_t steps = 0;

  const torch::Tensor& at(const std::string& key) const;  ///< Error if the file has none of that name
  bool has(const std::string& key) const { return file.tensors.contains(key); }
};

/// Sizes from the metadata and the shapes in the .pth of the same name beside it.
ModelGolden read_model_golden(const std::filesystem::path& path);

/// Ids and lengths of `prefix`attention_mask and `ids_key`, as ObjectiveInput has them.
void read_texts(const ModelGolden& golden, const std::string& prefix, ObjectiveInput& input);

/// Negatives that the golden drew.
ChooseNegatives recorded_negatives(const ModelGolden& golden, const std::string& prefix);

/// All gradients under `prefix`, which must be exactly those of our parameters.
Check check_gradients(const ModelGolden& golden, const std::string& prefix);

/// The state under after.*; `extra`: tensors that we hold outside the model.
Check check_state(const ModelGolden& golden, const std::map<std::string, torch::Tensor>& extra);

/// Name in our model of a name in the authors' state: `bert.` is optional, the decoder is tied.
std::string our_name(std::string name);

}  // namespace albef::verify
