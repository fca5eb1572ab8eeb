#include "albef/io/weights.h"

#include <torch/torch.h>

#include "albef/io/pos_embed.h"
#include "albef/io/pth.h"
#include "albef/io/safetensors.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

/// A module with parameters (floating) and buffers (others) of these names and shapes, all zero.
std::shared_ptr<torch::nn::Module> module_of(const TensorMap& tensors) {
  auto root = std::make_shared<torch::nn::Module>();
  for (const auto& [name, tensor] : tensors) {
    torch::nn::Module* at = root.get();
    size_t begin = 0;
    for (size_t dot = name.find('.'); dot != std::string::npos; begin = dot + 1, dot = name.find('.', begin)) {
      const std::string part = name.substr(begin, dot - begin);
      const auto children = at->named_children();
      at = children.contains(part) ? children[part].get()
                                   : at->register_module(part, std::make_shared<torch::nn::Module>()).get();
    }
    const auto zeros = torch::zeros(tensor.sizes(), tensor.options());
    if (tensor.is_floating_point()) {
      at->register_parameter(name.substr(begin), zeros);
    } else {
      at->register_buffer(name.substr(begin), zeros);
    }
  }
  return root;
}

TensorMap tensors_of(const torch::nn::Module& module) {
  TensorMap tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value().detach();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

Weights golden(const std::string& name) {
  return read_weights(kGoldens / name);
}

/// Without what the file repeats: our modules have no tensor of their own for a tied decoder.
TensorMap without_decoders(TensorMap tensors) {
  std::erase_if(tensors,
                [](const auto& entry) { return entry.first.find("predictions.decoder.") != std::string::npos; });
  std::erase_if(tensors, [](const auto& entry) { return entry.first.ends_with("position_ids"); });
  return tensors;
}

TensorMap renamed(const TensorMap& tensors, const std::function<std::string(std::string)>& rename) {
  TensorMap result;
  for (const auto& [name, tensor] : tensors) result[rename(name)] = tensor;
  return result;
}

std::string without_bert(std::string name) {
  const size_t at = name.find(".bert.");
  return at == std::string::npos ? name : name.erase(at, 5);
}

TEST(LoadAuthors, TakesEveryTensorOfAPretrainedModel) {
  const Weights weights = golden("pretrain.pth");
  const TensorMap want = without_decoders(weights.tensors);
  const auto module = module_of(want);
  const LoadReport report = load_authors(*module, weights);
  expect_equal(tensors_of(*module), want);
  EXPECT_EQ(report.loaded.size(), want.size());
  EXPECT_EQ(report.dropped.size(), weights.tensors.size() - want.size());
  EXPECT_TRUE(report.initialised.empty() && report.unused.empty() && report.resized.empty());
}

TEST(LoadAuthors, BertInNamesIsOptionalBothWays) {
  for (const char* name : {"pretrain.pth", "retrieval.pth"}) {
    const Weights weights = golden(name);
    const TensorMap want = without_decoders(weights.tensors);
    const TensorMap bare = renamed(want, without_bert);
    const auto with = module_of(golden("pretrain.pth").tensors), without = module_of(bare);
    load_authors(*without, {want, name});
    expect_equal(tensors_of(*without), bare);
    if (std::string(name) == "pretrain.pth") {
      const auto full = module_of(want);
      load_authors(*full, {bare, name});
      expect_equal(tensors_of(*full), want);
    }
  }
}

TEST(LoadAuthors, WhatHasNoPlaceIsAnErrorUnlessAllowed) {
  const TensorMap file{
      {"vision_proj.weight", torch::ones({2, 2})}, {"image_queue", torch::ones({2, 4})}, {"strange", torch::ones(1)}};
  const auto module = module_of({{"vision_proj.weight", torch::ones({2, 2})}});
  const std::string message = error_of([&] { load_authors(*module, {file, "some.pth"}, {.allow = {"image_q"}}); });
  EXPECT_NE(message.find("strange"), std::string::npos) << message;
  EXPECT_EQ(message.find("image_queue"), std::string::npos) << message;
  EXPECT_EQ(tensors_of(*module).at("vision_proj.weight").sum().item<float>(), 0.0f) << "changed in spite of the error";
  const LoadReport report = load_authors(*module, {file, "some.pth"}, {.allow = {"image_q", "strange"}});
  EXPECT_EQ(report.unused.size(), 2u);
  EXPECT_EQ(tensors_of(*module).at("vision_proj.weight").sum().item<float>(), 4.0f);
}

TEST(LoadAuthors, WhatTheFileLacksIsListedAndLeft) {
  const auto module = module_of({{"a.weight", torch::ones(2)}, {"cls_head.0.weight", torch::ones(3)}});
  const LoadReport report = load_authors(*module, {{{"a.weight", torch::ones(2)}}, "some.pth"});
  ASSERT_EQ(report.initialised.size(), 1u);
  EXPECT_EQ(report.initialised[0].name, "cls_head.0.weight");
  EXPECT_NE(report.table().find("cls_head.*.weight"), std::string::npos) << report.table();
}

TEST(LoadAuthors, AnotherShapeIsAnErrorThatNamesBoth) {
  const auto module = module_of({{"a.weight", torch::ones({2, 3})}, {"b", torch::ones(1)}});
  const std::string message = error_of([&] {
    load_authors(*module, {{{"a.weight", torch::ones({3, 2})}, {"b", torch::ones(1)}}, "some.pth"});
  });
  for (const char* part : {"some.pth", "a.weight", "[3, 2]", "[2, 3]"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(LoadAuthors, AFileOfSomethingElseIsAnError) {
  const auto module = module_of({{"a.weight", torch::ones(2)}});
  error_of([&] { load_authors(*module, {{{"x", torch::ones(2)}}, "x"}, {.allow = {"x"}}); });
  error_of([&] { load_authors(*module, {{}, "x"}); });
}

TEST(LoadAuthors, PositionTablesAreResizedStudentAndTeacher) {
  const auto small = torch::randn({1, 5, 8});
  const auto module = module_of(
      {{"visual_encoder.pos_embed", torch::ones({1, 10, 8})}, {"visual_encoder_m.pos_embed", torch::ones({1, 10, 8})}});
  const LoadReport report =
      load_authors(*module, {{{"visual_encoder.pos_embed", small}, {"visual_encoder_m.pos_embed", small}}, "x"});
  EXPECT_EQ(report.resized.size(), 2u);
  for (const auto& [name, tensor] : tensors_of(*module))
    EXPECT_TRUE(torch::equal(tensor, resize_pos_embed(small, 3))) << name;
  EXPECT_NE(report.table().find("[1, 5, 8] -> [1, 10, 8]"), std::string::npos);
}

TEST(LoadAuthors, ATiedDecoderThatDiffersIsAnError) {
  TensorMap file{{"text_encoder.bert.embeddings.word_embeddings.weight", torch::ones({3, 2})},
                 {"text_encoder.cls.predictions.bias", torch::ones(3)},
                 {"text_encoder.cls.predictions.decoder.weight", torch::ones({3, 2})},
                 {"text_encoder.cls.predictions.decoder.bias", torch::ones(3)}};
  const auto module = module_of(without_decoders(file));
  EXPECT_EQ(load_authors(*module, {file, "x"}).dropped.size(), 2u);
  file["text_encoder.cls.predictions.decoder.bias"] = torch::zeros(3);
  EXPECT_NE(error_of([&] { load_authors(*module, {file, "x"}); }).find("decoder.bias"), std::string::npos);
}

TEST(LoadAuthors, TwoNamesForOnePlaceAreAnError) {
  const auto module = module_of({{"text_encoder.bert.w", torch::ones(1)}});
  error_of([&] {
    load_authors(*module, {{{"text_encoder.bert.w", torch::ones(1)}, {"text_encoder.w", torch::ones(1)}}, "x"});
  });
}

TEST(LoadVit, TakesDeitsNamesAndDropsItsHead) {
  const std::string prefix = "visual_encoder.";
  TensorMap want, file{{"head.weight", torch::ones({10, 4})}, {"head.bias", torch::ones(10)}};
  for (const auto& [name, tensor] : golden("pretrain.pth").tensors) {
    if (!name.starts_with(prefix)) continue;
    want[name] = tensor;
    file[name.substr(prefix.size())] = tensor;
  }
  TensorMap more = want;
  more["text_proj.weight"] = torch::ones(2);  // not the ViT's: neither touched nor listed
  const auto module = module_of(more);
  const LoadReport report = load_vit(*module, prefix, {file, "deit.pth"});
  EXPECT_EQ(report.loaded.size(), want.size());
  EXPECT_EQ(report.dropped.size(), 2u);
  EXPECT_TRUE(report.initialised.empty());
  TensorMap got = tensors_of(*module);
  EXPECT_EQ(got.at("text_proj.weight").sum().item<float>(), 0.0f);
  got.erase("text_proj.weight");
  expect_equal(got, want);
}

/// The text encoder of a golden as Hugging Face would have written it: no cross-attention, other names.
TensorMap hugging_face_bert(const TensorMap& authors, bool with_bert, bool old_norms) {
  TensorMap file{{"cls.seq_relationship.weight", torch::ones({2, 4})}};
  file[with_bert ? "bert.pooler.dense.weight" : "pooler.dense.weight"] = torch::ones({4, 4});
  file[with_bert ? "bert.embeddings.position_ids" : "embeddings.position_ids"] = torch::arange(4).view({1, 4});
  for (const auto& [name, tensor] : authors) {
    if (!name.starts_with("text_encoder.") || name.find("crossattention") != std::string::npos) continue;
    std::string short_name = name.substr(std::string("text_encoder.").size());
    if (!with_bert && short_name.starts_with("bert.")) short_name.erase(0, 5);
    const auto swap = [&](const std::string& from, const std::string& to) {
      if (old_norms && short_name.ends_with(from)) short_name.replace(short_name.size() - from.size(), from.size(), to);
    };
    swap("LayerNorm.weight", "LayerNorm.gamma");
    swap("LayerNorm.bias", "LayerNorm.beta");
    file[short_name] = tensor;
  }
  return file;
}

TEST(LoadBert, TakesEveryDialectOfNames) {
  const TensorMap authors = golden("pretrain.pth").tensors;
  TensorMap want;
  for (const auto& [name, tensor] : without_decoders(authors)) {
    if (name.starts_with("text_encoder.")) want[name] = tensor;
  }
  for (const bool with_bert : {true, false}) {
    for (const bool old_norms : {true, false}) {
      const auto module = module_of(want);
      const LoadReport report =
          load_bert(*module, "text_encoder.", {hugging_face_bert(authors, with_bert, old_norms), "bert"});
      size_t crossed = 0;
      for (const auto& [name, tensor] : tensors_of(*module)) {
        const bool is_new = name.find("crossattention") != std::string::npos;
        crossed += is_new;
        EXPECT_TRUE(torch::equal(tensor, is_new ? torch::zeros_like(tensor) : want.at(name))) << name;
      }
      EXPECT_GT(crossed, 0u);
      EXPECT_EQ(report.initialised.size(), crossed);
      EXPECT_NE(report.table().find("crossattention"), std::string::npos);
      EXPECT_GE(report.dropped.size(), 3u);
    }
  }
}

TEST(LoadBert, AModelWithoutHeadDropsTheHead) {
  const auto module = module_of({{"text_encoder.embeddings.w", torch::ones(1)}});
  const LoadReport report =
      load_bert(*module, "text_encoder.",
                {{{"bert.embeddings.w", torch::ones(1)}, {"cls.predictions.bias", torch::ones(3)}}, "bert"});
  EXPECT_EQ(report.loaded.size(), 1u);
  EXPECT_EQ(report.dropped.size(), 1u);
}

TEST(LoadBert, ABiasUnderTheDecodersNameAloneIsTheHeads) {
  const auto module = module_of({{"text_encoder.cls.predictions.bias", torch::ones(3)}});
  load_bert(*module, "text_encoder.", {{{"cls.predictions.decoder.bias", torch::ones(3)}}, "bert"});
  EXPECT_EQ(tensors_of(*module).begin()->second.sum().item<float>(), 3.0f);
}

TEST(LoadWeights, ConvertsElementTypes) {
  const auto module = module_of({{"w", torch::ones(2)}});
  load_authors(*module, {{{"w", torch::ones(2).to(torch::kHalf)}}, "x"});
  EXPECT_EQ(tensors_of(*module).at("w").scalar_type(), torch::kFloat);
  EXPECT_EQ(tensors_of(*module).at("w").sum().item<float>(), 2.0f);
}

TEST(ReadWeights, TellsFilesApartByContent) {
  const TemporaryFolder folder;
  const TensorMap tensors{{"w", torch::ones(2)}};
  write_safetensors(folder / "model.safetensors", tensors);
  fs::copy_file(folder / "model.safetensors", folder / "misnamed.pth");
  fs::copy_file(kGoldens / "ve.pth", folder / "misnamed.safetensors");
  expect_equal(read_weights(folder.path()).tensors, tensors);
  expect_equal(read_weights(folder / "misnamed.pth").tensors, tensors);
  EXPECT_EQ(read_weights(folder / "misnamed.safetensors").tensors.size(), golden("ve.pth").tensors.size());
  write(folder / "empty", "");
  error_of([&] { read_weights(folder / "empty"); });
  error_of([&] { read_weights(folder / "missing"); });
  error_of([&] { read_weights(kGoldens); });
}

}  // namespace
}  // namespace albef
