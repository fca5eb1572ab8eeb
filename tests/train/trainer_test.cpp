#include "albef/train/trainer.h"

#include "toy_run.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

TEST_F(TrainerTest, TakesEveryStepOfTheScheduleAndSavesTheLast) {
  ToyTask task;
  run(task);
  EXPECT_EQ(task.model->updates.item<float>(), 10);
  EXPECT_EQ(kept(), std::vector<int64_t>{10});
  const auto state = read_checkpoint_state(root() / "last");
  EXPECT_EQ(state.at("step"), 10);
  EXPECT_EQ(state.at("pairs"), 20);
  EXPECT_EQ(state.at("config"), settings_.config);
  EXPECT_EQ(read_checkpoint(root() / "last").files.at("vocab.txt"), "[PAD]\n");
}

TEST_F(TrainerTest, LogsMeansOfTheStepsSinceTheLastLine) {
  ToyTask each, third;
  run(each);
  const auto lines = metrics();
  settings_.run.output_dir = folder_ / "third";
  settings_.run.log_every_steps = 3;
  run(third);
  const auto means = metrics();
  ASSERT_EQ(logged_steps(), (std::vector<int64_t>{3, 6, 9, 10}));
  const auto loss = [](const Json& line) { return line.at("loss").get<double>(); };
  EXPECT_NEAR(loss(means[1]), (loss(lines[3]) + loss(lines[4]) + loss(lines[5])) / 3, 1e-9);
  EXPECT_NEAR(means[1].at("half").get<double>(), loss(means[1]) / 2, 1e-6);
  EXPECT_EQ(means[3].at("epoch"), 1);
  EXPECT_EQ(means[3].at("pairs"), 20);
  EXPECT_DOUBLE_EQ(lines[5].at("lr").get<double>(), learning_rate(settings_.schedule, {1, 0, 5, 10}));
}

TEST_F(TrainerTest, StopsAtALossThatIsNoNumberAndKeepsWhatItHas) {
  settings_.run.save_every_steps = 4;
  ToyTask task;
  task.nan_at = 6;
  const auto message = failure(task);
  EXPECT_NE(message.find("loss is not a finite number; the checkpoint of step 4 is kept"), std::string::npos)
      << message;
  EXPECT_EQ(kept(), std::vector<int64_t>{4});
  EXPECT_EQ(task.model->updates.item<float>(), 6);  // the step that failed changed nothing
  EXPECT_TRUE(task.model->linear->weight.isfinite().all().item<bool>());
}

TEST_F(TrainerTest, KeepsTheNewestCheckpointsAndTheBest) {
  settings_.run.save_every_steps = settings_.run.eval_every_steps = 2;
  settings_.run.keep_checkpoints = 2;
  ToyTask task;
  task.scores = {0.1, 0.9, 0.2, 0.9, 0.5};
  run(task);
  EXPECT_EQ(kept(), (std::vector<int64_t>{10, 8, 4}));
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000004");  // the first of equals
  EXPECT_EQ(fs::canonical(root() / "last").filename(), "step-00000010");
  std::vector<double> scores;
  for (const auto& line : metrics()) {
    if (line.contains("val_score")) scores.push_back(line.at("val_score"));
  }
  EXPECT_EQ(scores, task.scores);
}

TEST_F(TrainerTest, AnEvaluationThatFailsIsAWarningAndMadeUpForByAResumedRun) {
  settings_.run.eval_every_steps = 4;
  ToyTask task;
  task.broken_picture = "a.jpg";
  run(task);
  EXPECT_EQ(task.model->updates.item<float>(), 10);
  EXPECT_EQ(kept(), (std::vector<int64_t>{10, 8, 4}));
  EXPECT_EQ(metrics().size(), 10U);
  EXPECT_NE(log().find("warning: step 10: the evaluation failed (a.jpg: damaged)"), std::string::npos);
  settings_.run.resume = "auto";
  ToyTask mended, again;
  mended.scores = again.scores = {0.25};
  run(mended);
  EXPECT_EQ(mended.evaluations, 1);
  EXPECT_EQ(metrics().back().at("val_score"), 0.25);
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000010");
  run(again);
  EXPECT_EQ(again.evaluations, 0);
}

TEST_F(TrainerTest, NeverSavesWeightsOrMomentsThatAreNoNumbers) {
  settings_.run.save_every_steps = 2;
  for (const bool moments : {false, true}) {
    settings_.run.output_dir = folder_ / str("infinite", moments);
    ToyTask task;
    task.infinite_at = 5;
    task.huge_gradient = moments;  // its square is infinite, the update with it is 0
    const auto message = failure(task);
    EXPECT_NE(message.find(moments ? "a value of exp_avg_sq." : "a value of weight"), std::string::npos) << message;
    EXPECT_NE(message.find("the checkpoint of step 4 is kept"), std::string::npos) << message;
    EXPECT_EQ(kept().front(), 4);
  }
}

TEST_F(TrainerTest, SavesBeforeItEvaluates) {
  settings_.run.eval_every_steps = 4;
  ToyTask task;
  task.scores = {0.1, 0.2, 0.3};
  task.at_evaluation = [&] { task.saved_steps.push_back(kept().empty() ? -1 : kept().front()); };
  run(task);
  EXPECT_EQ(task.saved_steps, (std::vector<int64_t>{4, 8, 10}));
}

TEST_F(TrainerTest, EvaluatesAtTheEndOfEpochs) {
  const auto evaluated = [this](int64_t epochs, int64_t steps) {
    settings_.run.output_dir = folder_ / str("epochs", epochs, "steps", steps);
    settings_.run.eval_every_epochs = epochs;
    settings_.run.eval_every_steps = steps;
    ToyTask task;
    task.scores.resize(9);
    run(task);
    std::vector<int64_t> at;
    for (const auto& line : metrics()) {
      if (line.contains("val_score")) at.push_back(line.at("step"));
    }
    return at;
  };
  settings_.schedule.epochs = 3;
  EXPECT_EQ(evaluated(0, 0), (std::vector<int64_t>{15}));
  EXPECT_EQ(evaluated(1, 0), (std::vector<int64_t>{5, 10, 15}));
  EXPECT_EQ(evaluated(2, 0), (std::vector<int64_t>{10, 15}));
  EXPECT_EQ(evaluated(1, 4), (std::vector<int64_t>{4, 5, 8, 10, 12, 15}));
}

TEST_F(TrainerTest, EndsEarlyWherePatienceDoes) {
  settings_.run.eval_every_steps = 1;
  settings_.run.patience = 2;
  ToyTask task;
  task.scores = {0.5, 0.4, 0.9, 0.9, 0.8};  // one without gain, then a gain, then two without
  run(task);
  EXPECT_EQ(task.model->updates.item<float>(), 5);
  EXPECT_EQ(kept(), (std::vector<int64_t>{5, 4, 3}));
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000003");
  EXPECT_NE(log().find("the run ends early: 2 evaluations in a row until step 5 were no better in score than 0.9, "
                       "that of " +
                       (root() / "step-00000003").string()),
            std::string::npos)
      << log();
}

TEST_F(TrainerTest, DoesNotEndEarlyAtItsLastStepOrForEvaluationsThatFailed) {
  settings_.run.eval_every_epochs = 1;
  settings_.run.patience = 1;
  ToyTask task, broken;
  task.scores = {0.5, 0.4};
  run(task);
  EXPECT_EQ(task.model->updates.item<float>(), 10);
  EXPECT_EQ(log().find("ends early"), std::string::npos);
  settings_.run.output_dir = folder_ / "broken";
  broken.broken_picture = "a.jpg";
  run(broken);
  EXPECT_EQ(broken.model->updates.item<float>(), 10);
}

TEST_F(TrainerTest, RefusesPatienceWithoutEvaluations) {
  settings_.run.patience = 3;
  ToyTask blind, rarely;
  EXPECT_EQ(failure(blind), "patience is 3, but there are no held-out data to score: set val_file");
  rarely.scores = {1};
  EXPECT_EQ(failure(rarely),
            "patience is 3, but the only evaluation is at the end: set eval_every_epochs or eval_every_steps");
}

TEST_F(TrainerTest, LeavesFrozenPartsAsTheyAre) {
  ToyTask untrained, task, unknown;
  settings_.parts.freeze = {"linear.weight"};
  run(task);
  EXPECT_TRUE(torch::equal(task.model->linear->weight, untrained.model->linear->weight));
  EXPECT_FALSE(torch::equal(task.model->linear->bias, untrained.model->linear->bias));
  settings_.run.output_dir = folder_ / "unknown";
  settings_.parts.freeze = {"head"};
  EXPECT_EQ(failure(unknown).find("freeze: 'head' is no part that is trained; expected one of linear, or"), 0U);
}

TEST_F(TrainerTest, TellsWhatMemoryWasWantedFor) {
  ToyTask task;
  task.hungry_at = 2;
  const auto message = failure(task);
  EXPECT_EQ(message.find("out of memory for step 2 (4611686018427387904 bytes more); lower batch_size or image_res; "),
            0U)
      << message;
  EXPECT_NE(message.find("is saved as " + (root() / "step-00000002").string()), std::string::npos) << message;
  EXPECT_EQ(kept(), std::vector<int64_t>{2});
}

// Of 8 samples a step, 3 fit. An attempt changes what a momentum model's would.
class TooLargeTask : public ToyTask {
 public:
  int64_t batch_size() const override { return 8; }
  torch::Tensor attempt(int64_t samples, const RunPosition& /*position*/) override {
    model->updates.add_(100);
    return model->linear(torch::ones({samples > 3 ? int64_t{1} << 62 : samples, 4})).sum();
  }
};

TEST_F(TrainerTest, TriesWhichBatchFitsOnceWhatWasTrainedIsSaved) {
  TooLargeTask task;
  task.hungry_at = 2;
  const auto message = failure(task);
  EXPECT_NE(message.find("lower batch_size or image_res; tried: 2 at once fits, 4 at once does not; what was trained"),
            std::string::npos)
      << message;
  EXPECT_EQ(read_checkpoint(root() / "step-00000002").model.at("updates").item<float>(), 2);
}

TEST_F(TrainerTest, SavesAndLeavesOnASignal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // a process of its own: the signal stays raised
  const auto stopped = [this](int signal) {
    ToyTask task;
    task.stop_signal = signal;
    task.signal_at = 2;
    const auto message = complaint<Interrupted>([&] { run(task); });
    std::exit(message == "stopped at step 3; go on with --resume auto" && kept() == std::vector<int64_t>{3} ? 7 : 1);
  };
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) EXPECT_EXIT(stopped(signal), testing::ExitedWithCode(7), "");
}

TEST_F(TrainerTest, ClipsGradientsIfAskedTo) {
  ToyTask free, clipped;
  run(free);
  settings_.run.output_dir = folder_ / "clipped";
  settings_.optimizer.grad_clip_norm = 1e-6;
  settings_.optimizer.eps = 1;  // so that the gradients' size shows in the update
  const auto before = clipped.model->linear->weight.detach().clone();
  run(clipped);
  EXPECT_LT((clipped.model->linear->weight - before).abs().max().item<double>(), 0.02);
  EXPECT_GT((free.model->linear->weight - before).abs().max().item<double>(), 0.1);
}

}  // namespace
}  // namespace albef
