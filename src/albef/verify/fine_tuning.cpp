// One forward and backward pass of the classifiers and of text assignment, then the classifiers' answers.
#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/io/weights.h"
#include "albef/tasks/common/classifier_step.h"
#include "albef/tasks/nlvr/text_assignment.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

LabelledBatch recorded_labelled(const GoldenFile& golden) {
  return {.pixels = golden.at("image"), .texts = recorded_texts(golden, ""), .labels = numbers(golden.at("targets"))};
}

// How many pictures a sentence is about, by the shapes.
int64_t pictures_of(const GoldenFile& golden) {
  return golden.at("image").size(0) / golden.at("input_ids").size(0);
}

Check loss_check(const GoldenFile& golden, const torch::Tensor& loss) {
  auto check = compare("loss", loss, golden.at("loss"), {});
  check.name = golden.name + " loss";
  return check;
}

Check answers_check(const GoldenFile& golden, Classifier& model, const LabelledBatch& batch) {
  const torch::NoGradGuard no_grad;
  model->eval();
  const auto texts = make_texts(batch.texts, /*packed=*/false, torch::kCPU);
  const auto tokens = model->online.vision(batch.pixels).chunk(model->options().text.images_per_text);
  auto check = compare("answers", model->online.logits(tokens, {}, texts), golden.at("eval.prediction"), {});
  check.name = golden.name + " evaluation outputs";
  return check;
}

}  // namespace

Checks verify_classifier(const fs::path& file) {
  const auto golden = read_golden_file(file);
  const auto weights = read_weights(golden.weights_path);
  const int64_t pictures = pictures_of(golden);
  const bool distill = golden.config.value("distill", true);
  ClassifierOptions options = {.vision = golden_vit(golden, weights.tensors),
                               .text = golden_bert(golden, weights.tensors),
                               .classes = golden.at("eval.prediction").size(1),
                               .momentum_model = distill};
  options.text.images_per_text = pictures;
  Classifier model(options);
  model->initialise(0);
  load_authors(*model, weights, {.allow = distill ? std::vector<std::string>() : kMomentumParts});
  const auto batch = recorded_labelled(golden);
  model->train();
  const auto loss = classifier_step(model, batch,
                                    {.alpha = distill ? golden.at("alpha").item<double>() : 0,
                                     .momentum = golden.config.value("momentum", 0.995)})
                        .loss;
  loss.backward();
  Checks checks = {loss_check(golden, loss), check_gradients(golden, *model, "grad.")};
  checks.push_back(answers_check(golden, model, batch));
  return checks;
}

Checks verify_text_assignment(const fs::path& file) {
  const auto golden = read_golden_file(file);
  const auto weights = read_weights(golden.weights_path);
  TextAssignerOptions options = {.vision = golden_vit(golden, weights.tensors),
                                 .text = golden_bert(golden, weights.tensors),
                                 .embed_dim = weights.tensors.at("vision_proj.weight").size(0)};
  options.text.images_per_text = 2;
  TextAssigner model(options);
  model->initialise(0);
  load_authors(*model, weights);
  model->train();
  const Assignments recorded = {golden.at("first_image_index"), golden.at("second_image_index"), golden.at("targets")};
  const PairBatch batch = {
      .pixels = golden.at("image"), .texts = recorded_texts(golden, ""), .image_ids = {}, .samples = {}};
  const auto loss = text_assignment_step(model, batch, [&](const torch::Tensor&) { return recorded; }, {}).loss;
  loss.backward();
  return {loss_check(golden, loss), check_gradients(golden, *model, "grad.")};
}

}  // namespace albef::verify
