// Reading a golden of the model: settings, weights, steps.
#pragma once
#include <filesystem>

#include "albef/base/json.h"
#include "albef/io/safetensors.h"
#include "albef/model/albef.h"
#include "albef/tasks/common/masking.h"
#include "albef/tasks/common/negatives.h"
#include "albef/verify/verify.h"

namespace albef::verify {

/// A golden of model/ and what its metadata say.
struct GoldenFile {
  std::string name;                    ///< of the file, without its folder
  std::filesystem::path weights_path;  ///< the .pth beside it: of the same name, or the one that it says
  TensorFile file;
  Json config, bert;  ///< the task's settings and BERT's sizes

  const torch::Tensor& at(const std::string& key) const;  ///< Error if the file has none of that name
  bool has(const std::string& key) const { return file.tensors.contains(key); }
};

GoldenFile read_golden_file(const std::filesystem::path& path);

/// Sizes from the golden's metadata and the shapes of its weights.
VitOptions golden_vit(const GoldenFile& golden, const TensorMap& weights);
BertOptions golden_bert(const GoldenFile& golden, const TensorMap& weights);

/// The ALBEF of its weights.
Albef golden_albef(const GoldenFile& golden);

/// A golden and the ALBEF that it began from.
struct ModelGolden : GoldenFile {
  Albef model{nullptr};
  double lr = 0, weight_decay = 0, momentum = 0;
  int64_t steps = 0;
};

ModelGolden read_model_golden(const std::filesystem::path& path);

/// The elements of an int64 tensor in their order.
std::vector<int64_t> numbers(const torch::Tensor& tensor);

/// Texts of the step under `prefix`.
TextBatch recorded_texts(const GoldenFile& golden, const std::string& prefix);

/// Pixels and texts of the step under `prefix`, and the images' ids where it has them (else each pair its own).
PairBatch recorded_batch(const ModelGolden& golden, const std::string& prefix);

/// What the golden drew in that step.
MaskedTexts recorded_masks(const ModelGolden& golden, const std::string& prefix);
ChooseNegatives recorded_negatives(const ModelGolden& golden, const std::string& prefix);

/// All gradients under `prefix`, which must be exactly those of our parameters; a parameter of two names counts once.
Check check_gradients(const GoldenFile& golden, const torch::nn::Module& model, const std::string& prefix);

/// The state under after.*
Check check_state(const ModelGolden& golden);

}  // namespace albef::verify
