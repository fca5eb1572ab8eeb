// Tasks on pairs from their settings to a checkpoint: fine-tuning for retrieval, and pretraining by several ranks.
#include "albef/tasks/common/pair_task.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../data/photos.h"
#include "../dist/ranks_in_threads.h"
#include "albef/base/log.h"
#include "albef/io/checkpoint.h"
#include "albef/tasks/pretrain/task.h"
#include "albef/tasks/retrieval/task.h"
#include "albef/train/metrics_log.h"
#include "tiny_run.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int kPhotos = 11;
class PairTasks : public testing::Test {
 protected:
  template <class Settings>
  Settings settings(const std::string& name, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"train_file=" + photos_.file, "image_root=" + photos_.folder.path(),
                                    "output_dir=" + (folder_ / name)};
    all.insert(all.end(), more.begin(), more.end());
    return parse_settings<Settings>(parse_yaml(kTinyRun, "the test", all), "the test");
  }
  Checkpoint last(const std::string& name) const {
    return read_checkpoint(fs::path(folder_ / name) / "checkpoints/last");
  }
  std::vector<OrderedJson> metrics(const std::string& name) const {
    return read_metrics(fs::path(folder_ / name) / kMetricsFile);
  }

  Photos photos_{kPhotos};
  TemporaryFolder folder_;
};

void fine_tune(RetrievalSettings settings) {
  SingleProcess alone;
  const Run run = open_run(settings.common, alone);
  auto data = read_pair_data(settings.common, run, alone);
  RetrievalTask task(settings, std::move(data), run, alone);
  train(task, settings, run, alone, "r_mean");
}

void expect_equal(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
}

TEST_F(PairTasks, RetrievalIsFineTunedWithTheImagesIdsInItsQueue) {
  const std::vector<std::string> own = {"batch_size_train=4", "val_file=" + photos_.file, "k_test=3"};
  fine_tune(settings<RetrievalSettings>("whole", own));
  const auto whole = last("whole");
  const auto ids = whole.model.at("idx_queue");
  EXPECT_EQ(ids.sizes(), (std::vector<int64_t>{1, 12}));
  EXPECT_TRUE(ids.ge(0).logical_and(ids.lt(kPhotos)).all().item<bool>()) << ids;  // 2 x 11 pairs went through 12 places
  EXPECT_EQ(whole.model.at("queue_ptr").item<int64_t>(), 2 * kPhotos % 12);
  const auto lines = metrics("whole");
  ASSERT_EQ(lines.size(), 8U);  // three steps an epoch and the scores behind each
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_FALSE(lines[i].contains("loss_mlm"));
    EXPECT_EQ(lines[i].contains("val_r_mean") && lines[i].contains("val_itm_r_mean"), i % 4 == 3) << i;
  }

  auto half = own;
  half.push_back("max_steps=4");
  fine_tune(settings<RetrievalSettings>("parts", half));
  half.back() = "resume=auto";
  fine_tune(settings<RetrievalSettings>("parts", half));
  expect_equal(last("parts").model, whole.model);
  EXPECT_EQ(last("parts").state.at("counters").at("epoch_index"), 0);  // behind the last batch the next epoch begins
}

TEST_F(PairTasks, TheAuthorsFileOfRetrievalIsReadAsItIs) {
  constexpr char kAuthors[] = R"(train_file: ['data/coco_train.json']
val_file: 'data/coco_val.json'
test_file: 'data/coco_test.json'
image_root: '/export/share/datasets/vision/coco/images/'
bert_config: 'configs/config_bert.json'
image_res: 384
batch_size_train: 32
batch_size_test: 64
queue_size: 65536
momentum: 0.995
vision_width: 768
embed_dim: 256
temp: 0.07
k_test: 256
alpha: 0.4
distill: True
warm_up: True
optimizer: {opt: adamW, lr: 1e-5, weight_decay: 0.02}
schedular: {sched: cosine, lr: 1e-5, epochs: 5, min_lr: 1e-6, decay_rate: 1,
  warmup_lr: 1e-5, warmup_epochs: 1, cooldown_epochs: 0}
)";
  const auto s = parse_settings<RetrievalSettings>(parse_yaml(kAuthors, "Retrieval_coco.yaml"), "Retrieval_coco.yaml");
  EXPECT_EQ(s.common.data.batch_size, 32);
  EXPECT_EQ(s.test_file, std::vector<std::string>{"data/coco_test.json"});
  EXPECT_TRUE(albef_options(s.common.model).id_queue);
  EXPECT_NE(complaint<Error>([&] {
              parse_settings<RetrievalSettings>(parse_yaml("mlm_probability: 0.1", "f"), "f");
            }).find("unknown key 'mlm_probability'"),
            std::string::npos);
}

TEST_F(PairTasks, RanksEndWithTheSameModelAndShareTheQueue) {
  for (const int64_t world : {2, 3}) {  // 11 records: the last batch leaves ranks without a sample
    const auto name = str("world", world);
    std::vector<TensorMap> models(static_cast<size_t>(world));
    in_ranks(world, [&](ThreadRank& self) {
      auto s = settings<PretrainSettings>(name, {"batch_size=2", "val_file=" + photos_.file});
      const albef::Run run = open_run(s.common, self);
      auto data = read_pair_data(s.common, run, self);
      PretrainTask task(s, std::move(data), run, self);
      train(task, s, run, self, "r_mean");
      models[static_cast<size_t>(self.rank())] = task.weights();
    });
    for (const auto& model : models) expect_equal(model, models[0]);
    EXPECT_EQ(models[0].at("queue_ptr").item<int64_t>(), 2 * kPhotos % 12);
    EXPECT_EQ(last(name).state.at("pairs"), 2 * kPhotos);
    const auto lines = metrics(name);
    ASSERT_EQ(lines.size(), static_cast<size_t>(2 * ((kPhotos + 2 * world - 1) / (2 * world)) + 1));
    for (const auto& line : lines) EXPECT_TRUE(std::isfinite(line.value("loss", 0.0))) << line;
  }
}

TEST_F(PairTasks, AFrozenPartStaysAsItIsAlsoInTheMomentumModel) {
  const auto go = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> all = {"batch_size_train=4", "freeze=[visual_encoder, temp]", "lr_factor.itm_head=10"};
    all.insert(all.end(), more.begin(), more.end());
    fine_tune(settings<RetrievalSettings>(name, all));
  };
  go("short", {"max_steps=1"});
  go("whole", {});
  const auto one = last("short"), whole = last("whole");
  for (const auto& [name, tensor] : whole.model) {
    if (name.find(".cls.predictions.") != std::string::npos) continue;  // MLM's, which retrieval does not train
    const bool frozen = name.starts_with("visual_encoder") || name == "temp";
    EXPECT_EQ(torch::equal(tensor, one.model.at(name)), frozen) << name;
  }
  EXPECT_FALSE(whole.training.contains("exp_avg.visual_encoder.cls_token"));
  EXPECT_TRUE(whole.training.contains("exp_avg.itm_head.weight"));
  EXPECT_EQ(whole.state.at("task"), "retrieval");
  go("short", {"resume=auto"});
  expect_equal(last("short").model, whole.model);
  expect_equal(last("short").training, whole.training);
}

// As where memory ran out over one batch.
class FailsOnce : public PretrainTask {
 public:
  using PretrainTask::PretrainTask;
  int64_t fails_at = -1;

 protected:
  ObjectiveLosses losses(const PairBatch& batch, const RunPosition& position) override {
    if (position.step == fails_at) fail("no memory");
    return PretrainTask::losses(batch, position);
  }
};

TEST_F(PairTasks, AStepThatFailedIsTakenAgainOnItsOwnBatch) {
  const auto go = [&](const std::string& name, int64_t fails_at, const std::string& resume) {
    auto s = settings<PretrainSettings>(name, {"batch_size=4", "resume=" + resume});
    SingleProcess alone;
    const albef::Run run = open_run(s.common, alone);
    FailsOnce task(s, read_pair_data(s.common, run, alone), run, alone);
    task.fails_at = fails_at;
    return complaint<Error>([&] { train(task, s, run, alone, "r_mean"); });
  };
  EXPECT_EQ(go("whole", -1, "''"), "");
  for (const int64_t step : {1, 2, 4}) {  // 3 steps an epoch: in its midst, its last, in the second
    const auto name = str("fails", step);
    EXPECT_NE(go(name, step, "''").find("no memory; what was trained until then is saved as"), std::string::npos);
    EXPECT_EQ(go(name, -1, "auto"), "");
    expect_equal(last(name).model, last("whole").model);
  }
}

TEST_F(PairTasks, WholeWordsAreMaskedWhereAskedFor) {
  auto run_with = [&](const std::string& mask) {
    auto s = settings<PretrainSettings>(mask, {"batch_size=11", "mlm_mask=" + mask, "max_steps=1"});
    SingleProcess alone;
    pretrain(s, alone);
    return metrics(mask).at(0).at("loss_mlm").get<double>();
  };
  EXPECT_TRUE(std::isfinite(run_with("word")));
  EXPECT_NE(complaint<Error>([&] { settings<PretrainSettings>("x", {"mlm_mask=phrase"}); }).find("mlm_mask"),
            std::string::npos);
}

}  // namespace
}  // namespace albef
