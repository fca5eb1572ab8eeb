#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/tasks/pretrain/settings.h"

namespace albef {
namespace {

// The keys and values of the authors' configuration of pretraining.
const char kAuthors[] = R"(train_file: ['data/coco.json',
             'data/vg.json',
             'data/sbu.json'
             ]
bert_config: 'configs/config_bert.json'

image_res: 256
vision_width: 768
embed_dim: 256
batch_size: 64
temp: 0.07
mlm_probability: 0.15
queue_size: 65536
momentum: 0.995
alpha: 0.4

optimizer: {opt: adamW, lr: 1e-4, weight_decay: 0.02}
schedular: {sched: cosine, lr: 1e-4, epochs: 30, min_lr: 1e-5, decay_rate: 1, warmup_lr: 1e-5,
            warmup_epochs: 20, cooldown_epochs: 0}
)";

PretrainSettings read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_settings<PretrainSettings>(parse_yaml(text, "Pretrain.yaml", overrides), "Pretrain.yaml");
}
std::string message(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return complaint<Error>([&] { read(text, overrides); });
}

TEST(PretrainSettings, ReadTheAuthorsFileAsItIs) {
  const auto s = read(kAuthors);
  EXPECT_EQ(s.common.data.train_file, (std::vector<std::string>{"data/coco.json", "data/vg.json", "data/sbu.json"}));
  EXPECT_EQ(s.common.model.image_res, 256);
  EXPECT_EQ(s.common.model.queue_size, 65536);
  EXPECT_EQ(s.common.data.batch_size, 64);
  EXPECT_EQ(s.alpha_itc, 0.4);
  EXPECT_EQ(s.common.optimizer.weight_decay, 0.02);
  EXPECT_EQ(s.common.schedular.warmup_epochs, 20);
  EXPECT_EQ(s.common.schedular.min_lr, 1e-5);
}

// The file that bert_config names need not be there: it is the one that everybody has.
TEST(PretrainSettings, MeanBertBaseWhereItsFileIsMissing) {
  const auto options = albef_options(read(kAuthors).common.model);
  EXPECT_EQ(options.text.hidden_size, 768);
  EXPECT_EQ(options.text.num_hidden_layers, 12);
  EXPECT_EQ(options.text.fusion_layer, 6);
  EXPECT_EQ(options.text.vocab_size, 30522);
  EXPECT_EQ(options.text.encoder_width, 768);
  EXPECT_EQ(options.vision.heads, 12);
  EXPECT_EQ(options.vision.tokens(), 257);
  EXPECT_NE(message("bert_config: configs/bert_large.json").find("configs/bert_large.json: no such file"),
            std::string::npos);
}

TEST(PretrainSettings, TakeBertsSizesFromItsFileAndWhatIsWrittenOverIt) {
  TemporaryFolder folder;
  const auto file = folder.write(
      "bert.json",
      R"({"architectures": ["BertForMaskedLM"], "hidden_act": "gelu", "hidden_size": 48, "num_attention_heads": 4,
      "num_hidden_layers": 6, "fusion_layer": 3, "encoder_width": 768, "model_type": "bert"})");
  const auto s = read("bert_config: " + file + "\nbert: {num_hidden_layers: 8}\n");
  EXPECT_EQ(s.common.model.bert.hidden_size, 48);
  EXPECT_EQ(s.common.model.bert.num_hidden_layers, 8);
  EXPECT_EQ(s.common.model.bert.fusion_layer, 3);
  EXPECT_EQ(s.common.model.bert_config, "");
  EXPECT_NE(message("vision_width: 64\nbert_config: " + file).find("encoder_width is 768, but vision_width is 64"),
            std::string::npos);
  const auto act = folder.write("act.json", R"({"hidden_act": "relu"})");
  EXPECT_NE(message("bert_config: " + act).find("only gelu is known"), std::string::npos);
  const auto list = folder.write("list.json", "[1]");
  EXPECT_NE(message("bert_config: " + list).find("is a list, expected an object"), std::string::npos);
  const auto wrong = folder.write("wrong.json", R"({"hidden_size": "wide"})");
  EXPECT_NE(message("bert_config: " + wrong).find("hidden_size"), std::string::npos);
  const auto odd = folder.write("odd.json", R"({"hidden_dropout_prob": NaN, "unknown": NaN})");
  EXPECT_NE(message("bert_config: " + odd).find("hidden_dropout_prob is no finite number"), std::string::npos);
}

TEST(PretrainSettings, NameTheNearestKey) {
  EXPECT_EQ(message("image_res: 256\nmlm_probabilty: 0.15\n"),
            "Pretrain.yaml:2: unknown key 'mlm_probabilty'; did you mean 'mlm_probability'?");
  EXPECT_NE(message("scheduler: {lr: 1}").find("did you mean 'schedular'?"), std::string::npos);
  EXPECT_NE(message("optimizer: {learning_rat: 1}").find("unknown key 'optimizer.learning_rat'"), std::string::npos);
}

TEST(PretrainSettings, LetEachAlphaBeAlphaUnlessItIsSet) {
  EXPECT_EQ(read("alpha: 0.7").alpha_itc, 0.7);
  EXPECT_EQ(read("alpha: 0.7").alpha_mlm, 0.7);
  const auto s = read("alpha: 0.7\nalpha_itc: 0\n");
  EXPECT_EQ(s.alpha_itc, 0);
  EXPECT_EQ(s.alpha_mlm, 0.7);
}

TEST(PretrainSettings, RefuseSizesThatDoNotFit) {
  EXPECT_NE(message("image_res: 250").find("image_res 250 is no multiple of patch_size 16"), std::string::npos);
  EXPECT_NE(message("vision_heads: 7").find("vision_width 768 is no multiple of vision_heads 7"), std::string::npos);
  EXPECT_NE(message("vision_width: 32").find("vision_heads 0"), std::string::npos);
  EXPECT_NE(message("bert: {num_attention_heads: 7}").find("bert.hidden_size 768"), std::string::npos);
  EXPECT_NE(message("bert: {fusion_layer: 13}").find("bert.fusion_layer 13"), std::string::npos);
  EXPECT_NE(message("bert: {fusion_layer: 12}").find("leaves no fusion layer"), std::string::npos);
  EXPECT_NE(message("max_tokens: 600").find("max_tokens 600 is more than bert.max_position_embeddings 512"),
            std::string::npos);
  EXPECT_NE(message("temp: 5").find("temp 5 is not between temp_min 0.001 and temp_max 0.5"), std::string::npos);
  EXPECT_NE(message("alpha_itc: -0.5").find("alpha_itc is -0.5"), std::string::npos);
  EXPECT_NE(message("temp_min: 0.6").find("temp_min 0.6 is above temp_max 0.5"), std::string::npos);
  EXPECT_NE(message("batch_size: 0"), "");
  EXPECT_NE(message("mlm_probability: 1.1"), "");
  EXPECT_NE(message("mlm_mask: phrase"), "");
}

TEST(PretrainSettings, HoldTheTemperatureAsTheAuthorsUnlessTold) {
  EXPECT_EQ(albef_options(read(kAuthors).common.model).temp_min, 0.001);
  EXPECT_EQ(albef_options(read(kAuthors).common.model).temp_max, 0.5);
  EXPECT_EQ(albef_options(read("temp_min: 0.05\ntemp_max: 1").common.model).temp_min, 0.05);
  EXPECT_EQ(albef_options(read("temp_min: 0.05\ntemp_max: 1").common.model).temp_max, 1);
}

TEST(PretrainSettings, ListTheRecallsToBeShown) {
  EXPECT_EQ(read(kAuthors).common.data.recall_at, (std::vector<int64_t>{1, 5, 10}));
  EXPECT_EQ(read("recall_at: [1, 5, 10, 50]").common.data.recall_at, (std::vector<int64_t>{1, 5, 10, 50}));
  EXPECT_NE(message("recall_at: [5, 1]").find("Pretrain.yaml: recall_at is [5, 1], expected whole numbers"),
            std::string::npos);
  for (const char* bad : {"[]", "[0, 1]", "[1, 1]", "[1.5]", "many"})
    EXPECT_NE(message(std::string("recall_at: ") + bad).find("recall_at"), std::string::npos) << bad;
}

TEST(PretrainSettings, LeaveThePrecisionToTheMachine) {
  EXPECT_EQ(read(kAuthors).common.run.precision, "auto");
  EXPECT_FALSE(read(kAuthors).common.run.tf32);
  EXPECT_NE(message("precision: fp16").find("one of auto, float32, bf16"), std::string::npos);
}

TEST(PretrainSettings, StandOnTheirOwnOnceRead) {
  const auto s = read(kAuthors, {"alpha_mlm=0.1", "bert.hidden_dropout_prob=0", "val_file=[a.json, b.json]", "seed=7"});
  const auto text = config_text(s);
  EXPECT_EQ(config_text(read(text)), text);
  EXPECT_EQ(read(text).common.run.seed, 7);
  EXPECT_EQ(read(text).common.model.bert.hidden_dropout_prob, 0);
}

TEST(PretrainSettings, OfThisRepositoryCanBeRead) {
  for (const char* name : {"pretrain.yaml", "demo.yaml", "flickr8k_reference.yaml", "flickr8k_small.yaml"}) {
    EXPECT_NO_THROW(
        read_settings<PretrainSettings>(std::filesystem::path(ALBEF_TEST_DATA) / ".." / "configs" / name, {}))
        << name;
  }
}

}  // namespace
}  // namespace albef
