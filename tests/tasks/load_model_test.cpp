#include "albef/tasks/common/load_model.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/io/safetensors.h"
#include "albef/io/weights.h"

namespace albef {
namespace {

// The authors' files of their small model, and files made of them by leaving tensors out.
class LoadModel : public testing::Test {
 protected:
  LoadModel() {
    set_quiet(true);
    const std::string goldens = std::string(ALBEF_TEST_DATA) + "/goldens/model/";
    options_.checkpoint = goldens + "pretrain.pth";
    options_.config = folder_.write("config.yaml",
                                    "image_res: 32\npatch_size: 8\nvision_width: 24\nvision_depth: 2\n"
                                    "vision_heads: 3\nembed_dim: 16\nqueue_size: 24\nbert_config: " +
                                        goldens + "bert_tiny.json\n");
    options_.vocab = folder_.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
    options_.device = "cpu";
    retrieval_ = goldens + "retrieval.pth";
    tensors_ = read_weights(options_.checkpoint).tensors;
  }
  /// The pretrained model without the tensors whose names have `part` in them.
  void leave_out(const std::string& part) {
    std::erase_if(tensors_, [&](const auto& entry) { return entry.first.find(part) != std::string::npos; });
    options_.checkpoint = folder_ / "part.safetensors";
    write_safetensors(options_.checkpoint, tensors_);
  }
  void expect_refused(const std::vector<std::string>& parts) {
    const std::string message = complaint<Error>([&] { load_model(options_); });
    for (const std::string& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  }

  TemporaryFolder folder_;
  LoadModelOptions options_;
  std::string retrieval_;
  TensorMap tensors_;
};

TEST_F(LoadModel, TakesTheAuthorsPretrainedFile) {
  for (const bool momentum : {false, true}) {
    options_.momentum = momentum;
    const auto loaded = load_model(options_);
    EXPECT_TRUE(torch::equal(loaded.model->itm_head->weight, tensors_.at("itm_head.weight")));
    EXPECT_TRUE(torch::equal(loaded.encoders.vision_proj->weight,
                             tensors_.at(momentum ? "vision_proj_m.weight" : "vision_proj.weight")));
  }
}

TEST_F(LoadModel, TheAuthorsRetrievalFileServesATaskThatReadsNoMlmHead) {
  options_.checkpoint = retrieval_;
  expect_refused({"retrieval.pth", "text_encoder.cls.predictions", "masked words"});
  options_.mlm = false;
  for (const bool momentum : {false, true}) {
    options_.momentum = momentum;
    load_model(options_);
  }
}

TEST_F(LoadModel, MomentumWeightsDoNotStandInForAMissingItmHead) {
  leave_out("itm_head");
  for (const bool momentum : {false, true}) {
    options_.momentum = momentum;
    options_.itm = true;
    expect_refused({"part.safetensors", "itm_head.bias", "--no-rerank"});
    options_.itm = false;
    load_model(options_);
  }
}

TEST_F(LoadModel, WantsTheEncodersThatWereAskedFor) {
  leave_out("_m.");
  options_.momentum = true;
  expect_refused({"part.safetensors", "has no text_encoder_m.", "more", "--weights student"});
  options_.momentum = false;
  load_model(options_);
  leave_out("visual_encoder.blocks.1.");
  expect_refused({"has no visual_encoder.blocks.1."});
}

TEST_F(LoadModel, APartOfAMomentumModelIsNone) {
  const auto settings = parse_common_settings(read_yaml(options_.config), options_.config).model;
  const auto start = [&] {
    InitSettings init;
    init.checkpoint = options_.checkpoint;
    return make_model(settings, init, 1);
  };
  EXPECT_FALSE(torch::equal(start()->momentum.vision_proj->weight, tensors_.at("vision_proj.weight")));
  leave_out("text_proj_m.");
  const auto model = start();
  EXPECT_TRUE(torch::equal(model->momentum.vision_proj->weight, tensors_.at("vision_proj.weight")));
  EXPECT_TRUE(torch::equal(model->momentum.text_proj->weight, tensors_.at("text_proj.weight")));
}

TEST_F(LoadModel, DoesNotAskForTheTemperatureOrTheQueues) {
  leave_out("temp");
  leave_out("queue");
  load_model(options_);
}

TEST_F(LoadModel, NamesTheTensorThatIsNotFinite) {
  tensors_["text_proj.bias"] = torch::full_like(tensors_.at("text_proj.bias"), std::nan(""));
  leave_out("temp");
  expect_refused({"part.safetensors", "text_proj.bias", "NaN"});
}

TEST_F(LoadModel, TakesAllowedNamesFromTheSettings) {
  tensors_["cls_head.0.weight"] = torch::ones(3);
  leave_out("temp");
  expect_refused({"cls_head.0.weight", "allow_unexpected"});
  options_.overrides = {"allow_unexpected=[cls_head.]"};
  load_model(options_);
}

TEST_F(LoadModel, ACheckpointWhoseSettingsAreNoTextIsNamed) {
  options_.config.clear();
  options_.checkpoint = write_checkpoint(folder_ / "run", 1, {tensors_, {}, {{"config", {{"lr", 1}}}}, {}});
  expect_refused({"state.json", "config"});
}

}  // namespace
}  // namespace albef
