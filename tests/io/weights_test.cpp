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

TEST(LoadWeights, AWeightTakesFloatsOnly) {
  const auto module = module_of({{"a.weight", torch::ones(2)}, {"b", torch::ones(1)}});
  for (const auto& [type, name] : {std::pair{torch::kChar, "I8"},
                                   {torch::kByte, "U8"},
                                   {torch::kBool, "BOOL"},
                                   {torch::kShort, "I16"},
                                   {torch::kInt, "I32"},
                                   {torch::kLong, "I64"}}) {
    const TensorMap file{{"a.weight", torch::ones(2).to(type)}, {"b", torch::ones(1)}};
    const std::string message = error_of([&] { load_authors(*module, {file, "some.pth"}); });
    for (const char* part : {"some.pth", "a.weight", name, "F32"})
      EXPECT_NE(message.find(part), std::string::npos) << message;
    error_of([&] { load_vit(*module, "", {file, "some.pth"}); });
    error_of([&] { load_bert(*module, "", {file, "some.pth"}); });
    for (const auto& [target, tensor] : tensors_of(*module)) EXPECT_EQ(tensor.sum().item<float>(), 0.0f) << target;
  }
  for (const auto type : {torch::kDouble, torch::kFloat, torch::kHalf, torch::kBFloat16}) {
    load_authors(*module, {{{"a.weight", torch::full(2, 0.5).to(type)}}, "some.pth"});
    EXPECT_EQ(tensors_of(*module).at("a.weight").sum().item<float>(), 1.0f);
  }
}

TEST(LoadWeights, ACounterTakesWholeNumbersOnly) {
  const auto module = module_of({{"queue_ptr", torch::ones(1, torch::kLong)}});
  for (const auto type : {torch::kFloat, torch::kHalf, torch::kBool}) {
    const std::string message = error_of([&] {
      load_authors(*module, {{{"queue_ptr", torch::ones(1).to(type)}}, "some.pth"});
    });
    EXPECT_NE(message.find("queue_ptr"), std::string::npos) << message;
    EXPECT_NE(message.find("whole number"), std::string::npos) << message;
  }
  for (const auto type : {torch::kLong, torch::kInt, torch::kShort, torch::kChar, torch::kByte}) {
    load_authors(*module, {{{"queue_ptr", torch::full(1, 7, type)}}, "some.pth"});
    EXPECT_EQ(tensors_of(*module).at("queue_ptr").item<int64_t>(), 7);
  }
  for (const int64_t value : {int64_t{-1}, INT64_MAX}) {
    const std::string message = error_of([&] {
      load_authors(*module, {{{"queue_ptr", torch::full(1, value, torch::kLong)}}, "some.pth"});
    });
    EXPECT_NE(message.find(str("queue_ptr holds ", value)), std::string::npos) << message;
    EXPECT_EQ(tensors_of(*module).at("queue_ptr").item<int64_t>(), 7);
  }
}

TEST(LoadWeights, AnAllowedNameOfAnotherTypeStartsAfresh) {
  const auto module = module_of({{"a.weight", torch::ones(2)}, {"b", torch::ones(1)}});
  const TensorMap file{{"a.weight", torch::ones(2, torch::kChar)}, {"b", torch::ones(1)}};
  const LoadReport report = load_authors(*module, {file, "some.pth"}, {.allow = {"a."}});
  EXPECT_EQ(tensors_of(*module).at("a.weight").sum().item<float>(), 0.0f);
  ASSERT_EQ(report.initialised.size(), 1u);
  EXPECT_NE(report.table().find("I8 is not F32"), std::string::npos) << report.table();
}

TEST(LoadWeights, NamesTheFirstTensorThatIsNotFiniteAndLoadsNothing) {
  const auto module = module_of({{"a", torch::ones(3)}, {"b.weight", torch::ones(3)}, {"c", torch::ones(3)}});
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto type : {torch::kDouble, torch::kFloat, torch::kHalf, torch::kBFloat16}) {
    for (const double value : {std::nan(""), infinity, -infinity}) {
      auto bad = torch::ones(3, type);
      bad[1] = value;
      const TensorMap file{{"a", torch::ones(3)}, {"b.weight", bad}, {"c", bad}};
      const std::string message = error_of([&] { load_authors(*module, {file, "some.pth"}); });
      EXPECT_NE(message.find("some.pth"), std::string::npos) << message;
      EXPECT_NE(message.find("b.weight"), std::string::npos) << message;
      EXPECT_EQ(tensors_of(*module).at("a").sum().item<float>(), 0.0f);
    }
  }
  const TensorMap wide{{"a", torch::full(3, 1e300, torch::kDouble)}};
  EXPECT_NE(error_of([&] { load_authors(*module, {wide, "some.pth"}); }).find("too large for F32"), std::string::npos);
  const TensorMap large{{"a", torch::full(3, 65504).to(torch::kHalf)}, {"c", torch::full(3, 3e38)}};
  load_authors(*module, {large, "some.pth"});
}

TEST(LoadWeights, WhatIsNotLoadedNeedNotBeFinite) {
  const auto module = module_of({{"a", torch::ones(3)}});
  load_authors(*module, {{{"a", torch::ones(3)}, {"pooler.w", torch::full(1, std::nan(""))}}, "some.pth"});
}

/// An encoder's word embeddings and a decoder that is tied to them.
TensorMap tied(const torch::Tensor& table, const torch::Tensor& decoder) {
  return {{"text_encoder.bert.embeddings.word_embeddings.weight", table},
          {"text_encoder.cls.predictions.decoder.weight", decoder}};
}

TEST(LoadWeights, ATiedDecoderMayBeOfAnotherFloatType) {
  const auto table = torch::rand({3, 2});
  const auto module = module_of(without_decoders(tied(table, table)));
  for (const auto type : {torch::kHalf, torch::kBFloat16, torch::kDouble}) {
    EXPECT_EQ(load_authors(*module, {tied(table, table.to(type)), "x"}).dropped.size(), 1u);
    EXPECT_EQ(load_authors(*module, {tied(table.to(type), table), "x"}).dropped.size(), 1u);
  }
  const auto other = tied(table, torch::zeros({3, 2}, torch::kHalf));
  EXPECT_NE(error_of([&] { load_authors(*module, {other, "x"}); }).find("differs"), std::string::npos);
  const auto codes = tied(table, torch::zeros({3, 2}, torch::kChar));
  const std::string message = error_of([&] { load_authors(*module, {codes, "x"}); });
  EXPECT_NE(message.find("decoder.weight is of type I8"), std::string::npos) << message;
}

TEST(LoadWeights, NaNInATiedTableIsNotTakenForADifference) {
  const auto table = torch::full({3, 2}, std::nan(""));
  const auto module = module_of(without_decoders(tied(table, table)));
  const std::string message = error_of([&] { load_authors(*module, {tied(table, table.clone()), "x"}); });
  EXPECT_EQ(message.find("differs"), std::string::npos) << message;
  EXPECT_NE(message.find("NaN"), std::string::npos) << message;
}

}  // namespace
}  // namespace albef
