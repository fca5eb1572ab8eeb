#include "albef/io/weight_files.h"

#include <torch/torch.h>

#include "albef/io/inspect.h"
#include "albef/io/safetensors.h"
#include "albef/io/weights.h"
#include "albef/io/zip.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

const char kIndex[] = "model.safetensors.index.json";

void expect_error(const fs::path& path, const std::vector<std::string>& parts) {
  const std::string message = error_of([&] { read_weights(path); });
  for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
}

TEST(ReadWeights, TellsFilesApartByContent) {
  const TemporaryFolder folder;
  const TensorMap tensors{{"w", torch::ones(2)}};
  write_safetensors(folder / "model.safetensors", tensors);
  fs::copy_file(folder / "model.safetensors", folder / "misnamed.pth");
  fs::copy_file(kGoldens / "ve.pth", folder / "misnamed.safetensors");
  expect_equal(read_weights(folder.path()).tensors, tensors);
  expect_equal(read_weights(folder / "misnamed.pth").tensors, tensors);
  EXPECT_EQ(read_weights(folder / "misnamed.safetensors").tensors.size(),
            read_weights(kGoldens / "ve.pth").tensors.size());
  write(folder / "empty", "");
  error_of([&] { read_weights(folder / "empty"); });
  error_of([&] { read_weights(folder / "missing"); });
  error_of([&] { read_weights(kGoldens); });
}

TEST(ReadWeights, TakesTheModelOfAFileThatHoldsATrainingsState) {
  const Weights weights = read_weights(kGoldens / "pretrain_resume.pth");
  EXPECT_EQ(weights.tensors.size(), read_weights(kGoldens / "pretrain.pth").tensors.size());
  EXPECT_TRUE(weights.tensors.contains("itm_head.weight"));
}

/// An archive of torch.save, whose tensors' names all begin with `prefix`.
std::string with_prefix(const fs::path& archive, const std::string& prefix) {
  const auto pickled = [](const std::string& text) {
    return "X" + std::string(1, static_cast<char>(text.size())) + std::string(3, '\0') + text;
  };
  const TensorMap tensors = read_weights(archive).tensors;
  std::vector<std::pair<std::string, std::string>> records;
  const ZipFile zip(archive);
  for (const auto& [name, record] : zip.records()) {
    std::string data(record.size, '\0');
    zip.read(record, data.data());
    if (name.ends_with("data.pkl")) {
      for (const auto& [tensor, unused] : tensors) {
        const size_t at = data.find(pickled(tensor));
        EXPECT_NE(at, std::string::npos) << tensor;
        data.replace(at, pickled(tensor).size(), pickled(prefix + tensor));
      }
    }
    records.emplace_back(name, data);
  }
  return zip_of(records);
}

TEST(ReadWeights, TakesOffThePrefixOfAParallelModelAndSaysSo) {
  const TemporaryFolder folder;
  const TensorMap want = read_weights(kGoldens / "ve.pth").tensors;
  for (const char* prefix : {"module.", "_orig_mod.", "module._orig_mod."}) {
    write(folder / "parallel.pth", with_prefix(kGoldens / "ve.pth", prefix));
    const Weights weights = read_weights(folder / "parallel.pth");
    expect_equal(weights.tensors, want);
    EXPECT_NE(weights.note.find(prefix), std::string::npos) << weights.note;
  }
  EXPECT_EQ(read_weights(kGoldens / "ve.pth").note, "");

  write_safetensors(folder / "parallel", {{"module.w", torch::ones(2)}, {"module.b", torch::ones(1)}});
  torch::nn::Module module;
  module.register_parameter("w", torch::zeros(2));
  module.register_parameter("b", torch::zeros(1));
  const std::string table = load_authors(module, read_weights(folder / "parallel")).table();
  EXPECT_NE(table.find("module. taken off"), std::string::npos) << table;
}

TEST(ReadWeights, LeavesAPrefixThatNotAllNamesHave) {
  const TemporaryFolder folder;
  const TensorMap tensors{{"module.w", torch::ones(2)}, {"b", torch::ones(1)}};
  write_safetensors(folder / "mixed", tensors);
  expect_equal(read_weights(folder / "mixed").tensors, tensors);
  const TensorMap bare{{"module.", torch::ones(2)}};  // nothing would be left
  write_safetensors(folder / "bare", bare);
  expect_equal(read_weights(folder / "bare").tensors, bare);
}

TEST(ReadWeights, TakesAFolderWithPytorchModelBin) {
  const TemporaryFolder folder;
  fs::copy_file(kGoldens / "ve.pth", folder / "pytorch_model.bin");
  expect_equal(read_weights(folder.path()).tensors, read_weights(kGoldens / "ve.pth").tensors);
  EXPECT_EQ(inspect(folder.path()).size(), 1u);
  write_safetensors(folder / "model.safetensors", {{"w", torch::ones(2)}});
  EXPECT_EQ(read_weights(folder.path()).tensors.size(), 1u) << "safetensors go first";
  fs::remove(folder / "model.safetensors");
  fs::remove(folder / "pytorch_model.bin");
  fs::copy_file(kSamples / "legacy.pth", folder / "pytorch_model.bin");
  expect_error(folder.path(), {"pytorch_model.bin", "before version 1.6", "save it again"});
  EXPECT_NE(error_of([&] { inspect(folder.path()); }).find("before version 1.6"), std::string::npos);
}

/// A folder with two shards and this index.
class Shards : public ::testing::Test {
 protected:
  Shards() {
    write_safetensors(folder_ / "model-00001-of-00002.safetensors", {{"a", torch::ones(2)}, {"b", torch::ones(3)}});
    write_safetensors(folder_ / "model-00002-of-00002.safetensors", {{"c", torch::ones(4)}});
  }
  void write_index(const std::string& map) {
    write(folder_ / kIndex, R"({"metadata": {"total_size": 36}, "weight_map": )" + map + "}");
  }
  void expect_refused(const std::string& map, const std::vector<std::string>& parts) {
    write_index(map);
    expect_error(folder_.path(), parts);
  }
  const std::string whole_ = R"({"a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
                                 "c": "model-00002-of-00002.safetensors"})";
  TemporaryFolder folder_;
};

TEST_F(Shards, AreReadAsOneFile) {
  write_index(whole_);
  const TensorMap want{{"a", torch::ones(2)}, {"b", torch::ones(3)}, {"c", torch::ones(4)}};
  expect_equal(read_weights(folder_.path()).tensors, want);
  expect_equal(read_weights(folder_ / kIndex).tensors, want);
  EXPECT_EQ(inspect(folder_.path()).size(), 2u);
}

TEST_F(Shards, MayBeFilesOfTorchSave) {
  fs::copy_file(kGoldens / "ve.pth", folder_ / "pytorch_model-00001-of-00002.bin");
  write_safetensors(folder_ / "pytorch_model-00002-of-00002.bin", {{"extra", torch::ones(1)}});
  write(folder_ / "pytorch_model.bin.index.json", R"({"weight_map": {
      "cls_head.0.weight": "pytorch_model-00001-of-00002.bin", "extra": "pytorch_model-00002-of-00002.bin"}})");
  TensorMap want = read_weights(kGoldens / "ve.pth").tensors;
  want["extra"] = torch::ones(1);
  expect_equal(read_weights(folder_.path()).tensors, want);
}

TEST_F(Shards, ThatAreMissingAreNamed) {
  write_index(whole_);
  fs::remove(folder_ / "model-00002-of-00002.safetensors");
  expect_error(folder_.path(), {kIndex, "model-00002-of-00002.safetensors", "missing"});
}

TEST_F(Shards, MustHoldWhatTheIndexSays) {
  expect_refused(R"({"a": "model-00001-of-00002.safetensors", "gone": "model-00002-of-00002.safetensors"})",
                 {"model-00002-of-00002.safetensors", "gone"});
}

TEST_F(Shards, MustNotRepeatATensor) {
  write_safetensors(folder_ / "model-00002-of-00002.safetensors", {{"c", torch::ones(4)}, {"a", torch::zeros(2)}});
  expect_refused(whole_, {"model-00002-of-00002.safetensors", "tensor a"});
}

TEST_F(Shards, LieInTheFolderItself) {
  const TemporaryFolder elsewhere;
  write_safetensors(elsewhere / "secret", {{"a", torch::ones(2)}});
  for (const std::string& name : {(elsewhere / "secret").string(), std::string("../secret"), std::string("sub/secret"),
                                  std::string(".."), std::string(".")}) {
    expect_refused(R"({"a": ")" + name + R"("})", {kIndex, name, "plain"});
  }
  expect_refused(R"({"a": ""})", {kIndex, "plain"});
}

TEST_F(Shards, OfABrokenIndexAreErrorsThatNameIt) {
  for (const char* map : {"1", "null", "[]", "{}", R"({"a": 1})", R"({"a": null})", R"({"a": ["x"]})"})
    expect_refused(map, {kIndex});
  for (const char* text : {"", "{", "[]", "{}", "null", "\"x\"", "{\"weight_map\": {\"a\": \"\xff\"}}"}) {
    write(folder_ / kIndex, text);
    expect_error(folder_.path(), {kIndex});
  }
  write(folder_ / kIndex, std::string(100000, '['));
  expect_error(folder_.path(), {kIndex, "nested"});
  write(folder_ / kIndex, std::string((16 << 20) + 1, ' '));
  expect_error(folder_.path(), {kIndex});
}

TEST(ReadWeights, AFolderWithoutWeightsSaysWhatWasLookedForAndWhatIsThere) {
  const TemporaryFolder folder;
  expect_error(folder.path(), {"model.safetensors", "pytorch_model.bin", "is empty"});
  for (const char* name : {"tf_model.h5", "flax_model.msgpack", "config.txt", "vocab.txt", "a", "z"})
    write(folder / name, "x");
  expect_error(folder.path(), {folder.path().string(), "model.safetensors", "model.safetensors.index.json",
                               "pytorch_model.bin", "pytorch_model.bin.index.json",
                               "a, config.txt, flax_model.msgpack, tf_model.h5, vocab.txt and 1 more"});
  EXPECT_NE(error_of([&] { inspect(folder.path()); }).find("flax_model.msgpack"), std::string::npos);
}

}  // namespace
}  // namespace albef
