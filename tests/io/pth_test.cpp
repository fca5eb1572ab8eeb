#include "albef/io/pth.h"

#include <torch/torch.h>

#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

void expect_described(const torch::Tensor& tensor, const Json& want, const std::string& name) {
  ASSERT_EQ(tensor.sizes().vec(), want.at("shape").get<std::vector<int64_t>>()) << name;
  const auto values = tensor.to(torch::kDouble).flatten();
  const double sum = (values * torch::arange(1, values.numel() + 1, torch::kDouble)).sum().item<double>();
  EXPECT_NEAR(sum, want.at("sum").get<double>(), 1e-9 * std::max(1.0, std::abs(sum))) << name;
}

/// What only JSON cannot tell apart may differ: tuples are lists.
void expect_same(const OrderedJson& got, const Json& want) {
  EXPECT_EQ(Json::parse(got.dump()), want);
}

TEST(Pth, ReadsEveryGoldenAsPythonDoes) {
  const Json expected = read_json(fs::path(ALBEF_TEST_DATA) / "io" / "pth_expected.json");
  ASSERT_GE(expected.size(), 10u);
  for (const auto& [file, want] : expected.items()) {
    const PthValue value = read_pth(kGoldens / file);
    const auto* dict = value.get_if<PthValue::Dict>();
    ASSERT_TRUE(dict) << file;
    ASSERT_EQ(dict->size(), want.at("keys").size()) << file;
    for (size_t i = 0; i < dict->size(); ++i)
      EXPECT_EQ(*(*dict)[i].first.get_if<std::string>(), want.at("keys")[i].get<std::string>());
    expect_same(to_json(*value.find("config")), want.at("config"));
    const TensorMap state = state_dict_of(value, file);
    EXPECT_EQ(state.size(), want.at("tensors").get<size_t>()) << file;
    for (const auto& [name, described] : want.at("some").items())
      expect_described(state.at(name), described, file + " " + name);
  }
}

TEST(Pth, ReadsAnOptimisersState) {
  const Json want =
      read_json(fs::path(ALBEF_TEST_DATA) / "io" / "pth_expected.json").at("pretrain_resume.pth").at("optimizer");
  const PthValue value = read_pth(kGoldens / "pretrain_resume.pth");
  const auto* states = value.find("optimizer")->find("state")->get_if<PthValue::Dict>();
  ASSERT_TRUE(states);
  EXPECT_EQ(states->size(), want.at("states").get<size_t>());
  const auto& [number, last] = states->back();
  EXPECT_EQ(*number.get_if<int64_t>(), want.at("last").get<int64_t>());
  EXPECT_EQ(last.find("step")->get_if<torch::Tensor>()->item<double>(), want.at("step").get<double>());
  expect_described(*last.find("exp_avg_sq")->get_if<torch::Tensor>(), want.at("exp_avg_sq"), "exp_avg_sq");
  const auto* groups = value.find("optimizer")->find("param_groups")->get_if<PthValue::List>();
  ASSERT_TRUE(groups);
  EXPECT_EQ(*groups->at(0).find("lr")->get_if<double>(), want.at("lr").get<double>());
}

class PthProtocol : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, PthProtocol, ::testing::Values(2, 3, 4, 5));

TEST_P(PthProtocol, GivesTensorsOfEveryKind) {
  const std::string file = str("protocol", GetParam(), ".pth");
  const TensorMap state = state_dict_of(read_pth(kSamples / file), file);
  const auto base = torch::arange(12, torch::kFloat).view({3, 4});
  EXPECT_EQ(state.size(), 15u);
  EXPECT_TRUE(torch::equal(state.at("matrix"), base));
  EXPECT_TRUE(torch::equal(state.at("transposed"), base.t()));
  EXPECT_TRUE(torch::equal(state.at("tail"), base.flatten().narrow(0, 8, 4)));
  EXPECT_TRUE(state.at("matrix").is_alias_of(state.at("tail")));
  EXPECT_EQ(state.at("scalar").dim(), 0);
  EXPECT_EQ(state.at("empty").sizes(), torch::IntArrayRef({0, 5}));
  EXPECT_TRUE(torch::equal(state.at("parameter"), torch::tensor({1.5f, -2.5f})));
  EXPECT_FALSE(state.at("parameter").requires_grad());
  EXPECT_EQ(state.at("half")[1].item<float>(), 65504.0f);
  EXPECT_EQ(state.at("bfloat16")[1].item<float>(), 3.0f);
  EXPECT_EQ(state.at("double").item<double>(), 1e300);
  EXPECT_EQ(state.at("long").item<int64_t>(), -(int64_t{1} << 62));
  EXPECT_EQ(state.at("int").item<int>(), -7);
  EXPECT_EQ(state.at("short").item<int>(), -300);
  EXPECT_EQ(state.at("char").item<int>(), -100);
  EXPECT_EQ(state.at("byte").item<int>(), 200);
  EXPECT_TRUE(torch::equal(state.at("bool"), torch::tensor({true, false})));
}

TEST_P(PthProtocol, GivesPlainValues) {
  const PthValue config = *read_pth(kSamples / str("protocol", GetParam(), ".pth")).find("config");
  Json want = parse_json(R"({"numbers": [0, 255, 256, 65535, 65536, -1, -2147483648, 2147483648, 1099511627776,
      -1099511627776, -9223372036854775808, 9223372036854775807, 1e-4, -2.5], "nothing": null, "flags": [true, false],
      "nested": {"list": [[], [1, [2]], {}], "7": "seven"}, "size": [2, 3], "device": "cpu"})",
                         "expected");
  want["text"] = "naïve ☃ " + std::string(300, 'x');
  if (GetParam() >= 4) {
    want["set"] = {1};
    want["frozen"] = {2};
  }
  expect_same(to_json(config), want);
}

TEST(Pth, RefusesCodeByName) {
  const std::string message = error_of([] { read_pth(kSamples / "with_code.pth"); });
  EXPECT_NE(message.find("pathlib.PurePosixPath"), std::string::npos) << message;
  EXPECT_NE(message.find("with_code.pth"), std::string::npos) << message;
}

TEST(Pth, TellsOtherFormatsApart) {
  EXPECT_NE(error_of([] { read_pth(kSamples / "legacy.pth"); }).find("save it again"), std::string::npos);
  const TemporaryFolder folder;
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  write(folder / "tar.pth", tar);
  EXPECT_NE(error_of([&] { read_pth(folder / "tar.pth"); }).find("tar"), std::string::npos);
  for (const std::string& other : {std::string(), std::string("hello"), std::string("PK"), zip_of({{"a/b", "c"}})}) {
    write(folder / "other.pth", other);
    error_of([&] { read_pth(folder / "other.pth"); });
  }
  error_of([&] { read_pth(folder / "missing.pth"); });
  error_of([&] { read_pth(folder.path()); });
}

TEST(Pth, AStateDictMayBeBareOrWrapped) {
  const auto tensor = PthValue{torch::ones({2})};
  const PthValue bare{PthValue::Dict{{PthValue{std::string("w")}, tensor}}};
  const PthValue model{PthValue::Dict{{PthValue{std::string("model")}, bare}}};
  const PthValue state_dict{PthValue::Dict{{PthValue{std::string("epoch")}, PthValue{int64_t{3}}},
                                           {PthValue{std::string("state_dict")}, bare}}};
  for (const PthValue& value : {bare, model, state_dict}) EXPECT_EQ(state_dict_of(value, "x").count("w"), 1u);
  for (const PthValue& value : {tensor, PthValue{}, PthValue{PthValue::Dict{}}, *state_dict.find("epoch"),
                                PthValue{PthValue::Dict{{PthValue{std::string("epoch")}, PthValue{int64_t{3}}}}}}) {
    error_of([&] { state_dict_of(value, "x"); });
  }
}

}  // namespace
}  // namespace albef
