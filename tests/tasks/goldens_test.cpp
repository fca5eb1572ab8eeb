// The whole of `albef verify` on the reference's numbers, and that it would notice if ours were others.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/log.h"
#include "albef/io/safetensors.h"
#include "albef/verify/verify.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

const fs::path kGoldens = fs::path(ALBEF_TEST_DATA) / "goldens";

/// Names of the checks that failed.
std::vector<std::string> failed(const Checks& checks) {
  std::vector<std::string> names;
  for (const auto& check : checks) {
    if (!check.ok) names.push_back(check.name);
  }
  return names;
}
using Names = std::vector<std::string>;

// A copy of some goldens, one of which is altered.
class AlteredGoldens : public testing::Test {
 protected:
  AlteredGoldens() {
    set_quiet(true);
    for (const char* file :
         {"model/bert_tiny.json", "model/pretrain.pth", "model/retrieval.pth", "model/retrieval.safetensors"})
      copy(file);
  }
  void copy(const std::string& file) {
    fs::create_directories(fs::path(folder_ / file).parent_path());
    fs::copy_file(kGoldens / file, folder_ / file);
  }
  void alter(const std::string& file, const std::function<void(TensorFile&)>& change) {
    auto golden = read_safetensors(kGoldens / file);
    change(golden);
    fs::create_directories(fs::path(folder_ / file).parent_path());
    write_safetensors(folder_ / file, golden.tensors, golden.metadata);
  }
  Names failed_pretrain(const std::function<void(TensorFile&)>& change) {
    alter("model/pretrain.safetensors", change);
    return failed(verify_pretrain(folder_ / "model/pretrain.safetensors"));
  }
  Names failed_retrieval_eval(const std::function<void(TensorFile&)>& change) {
    alter("eval/retrieval_eval.safetensors", change);
    return failed(verify_retrieval_eval(folder_ / "eval/retrieval_eval.safetensors"));
  }
  TemporaryFolder folder_;
};

// Adds `by` to the element of the largest value.
void add_to_largest(torch::Tensor tensor, double by) {
  auto flat = tensor.view({-1});
  flat[flat.abs().argmax()] += by;
}

// That all are compared but `left_out`, and all agree.
void expect_agreement(const fs::path& folder, const Names& left_out) {
  set_quiet(true);
  const auto checks = verify_goldens(folder);
  EXPECT_GT(checks.size(), 20U);
  for (const auto& check : checks) {
    EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
    if (!check.skipped) continue;
    const auto file = check.name.substr(0, check.name.find(' '));
    EXPECT_NE(std::find(left_out.begin(), left_out.end(), file), left_out.end())
        << check.name << " is skipped: " << check.detail;
  }
}

TEST(Goldens, AllOfThisReleaseAgree) {
  expect_agreement(kGoldens, {"text_bert_base_uncased.jsonl"});  // its vocabulary is not ours to ship
}

TEST(Goldens, AllOfTheSharedFolderAgree) {
  const char* shared = std::getenv("ALBEF_SHARED");
  if (!shared || !fs::is_directory(fs::path(shared) / "goldens"))
    GTEST_SKIP() << "ALBEF_SHARED names no folder with goldens/ in it";
  expect_agreement(fs::path(shared) / "goldens", {});
}

TEST(Goldens, AreAskedForWhereThereAreNone) {
  TemporaryFolder folder;
  EXPECT_NE(complaint<Error>([&] { verify_goldens(folder.path()); }).find("holds no goldens"), std::string::npos);
  EXPECT_NE(complaint<Error>([&] { verify_goldens(folder / "none"); }).find("no such folder"), std::string::npos);
}

TEST_F(AlteredGoldens, AgreeWhileNothingIsAltered) {
  EXPECT_EQ(failed_pretrain([](TensorFile&) {}), Names{});
}

TEST_F(AlteredGoldens, FailForALoss) {
  for (const char* loss : {"step0.loss_itc", "step1.loss_itm", "step2.loss_mlm"}) {
    EXPECT_EQ(failed_pretrain([&](TensorFile& f) { f.tensors.at(loss).mul_(1.001); }),
              Names{"pretrain.safetensors losses"})
        << loss;
  }
}

TEST_F(AlteredGoldens, FailForAGradient) {
  const auto names = read_safetensors(kGoldens / "model/pretrain.safetensors").tensors;
  for (const char* part : {"temp", "visual_encoder.blocks.1.mlp.fc2.weight",
                           "text_encoder.bert.encoder.layer.3.crossattention.self.value.weight", "text_proj.bias",
                           "visual_encoder.pos_embed"}) {
    const auto key = std::string("step0.grad.") + part;
    ASSERT_TRUE(names.contains(key)) << key;
    const auto change = [&](TensorFile& f) {
      add_to_largest(f.tensors.at(key), 1e-3 * f.tensors.at(key).abs().max().item<double>());
    };
    EXPECT_EQ(failed_pretrain(change), Names{"pretrain.safetensors gradients"}) << key;
  }
}

TEST_F(AlteredGoldens, FailForAGradientThatWeHaveAndTheyLack) {
  EXPECT_EQ(failed_pretrain([](TensorFile& f) { f.tensors.erase("step0.grad.itm_head.weight"); }),
            Names{"pretrain.safetensors gradients"});
  const auto stranger = [](TensorFile& f) { f.tensors["step0.grad.another.weight"] = torch::ones({2}); };
  EXPECT_EQ(failed_pretrain(stranger), Names{"pretrain.safetensors gradients"});
}

TEST_F(AlteredGoldens, FailForAStateFurtherOffThanTheStepsReach) {
  const double reach = 0.001 * 3;  // lr * steps
  for (const char* key : {"after.itm_head.weight", "after.text_encoder_m.bert.encoder.layer.0.output.dense.weight",
                          "after.image_queue"}) {
    const auto change = [&](TensorFile& f) { add_to_largest(f.tensors.at(key), 1.1 * reach); };
    EXPECT_EQ(failed_pretrain(change), Names{"pretrain.safetensors state after 3 steps"}) << key;
  }
  const auto many = [](TensorFile& f) { f.tensors.at("after.itm_head.weight").add_(1e-4); };  // a little, everywhere
  EXPECT_EQ(failed_pretrain(many), Names{"pretrain.safetensors state after 3 steps"});
  const auto pointer = [](TensorFile& f) { f.tensors.at("after.queue_ptr").add_(1); };
  EXPECT_EQ(failed_pretrain(pointer), Names{"pretrain.safetensors state after 3 steps"});
}

TEST_F(AlteredGoldens, FailForAnOutputOfEvaluation) {
  for (const char* key : {"eval.mlm_logits", "eval.image_feat"}) {
    const auto change = [&](TensorFile& f) {
      add_to_largest(f.tensors.at(key), 1e-3 * f.tensors.at(key).abs().max().item<double>());
    };
    EXPECT_EQ(failed_pretrain(change), Names{"pretrain.safetensors evaluation outputs"}) << key;
  }
}

TEST_F(AlteredGoldens, FailForATokenId) {
  copy("input/vocab_tiny.txt");
  const auto text = read_file(kGoldens / "input/text_tiny.jsonl");
  for (const char* field : {"\"ids\": [", "\"ids_25\": [", "\"caption_ids_30\": ["}) {
    auto altered = text;
    const auto at = altered.find(field) + std::string(field).size();
    altered[at] = altered[at] == '9' ? '8' : static_cast<char>(altered[at] + 1);
    folder_.write("input/text_tiny.jsonl", altered);
    EXPECT_EQ(failed(verify_text(folder_ / "input/text_tiny.jsonl")).size(), 1U) << field;
  }
  folder_.write("input/text_tiny.jsonl", text);
  EXPECT_EQ(failed(verify_text(folder_ / "input/text_tiny.jsonl")), Names{});
}

TEST_F(AlteredGoldens, FailForAnIdNameInTheTokenizedText) {
  copy("input/vocab_tiny.txt");
  auto altered = read_file(kGoldens / "input/text_tiny.jsonl");
  altered.replace(altered.find("\"tokens\": [\"a\""), 14, "\"tokens\": [\"b\"");
  folder_.write("input/text_tiny.jsonl", altered);
  EXPECT_EQ(failed(verify_text(folder_ / "input/text_tiny.jsonl")).size(), 1U);
}

TEST_F(AlteredGoldens, FailForAMetricOneQueryOff) {
  const auto change = [](const char* k, const char* metric, double queries) {
    return [=](TensorFile& f) {
      auto metrics = Json::parse(f.metadata.at("metrics"));
      metrics[k][metric] = metrics[k][metric].get<double>() + 100 / queries;
      f.metadata["metrics"] = metrics.dump();
    };
  };
  EXPECT_EQ(failed_retrieval_eval([](TensorFile&) {}), Names{});
  EXPECT_EQ(failed_retrieval_eval(change("random", "img_r10", 80)), Names{"retrieval_eval.safetensors random metrics"});
  EXPECT_EQ(failed_retrieval_eval(change("random", "txt_r1", 40)), Names{"retrieval_eval.safetensors random metrics"});
  EXPECT_EQ(failed_retrieval_eval(change("k14", "txt_r5", 14)), Names{"retrieval_eval.safetensors k14 metrics"});
  EXPECT_EQ(failed_retrieval_eval(change("k4", "r_mean", 1e4)), Names{"retrieval_eval.safetensors k4 metrics"});
}

TEST_F(AlteredGoldens, FailForALossAGradientOrARankingOfVqa) {
  copy("model/vqa.pth");
  const auto names_after = [&](const std::function<void(TensorFile&)>& change) {
    alter("model/vqa.safetensors", change);
    return failed(verify_vqa(folder_ / "model/vqa.safetensors"));
  };
  EXPECT_EQ(names_after([](TensorFile&) {}), Names{});
  EXPECT_EQ(names_after([](TensorFile& f) { f.tensors.at("loss").mul_(1.001); }), Names{"vqa.safetensors loss"});
  const auto gradient = [](TensorFile& f) {
    auto& g = f.tensors.at("grad.text_decoder.bert.encoder.layer.5.crossattention.self.value.weight");
    add_to_largest(g, 1e-3 * g.abs().max().item<double>());
  };
  EXPECT_EQ(names_after(gradient), Names{"vqa.safetensors gradients"});
  const Names ranking = {"vqa.safetensors ranking"};
  const auto swap = [](TensorFile& f) { f.tensors["rank.topk_ids"] = f.tensors.at("rank.topk_ids").flip(1); };
  EXPECT_EQ(names_after(swap), ranking);
  EXPECT_EQ(names_after([](TensorFile& f) { add_to_largest(f.tensors.at("rank.topk_probs"), 1e-3); }), ranking);
}

TEST_F(AlteredGoldens, FailForACellOfAHeatMap) {
  const auto names = read_safetensors(kGoldens / "model/grounding.safetensors").tensors;
  for (const char* key : {"itm.layer2", "itm.layer3.per_token", "itc.block0"}) {
    ASSERT_TRUE(names.contains(key)) << key;
    alter("model/grounding.safetensors", [&](TensorFile& f) {
      add_to_largest(f.tensors.at(key), 1e-3 * f.tensors.at(key).abs().max().item<double>());
    });
    EXPECT_EQ(failed(verify_grounding(folder_ / "model/grounding.safetensors")),
              Names{"grounding.safetensors heat maps"})
        << key;
  }
}

TEST_F(AlteredGoldens, FailForABoxOrAnAccuracy) {
  copy("eval/grounding_eval.safetensors");
  const auto golden = read_json(kGoldens / "eval/grounding_eval.json");
  const auto failed_for = [&](const std::function<void(Json&)>& change) {
    auto altered = golden;
    change(altered);
    return failed(verify_grounding_eval(folder_.write("eval/grounding_eval.json", altered.dump())));
  };
  const Names flags = {"grounding_eval.json right or wrong"}, accuracies = {"grounding_eval.json accuracies"};
  EXPECT_EQ(failed_for([](Json&) {}), Names{});
  EXPECT_EQ(failed_for([](Json& j) { j["correct"][7] = 1 - j["correct"][7].get<int>(); }), flags);
  EXPECT_EQ(failed_for([](Json& j) { j["accuracy"]["val_d"] = j["accuracy"]["val_d"].get<double>() + 0.01; }),
            accuracies);
  EXPECT_NE(failed_for([](Json& j) { j["area_exponent"] = 1.5; }), Names{});
}

TEST_F(AlteredGoldens, FailForAScoreOfTheReranking) {
  const auto change = [](TensorFile& f) {
    f.tensors.at("k4.score_t2i").view({-1})[f.tensors.at("k4.score_t2i").argmax()] += 1e-3;
  };
  EXPECT_EQ(failed_retrieval_eval(change), Names{"retrieval_eval.safetensors k4 scores"});
}

TEST_F(AlteredGoldens, FailForAnAccuracy) {
  const auto names_after = [&](const std::function<void(Json&)>& change) {
    Json golden = read_json(kGoldens / "eval/vqa_eval.json");
    change(golden);
    return failed(verify_vqa_accuracy(folder_.write("eval/vqa_eval.json", golden.dump())));
  };
  const Names questions = {"vqa_eval.json questions"}, accuracy = {"vqa_eval.json accuracy"},
              both = {"vqa_eval.json questions", "vqa_eval.json accuracy"};
  EXPECT_EQ(names_after([](Json&) {}), Names{});
  EXPECT_EQ(names_after([](Json& g) { g["accuracy"]["overall"] = 24.59; }), accuracy);
  EXPECT_EQ(names_after([](Json& g) { g["accuracy"]["perAnswerType"]["yes/no"] = 13.76; }), accuracy);
  EXPECT_EQ(names_after([](Json& g) { g["accuracy"]["perQuestionType"].erase("how many"); }), accuracy);
  EXPECT_EQ(names_after([](Json& g) { g["accuracy"]["perQuestionType"]["why"] = 1; }), accuracy);
  EXPECT_EQ(names_after([](Json& g) { g["per_question"]["5"] = 99.99; }), questions);
  EXPECT_EQ(names_after([](Json& g) { g["per_question"].erase("5"); }), questions);
  EXPECT_EQ(names_after([](Json& g) { g["results"][5]["answer"] = "another"; }), both);
}

TEST_F(AlteredGoldens, AreReportedIfTheyCannotBeRead) {
  folder_.write("model/pretrain.safetensors", "no tensors");
  copy("model/pos_embed.safetensors");
  bool others = false;
  for (const auto& check : verify_goldens(folder_.path())) {
    if (check.name.starts_with("pretrain.safetensors")) {
      EXPECT_FALSE(check.ok);
      EXPECT_NE(check.detail.find("pretrain.safetensors"), std::string::npos);
    }
    others |= check.name.starts_with("pos_embed") && check.ok;
  }
  EXPECT_TRUE(others);
}

TEST(Compare, BoundsByTheLargestValueAndRefusesNaNAndOtherShapes) {
  const auto reference = torch::tensor({100.0, 1.0});
  EXPECT_TRUE(compare("x", torch::tensor({100.0, 1.0009}), reference, {1e-5, 0}).ok);
  EXPECT_FALSE(compare("x", torch::tensor({100.0, 1.0011}), reference, {1e-5, 0}).ok);
  EXPECT_TRUE(compare("x", torch::tensor({100.0, 1.0011}), reference, {1e-5, 2e-4}).ok);
  EXPECT_FALSE(compare("x", torch::tensor({100.0, std::nan("")}), reference, {1, 1}).ok);
  EXPECT_FALSE(compare("x", torch::tensor({100.0}), reference, {1, 1}).ok);
  EXPECT_TRUE(compare("x", torch::tensor({100.0, 1.0}), reference, {0, 0}).ok);
  EXPECT_FALSE(compare("x", torch::tensor({100.0, 1.0000001}, torch::kDouble), reference, {0, 0}).ok);
}

}  // namespace
}  // namespace albef::verify
