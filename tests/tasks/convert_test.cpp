#include "albef/tasks/convert/convert.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../data/temporary_folder.h"
#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/io/checkpoint.h"
#include "albef/io/pth_writer.h"
#include "albef/io/safetensors.h"
#include "albef/io/weights.h"
#include "albef/tasks/convert/blend.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

const fs::path kGoldens = fs::path(ALBEF_TEST_DATA) / "goldens" / "model";

class Convert : public ::testing::Test {
 protected:
  std::string golden(const std::string& name) const { return (kGoldens / (name + ".pth")).string(); }
  std::string vocab() const { return folder_.write("words/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n"); }
  std::string heads() const { return folder_.write("heads.yaml", "vision_heads: 3\nbert: {num_attention_heads: 3}\n"); }

  std::string to_ours(const std::string& in, const std::string& out) {
    convert({.in = in, .out = folder_ / out, .to = "ours", .config = heads(), .vocab = vocab()});
    return folder_ / out;
  }
  std::string to_albef(const std::string& in, const std::string& out) {
    convert({.in = in, .out = folder_ / out, .to = "albef"});
    return folder_ / out;
  }
  void refused(const ConvertOptions& options, const std::string& with) {
    const std::string message = complaint<Error>([&] { convert(options); });
    EXPECT_NE(message.find(with), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  std::set<std::string> names_here() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.insert(entry.path().filename());
    return names;
  }

  TemporaryFolder folder_;
};

/// Every name, shape, type and value.
void expect_same(const TensorMap& got, const TensorMap& want, const std::string& what) {
  for (const auto& [name, tensor] : want) EXPECT_TRUE(got.contains(name)) << what << " lacks " << name;
  for (const auto& [name, tensor] : got) {
    const auto found = want.find(name);
    ASSERT_NE(found, want.end()) << what << " has " << name;
    EXPECT_EQ(tensor.scalar_type(), found->second.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(tensor, found->second)) << what << ": " << name;
  }
}

TensorMap flattened_optimizer(const PthValue& file) {
  TensorMap all;
  for (const auto& [number, entry] : *file.find("optimizer")->find("state")->get_if<PthValue::Dict>()) {
    for (const auto& [name, tensor] : *entry.get_if<PthValue::Dict>())
      all[str(*number.get_if<int64_t>(), ".", *name.get_if<std::string>())] = *tensor.get_if<torch::Tensor>();
  }
  return all;
}

const std::vector<std::pair<const char*, const char*>> kTasks = {{"pretrain", "pretrain"},
                                                                 {"pretrain_wrap", "pretrain"},
                                                                 {"pretrain_resume", "pretrain"},
                                                                 {"retrieval", "retrieval"},
                                                                 {"ve", "ve"},
                                                                 {"nlvr", "nlvr"},
                                                                 {"pretrain_nlvr", "pretrain nlvr"},
                                                                 {"vqa", "vqa"}};

TEST_F(Convert, TheAuthorsFilesComeBackWithEveryNameAndValue) {
  for (const auto& [name, task] : kTasks) {
    const auto theirs = read_pth(golden(name));
    const std::string first = to_ours(golden(name), str(name, "_1"));
    EXPECT_EQ(read_checkpoint_state(first).at("task"), task);
    const auto back = read_pth(to_albef(first, str(name, "_2.pth")));
    expect_same(state_dict_of(back, name), state_dict_of(theirs, name), name);
    for (const char* key : {"config", "epoch", "lr_scheduler"}) {
      ASSERT_EQ(!back.find(key), !theirs.find(key)) << name << " " << key;
      if (!theirs.find(key)) continue;
      EXPECT_EQ(to_json(*back.find(key)), to_json(*theirs.find(key))) << name << " " << key;
    }
    ASSERT_EQ(!back.find("optimizer"), !theirs.find("optimizer")) << name;
    if (theirs.find("optimizer")) {
      expect_same(flattened_optimizer(back), flattened_optimizer(theirs), name);
      EXPECT_EQ(Json(to_json(*back.find("optimizer")->find("param_groups"))),
                Json(to_json(*theirs.find("optimizer")->find("param_groups"))));
    }
  }
}

TEST_F(Convert, FromTheSecondTimeOnTheBytesAreTheSame) {
  for (const char* name : {"pretrain_resume", "retrieval", "nlvr", "vqa"}) {
    const std::string ours = to_ours(golden(name), str(name, "_1")), theirs = to_albef(ours, str(name, "_2.pth"));
    convert({.in = theirs, .out = folder_ / str(name, "_3"), .to = "ours"});
    for (const auto& entry : fs::directory_iterator(ours)) {
      const auto file = entry.path().filename();
      EXPECT_EQ(read_file(entry.path()), read_file(fs::path(folder_ / str(name, "_3")) / file)) << name << " " << file;
    }
    EXPECT_EQ(read_file(to_albef(folder_ / str(name, "_3"), str(name, "_4.pth"))), read_file(theirs)) << name;
  }
}

TEST_F(Convert, SizesAreReadOffTheWeights) {
  const auto config = parse_yaml(read_checkpoint_config(to_ours(golden("nlvr"), "n")), "n");
  EXPECT_EQ(config["bert"]["num_hidden_layers"].as<int>(), 12) << "before NLVR2 doubles six of them";
  EXPECT_EQ(config["bert"]["fusion_layer"].as<int>(), 6);
  EXPECT_EQ(config["bert"]["vocab_size"].as<int>(), 112);
  EXPECT_EQ(config["bert"]["max_position_embeddings"].as<int>(), 40);
  EXPECT_EQ(config["image_res"].as<int>(), 32);
  EXPECT_EQ(config["vision_width"].as<int>(), 24);
  const auto pretrain = parse_yaml(read_checkpoint_config(to_ours(golden("pretrain"), "p")), "p");
  EXPECT_EQ(pretrain["queue_size"].as<int>(), 24);
  EXPECT_EQ(pretrain["embed_dim"].as<int>(), 16);
  EXPECT_EQ(pretrain["mlm_probability"].as<double>(), 0.3) << "of the file's own config";
}

TEST_F(Convert, WeightsAloneAreConvertedWithoutTheirOptimiser) {
  convert({.in = golden("pretrain_resume"),
           .out = folder_ / "w",
           .to = "ours",
           .weights_only = true,
           .config = heads(),
           .vocab = vocab()});
  EXPECT_TRUE(read_checkpoint(folder_ / "w").training.empty());
  convert({.in = golden("pretrain_resume"), .out = folder_ / "w.pth", .to = "albef", .weights_only = true});
  const auto file = read_pth(folder_ / "w.pth");
  EXPECT_FALSE(file.find("optimizer") || file.find("lr_scheduler"));
  EXPECT_TRUE(file.find("model") && file.find("config") && file.find("epoch"));
}

TEST_F(Convert, AnOptimiserOfAnotherModelIsRefused) {
  auto file = read_pth(golden("pretrain_resume"));
  auto& dict = std::get<PthValue::Dict>(file.value);
  const auto other = read_pth(golden("pretrain"));
  const auto change = [&](const std::string& key, const PthValue& value) {
    for (auto& [name, held] : dict)
      if (*name.get_if<std::string>() == key) held = value;
  };
  const auto optimizer = *file.find("optimizer");
  const auto refused_with = [&](const OrderedJson& groups, const std::string& with) {
    change("optimizer", {PthValue::Dict{pth_entry("state", *optimizer.find("state")),
                                        pth_entry("param_groups", from_json(groups))}});
    write_pth(folder_ / "bad.pth", file);
    refused({.in = folder_ / "bad.pth", .out = folder_ / "o.pth", .to = "albef"}, with);
  };
  refused_with(OrderedJson::parse(R"([{"params": [0]}, {"params": [1]}])"), "2 parameters, this model 131");
  refused_with(OrderedJson::parse(R"([{"params": [0]}])"), "--weights-only");
  OrderedJson numbers = OrderedJson::array();
  for (int i = 0; i < 130; ++i) numbers.push_back(130 - i);
  refused_with({{{"params", {0}}}, {{"params", numbers}}}, "not of the group");
  EXPECT_FALSE(fs::exists(folder_ / "o.pth"));
}

TEST_F(Convert, BlendsLieBetween) {
  const auto weights = [&](const std::string& file) { return read_source(file, true).checkpoint.model; };
  for (const double share : {0.0, 0.25, 1.0}) {
    convert({.in = golden("pretrain_resume"),
             .out = folder_ / "b.pth",
             .to = "albef",
             .blend = share,
             .with = golden("pretrain")});
    const auto a = weights(golden("pretrain_resume")), b = weights(golden("pretrain")),
               got = weights(folder_ / "b.pth");
    for (const auto& [name, tensor] : got) {
      const bool kept = name.ends_with("queue") || name == "queue_ptr";
      const auto mean = a.at(name).to(torch::kDouble) * share + b.at(name).to(torch::kDouble) * (1 - share);
      EXPECT_TRUE(torch::equal(tensor, kept ? a.at(name) : mean.to(torch::kFloat))) << name << " at " << share;
    }
    EXPECT_FALSE(read_pth(folder_ / "b.pth").find("optimizer")) << "moments of other weights";
  }
}

TEST_F(Convert, FineTunedModelsAreBlendedWithThePretrained) {
  Source tuned = read_source(golden("retrieval"), true);
  const auto before = tuned.checkpoint.model;
  const Source pretrained = read_source(golden("pretrain"), true);
  const BlendReport report = blend(tuned, pretrained, 0.5);
  EXPECT_TRUE(report.alone.empty()) << report.alone[0];
  EXPECT_GT(report.blended, 200U);
  const std::string name = "text_encoder.bert.encoder.layer.0.output.dense.weight";
  EXPECT_TRUE(
      torch::allclose(tuned.checkpoint.model.at(name), (before.at(name) + pretrained.checkpoint.model.at(name)) / 2));
  EXPECT_TRUE(torch::equal(tuned.checkpoint.model.at("image_queue"), before.at("image_queue")));
  Source entailment = read_source(golden("ve"), true);
  const BlendReport heads = blend(entailment, pretrained, 0.5);
  EXPECT_EQ(heads.alone.size(), 8U) << "the classifiers of student and momentum model";
}

TEST_F(Convert, ModelsOfOtherSizesAreNotBlended) {
  refused({.in = golden("nlvr"), .out = folder_ / "b", .to = "albef", .blend = 0.5, .with = golden("pretrain")},
          "its encoders are not those of");
  Source small = read_source(golden("pretrain"), true);
  const Source other = read_source(golden("pretrain"), true);
  auto& table = small.checkpoint.model.at("visual_encoder.pos_embed");
  const auto all = table;
  table = table.slice(1, 0, 5).contiguous();  // a picture of half the side
  EXPECT_EQ(blend(small, other, 0.5).resized, std::vector<std::string>{"visual_encoder.pos_embed"});
  small.checkpoint.model.at("visual_encoder.cls_token") = torch::zeros({1, 1, 7});
  EXPECT_NE(complaint<Error>([&] { blend(small, other, 0.5); }).find("cls_token ([1, 1, 7] and [1, 1, 24])"),
            std::string::npos);
}

TEST_F(Convert, WhatCannotBeIsRefusedAndLeavesNothing) {
  const std::string in = golden("pretrain"), out = folder_ / "out", config = heads();
  const ConvertOptions ours = {.in = in, .out = out, .to = "ours", .config = config, .vocab = vocab()};
  const auto before = names_here();
  auto bad = ours;
  bad.in = folder_ / "missing";
  refused(bad, "no such file");
  bad = ours, bad.vocab = "";
  refused(bad, "--vocab");
  bad = ours, bad.config = "";
  refused(bad, "attention heads");
  bad = ours, bad.blend = 1.5, bad.with = in;
  refused(bad, "0 to 1");
  bad = ours, bad.blend = 0.5;
  refused(bad, "belong together");
  bad = ours, bad.out = in;
  refused(bad, "which is read");
  bad = ours, bad.out = folder_.path();
  refused(bad, "is there already");
  refused({.in = in, .out = in, .to = "albef"}, "which is read");
  refused({.in = vocab(), .out = out, .to = "albef"}, "no .pth file");
  refused({.in = in, .out = out, .to = "json"}, "no pickle");
  refused({.in = in, .out = out, .to = "albef", .vocab = vocab()}, "--to ours alone");
  EXPECT_EQ(names_here(), before);
}

TEST_F(Convert, TensorsThatNoAlbefHasAreNamed) {
  TensorMap tensors = state_dict_of(read_pth(golden("pretrain")), "golden");
  tensors["visual_encoder.blocks.0.attn.extra"] = torch::zeros({2});
  PthValue::Dict dict;
  for (const auto& [name, tensor] : tensors) dict.push_back(pth_entry(name, {tensor}));
  write_pth(folder_ / "more.pth", {PthValue::Dict{pth_entry("model", {dict})}});
  refused({.in = folder_ / "more.pth", .out = folder_ / "o.pth", .to = "albef"}, "blocks.0.attn.extra");
  write_pth(folder_ / "none.pth", {PthValue::Dict{pth_entry("w", {torch::zeros({2})})}});
  refused({.in = folder_ / "none.pth", .out = folder_ / "o.pth", .to = "albef"}, "is no ALBEF");
  tensors.erase("visual_encoder.blocks.0.attn.extra");
  tensors.at("text_encoder.cls.predictions.decoder.bias") = torch::ones({112});
  dict.clear();
  for (const auto& [name, tensor] : tensors) dict.push_back(pth_entry(name, {tensor}));
  write_pth(folder_ / "untied.pth", {PthValue::Dict{pth_entry("model", {dict})}});
  refused({.in = folder_ / "untied.pth", .out = folder_ / "o.pth", .to = "albef"}, "differs from");
}

}  // namespace
}  // namespace albef
