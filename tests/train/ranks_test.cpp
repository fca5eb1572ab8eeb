// Training by several ranks: the same weights as one process gets with all of the batch, and one decision for all.
#include "../dist/ranks_in_threads.h"
#include "toy_run.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int64_t kBatch = 6, kLast = 1;  // samples of a step; of an epoch's last, in which most ranks have none

// Least squares on a slice of each step's samples. `unused` has no gradient on any rank.
class SliceTask : public Task {
 public:
  explicit SliceTask(Communicator& ranks) : ranks_(ranks) {}
  std::string name() const override { return "toy"; }
  torch::nn::Module& module() override { return *model_; }
  int64_t steps_per_epoch() const override { return 3; }
  void start(const RunPosition&, const OrderedJson&) override {}
  StepResult step(const RunPosition& position) override {
    if (at_step) at_step(position.step);
    if (position.step == fails_at) fail("picture lost");
    if (position.step == stops_at) std::raise(SIGTERM);
    const int64_t all = position.step_in_epoch == 2 ? kLast : kBatch, world = ranks_.world(), rank = ranks_.rank();
    const int64_t begin = all * rank / world, end = all * (rank + 1) / world;
    StepResult result;
    result.pairs = all;
    result.share = static_cast<double>(end - begin) / static_cast<double>(all);
    if (begin == end) return result;
    auto x = torch::empty({kBatch, 4});
    Rng rng(Purpose::kScene, {static_cast<uint64_t>(position.step)});
    for (int64_t i = 0; i < x.numel(); ++i) x.view({-1})[i] = rng.normal();
    result.loss = (model_->linear(x.narrow(0, begin, end - begin)) - 1).pow(2).mean();
    if (position.step == nan_at) result.loss = result.loss * std::numeric_limits<float>::quiet_NaN();
    result.values = {{"twice", 2 * result.loss}};
    return result;
  }
  bool evaluates() const override { return true; }
  Metrics evaluate() override {
    ++evaluations;
    return {{"score", 1.0}};
  }
  std::map<std::string, torch::Tensor> weights() override {
    return {{"weight", model_->linear->weight.detach()},
            {"bias", model_->linear->bias.detach()},
            {"unused", model_->unused.detach()}};
  }

  std::function<void(int64_t)> at_step;
  int64_t fails_at = -1, stops_at = -1, nan_at = -1, evaluations = 0;

 private:
  struct ModelImpl : torch::nn::Module {
    ModelImpl() {
      linear = register_module("linear", torch::nn::Linear(4, 3));
      unused = register_parameter("unused", torch::ones({2, 2}));
      const torch::NoGradGuard no_grad;
      linear->weight.fill_(0.1);
      linear->bias.zero_();
    }
    torch::nn::Linear linear{nullptr};
    torch::Tensor unused;
  };
  Communicator& ranks_;
  std::shared_ptr<ModelImpl> model_ = std::make_shared<ModelImpl>();
};

class RanksTest : public TrainerTest {
 protected:
  struct Rank {
    std::map<std::string, torch::Tensor> weights;
    std::string error;
    int64_t evaluations = 0, agreements = 0, steps = 0;
  };

  // A whole run; `prepare` sets the task of a rank up.
  std::vector<Rank> train(int64_t world, const std::function<void(SliceTask&, int64_t rank)>& prepare = {}) {
    settings_.run.output_dir = folder_ / str("world", world);
    settings_.schedule.total_steps = steps_;
    settings_.optimizer.grad_clip_norm = 1;
    settings_.checkpoint = checkpoint_to_resume(settings_.run);
    std::vector<Rank> ranks(static_cast<size_t>(world));
    in_ranks(world, [&](ThreadRank& self) {
      auto& rank = ranks[static_cast<size_t>(self.rank())];
      SliceTask task(self);
      if (prepare) prepare(task, self.rank());
      std::optional<FolderLock> lock;
      if (self.is_first()) lock.emplace(open_run_folder(settings_.run));
      self.agree(0);
      try {
        Trainer(task, settings_, self).run();
      } catch (const Interrupted& error) {
        rank.error = error.what();
      } catch (const Error& error) {
        rank.error = error.what();
      }
      rank.weights = task.weights();
      rank.evaluations = task.evaluations;
      rank.agreements = self.agreements;
    });
    return ranks;
  }
  int64_t steps_ = 9;
  double logged(size_t line, const char* key) const { return metrics().at(line).at(key).get<double>(); }
};

TEST_F(RanksTest, GetTheWeightsOfOneProcessAlsoWhereSomeHaveNoSample) {
  const auto alone = train(1);
  const auto alone_lines = metrics();
  for (const int64_t world : {2, 3, 5}) {
    const auto ranks = train(world);
    for (const auto& rank : ranks) {
      EXPECT_EQ(rank.error, "");
      for (const auto& [name, tensor] : rank.weights)
        EXPECT_TRUE(torch::allclose(tensor, alone[0].weights.at(name), 1e-5, 1e-6)) << name << " of " << world;
      expect_equal(rank.weights, ranks[0].weights);
      EXPECT_EQ(rank.evaluations, &rank == &ranks[0] ? 1 : 0);
    }
    ASSERT_EQ(metrics().size(), alone_lines.size()) << "rank 0 alone writes";
    for (size_t i = 0; i + 1 < alone_lines.size(); ++i) {
      for (const char* key : {"loss", "twice", "pairs"})
        EXPECT_NEAR(logged(i, key), alone_lines[i].at(key).get<double>(), 1e-5) << key << " of line " << i;
    }
    EXPECT_EQ(kept(), std::vector<int64_t>{9});
  }
  EXPECT_TRUE(torch::equal(alone[0].weights.at("unused"), torch::ones({2, 2})));
}

TEST_F(RanksTest, GoOnInTheSameNumberOnly) {
  train(2);
  settings_.run.resume = "auto";
  for (const auto& rank : train(2)) EXPECT_EQ(rank.error, "");
  fs::rename(folder_ / "world2", folder_ / "world3");
  for (const auto& rank : train(3))
    EXPECT_NE(rank.error.find("is of a run of 2 processes, this one has 3"), std::string::npos) << rank.error;
}

TEST_F(RanksTest, AgreeOnceAStep) {
  settings_.run.log_every_steps = 100;
  const auto nine = train(2);
  std::error_code error;
  remove_tree(folder_ / "world2", error);
  steps_ = 12;
  EXPECT_EQ(train(2)[1].agreements, nine[1].agreements + 3);
}

TEST_F(RanksTest, AllLeaveWhereTheFirstCannotWrite) {
  const auto ranks = train(2, [this](SliceTask& task, int64_t rank) {
    if (rank == 0)
      task.at_step = [this](int64_t step) {
        if (step == 5) std::ofstream(root().string()) << "in the way";
      };
  });
  EXPECT_NE(ranks[0].error.find("checkpoints"), std::string::npos) << ranks[0].error;
  EXPECT_NE(ranks[1].error.find("another process of this run failed"), std::string::npos) << ranks[1].error;
}

TEST_F(RanksTest, EndEarlyAtTheSameStep) {
  settings_.run.eval_every_steps = 2;
  settings_.run.patience = 2;  // the score never changes: a gain at step 2 alone
  const auto ranks = train(3);
  for (const auto& rank : ranks) {
    EXPECT_EQ(rank.error, "");
    expect_equal(rank.weights, ranks[0].weights);
  }
  EXPECT_EQ(ranks[0].evaluations, 3);
  EXPECT_EQ(kept(), (std::vector<int64_t>{6, 4, 2}));
  settings_.run.resume = "auto";
  for (const auto& rank : train(3)) EXPECT_EQ(rank.evaluations, 0);  // nothing to do
  settings_.run.patience = 9;
  train(3);
  EXPECT_EQ(kept().front(), 9);
}

TEST_F(RanksTest, GetTheWeightsOfOneProcessWithPartsFrozenAndAtTheirOwnRates) {
  settings_.parts = {.freeze = {"linear.bias"}, .lr_factor = {{"linear", 0.5}}};
  const auto alone = train(1), ranks = train(3);
  for (const auto& [name, tensor] : alone[0].weights)
    EXPECT_TRUE(torch::allclose(ranks[2].weights.at(name), tensor, 1e-5, 1e-6)) << name;
  EXPECT_TRUE(torch::equal(ranks[2].weights.at("bias"), torch::zeros({3})));
}

// In a process of its own, since a stop is for the whole process.
TEST_F(RanksTest, StopAtTheSameStep) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto told = [this] {
    const auto ranks = train(2, [](SliceTask& task, int64_t rank) { task.stops_at = rank == 1 ? 4 : -1; });
    const bool same = ranks[0].error == ranks[1].error && kept() == std::vector<int64_t>{5};
    std::exit(same && ranks[0].error.starts_with("stopped at step 5") ? 0 : 1);
  };
  EXPECT_EXIT(told(), testing::ExitedWithCode(0), "");
}

TEST_F(RanksTest, TakeNoStepWhereOneHasALossThatIsNoNumber) {
  const auto ranks = train(2, [](SliceTask& task, int64_t rank) { task.nan_at = rank == 1 ? 3 : -1; });
  EXPECT_NE(ranks[0].error.find("step 3 (epoch 1): a loss of another process is not a finite number"),
            std::string::npos)
      << ranks[0].error;
  EXPECT_NE(ranks[1].error.find("loss is not a finite number"), std::string::npos) << ranks[1].error;
  expect_equal(ranks[0].weights, ranks[1].weights);
  EXPECT_TRUE(ranks[0].weights.at("weight").isfinite().all().item<bool>());
}

TEST_F(RanksTest, AllLeaveWhereOneFails) {
  const auto ranks = train(2, [](SliceTask& task, int64_t rank) { task.fails_at = rank == 1 ? 4 : -1; });
  EXPECT_NE(ranks[0].error.find("another process of this run failed"), std::string::npos) << ranks[0].error;
  EXPECT_NE(ranks[0].error.find("step-00000004"), std::string::npos) << ranks[0].error;
  EXPECT_NE(ranks[1].error.find("picture lost"), std::string::npos) << ranks[1].error;
  EXPECT_EQ(kept(), std::vector<int64_t>{4});
}

}  // namespace
}  // namespace albef
