#include "albef/train/parts.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

// Names of which some begin alike, one within another part, and a momentum copy.
struct PartsImpl : torch::nn::Module {
  PartsImpl() {
    for (const char* name : {"encoder", "encoder_m", "encoder2"}) register_module(name, torch::nn::Linear(2, 2));
    register_module("text", torch::nn::Sequential(torch::nn::Linear(2, 2), torch::nn::Linear(2, 2)));
    register_parameter("temp", torch::ones({}));
    for (auto& parameter : named_children()["encoder_m"]->parameters()) parameter.set_requires_grad(false);
  }
  std::vector<std::string> trained() const {
    std::vector<std::string> names;
    for (const auto& item : named_parameters()) {
      if (item.value().requires_grad()) names.push_back(item.key());
    }
    return names;
  }
};
TORCH_MODULE(Parts);

std::string complaint_about(const PartOptions& options) {
  Parts model;
  return complaint<Error>([&] { freeze(*model, options); });
}

TEST(Freeze, TakesTheGradientFromWholePartsOnly) {
  Parts model;
  freeze(*model, {.freeze = {"encoder", "text.1", "temp"}});
  EXPECT_EQ(model->trained(),
            (std::vector<std::string>{"encoder2.weight", "encoder2.bias", "text.0.weight", "text.0.bias"}));
  Parts single;
  freeze(*single, {.freeze = {"encoder2.bias", "encoder2", "text"}});
  EXPECT_EQ(single->trained(), (std::vector<std::string>{"temp", "encoder.weight", "encoder.bias"}));
  Parts all;
  freeze(*all, {});
  EXPECT_EQ(all->trained().size(), 9U);
}

TEST(Freeze, NamesThePartsThatThereAre) {
  const std::string there =
      "is no part that is trained; expected one of temp, encoder, encoder2, text, or a longer beginning of a "
      "parameter's name (albef inspect CHECKPOINT lists them)";
  EXPECT_EQ(complaint_about({.freeze = {"encoder", "encode"}}), "freeze: 'encode' " + there);
  EXPECT_EQ(complaint_about({.lr_factor = {{"encoder", 2}, {"head", 2}}}), "lr_factor: 'head' " + there);
  for (const char* part : {"encoder_m", "encoder.", "", "text.2", "encoder.weight.x"})
    EXPECT_EQ(complaint_about({.freeze = {part}}), "freeze: '" + std::string(part) + "' " + there);
}

TEST(Freeze, RefusesARateForWhatIsFrozenAndToFreezeAll) {
  EXPECT_EQ(complaint_about({.freeze = {"encoder"}, .lr_factor = {{"encoder.bias", 2}}})
                .find("lr_factor: 'encoder.bias' is no part that is trained; expected one of temp, encoder2, text, or"),
            0U);
  EXPECT_EQ(complaint_about({.freeze = {"encoder", "encoder2", "text", "temp"}}),
            "freeze: nothing is left to train; leave out one of temp, encoder, encoder2, text");
}

TEST(LrFactor, IsThatOfTheLongestNameThatFits) {
  const NumberMap factors = {{"text", 0.1}, {"text.0", 2}, {"text.0.weight", 3}, {"encoder", 0}};
  EXPECT_EQ(lr_factor("text.0.weight", factors), 3);
  EXPECT_EQ(lr_factor("text.0.bias", factors), 2);
  EXPECT_EQ(lr_factor("text.01.bias", factors), 0.1);
  EXPECT_EQ(lr_factor("encoder.bias", factors), 0);
  EXPECT_EQ(lr_factor("encoder2.bias", factors), 1);
  EXPECT_EQ(lr_factor("encoder.bias", {}), 1);
}

}  // namespace
}  // namespace albef
