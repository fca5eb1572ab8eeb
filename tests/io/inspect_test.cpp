#include "albef/io/inspect.h"

#include <torch/torch.h>

#include <fstream>

#include "albef/io/checkpoint.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

TEST(Inspect, ListsAPthWithItsConfiguration) {
  const auto listings = inspect(kGoldens / "pretrain_resume.pth");
  ASSERT_EQ(listings.size(), 1u);
  const auto& tensors = listings[0].tensors;
  const auto temp =
      std::find_if(tensors.begin(), tensors.end(), [](const TensorLine& t) { return t.name == "model.temp"; });
  ASSERT_NE(temp, tensors.end());
  EXPECT_EQ(temp->dtype, "F32");
  EXPECT_EQ(temp->bytes, 4);
  EXPECT_TRUE(std::any_of(tensors.begin(), tensors.end(),
                          [](const TensorLine& t) { return t.name == "optimizer.state.0.exp_avg"; }));
  EXPECT_EQ(listings[0].details.at("config").at("embed_dim"), 16);
  EXPECT_FALSE(listings[0].details.contains("model")) << "tensors alone leave nothing to tell";
}

TEST(Inspect, ListsEveryFileOfACheckpoint) {
  const auto listings = inspect(kSamples / "checkpoint_v1");
  ASSERT_EQ(listings.size(), 3u);
  const OrderedJson json = to_json(listings);
  EXPECT_EQ(json.at("files")[0].at("tensors")[1].at("name"), "w");
  EXPECT_EQ(json.at("files")[0].at("tensors")[1].at("shape"), OrderedJson({2, 3}));
  EXPECT_EQ(json.at("files")[0].at("elements"), 7);
  EXPECT_EQ(json.at("files")[0].at("bytes"), 32);
  EXPECT_EQ(json.at("files")[2].at("details").at("state").at("config").at("lr"), 1e-4);
}

TEST(Inspect, TextHasALineForEachTensorAndTheTotals) {
  const std::string text = to_text(inspect(kSamples / "python.safetensors"));
  EXPECT_NE(text.find("transposed  F32   [4, 3]  48\n"), std::string::npos) << text;
  EXPECT_NE(text.find("15 tensors, "), std::string::npos) << text;
  EXPECT_NE(text.find("naïve"), std::string::npos) << text;
}

TEST(Inspect, ListsOfNumbersStandOnOneLine) {
  const std::string text =
      to_text({{"x", {}, {{"ids", {1, 2, 3}}, {"nested", {{"a", {{1}, {2}}}}}, {"none", OrderedJson::object()}}}});
  EXPECT_NE(text.find("\"ids\": [1, 2, 3]"), std::string::npos) << text;
  EXPECT_NE(text.find("\"none\": {}"), std::string::npos) << text;
}

TEST(Inspect, ANameThatIsNotUtf8CanBeWrittenAsJson) {
  const TemporaryFolder folder;
  fs::copy_file(kSamples / "python.safetensors", folder / "na\xefve.safetensors");
  EXPECT_NE(to_json(inspect(folder / "na\xefve.safetensors")).dump().find("ve.safetensors"), std::string::npos);
}

TEST(Inspect, NumbersThatOnlyPythonWritesAreAnErrorThatNamesTheFile) {
  const TemporaryFolder folder;
  for (const std::string number : {"NaN", "-Infinity", "1e999"}) {
    std::ofstream(folder / "config.json") << "{\"eps\": " << number << "}";
    const std::string message = error_of([&] { inspect(folder / "config.json"); });
    EXPECT_NE(message.find("config.json: not valid JSON: "), std::string::npos) << message;
  }
}

TEST(Inspect, OtherFilesAreErrors) {
  error_of([] { inspect(fs::path(ALBEF_TEST_DATA) / "CMakeLists.txt"); });
  error_of([] { inspect(kGoldens); });
  error_of([] { inspect("/nowhere"); });
}

}  // namespace
}  // namespace albef
