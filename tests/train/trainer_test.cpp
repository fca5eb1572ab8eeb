#include "albef/train/trainer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <csignal>
#include <fstream>
#include <limits>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/base/rng.h"
#include "albef/io/checkpoint.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

struct ToyModelImpl : torch::nn::Module {
  ToyModelImpl() {
    torch::manual_seed(1);
    linear = register_module("linear", torch::nn::Linear(4, 3));
    updates = register_buffer("updates", torch::zeros({}));
  }
  torch::nn::Linear linear{nullptr};
  torch::Tensor updates;
};
TORCH_MODULE(ToyModel);

// Five steps an epoch; inputs keyed by the position, dropout from LibTorch's generator, a buffer that counts updates.
class ToyTask : public Task {
 public:
  torch::nn::Module& module() override { return *model; }
  int64_t steps_per_epoch() const override { return 5; }
  void start(const RunPosition& position) override { started_at = position; }
  StepResult step(const RunPosition& position) override {
    EXPECT_TRUE(model->is_training());
    if (position.step == signal_at) std::raise(SIGTERM);
    Rng rng(Purpose::kScene, {static_cast<uint64_t>(position.epoch), static_cast<uint64_t>(position.step_in_epoch)});
    auto x = torch::empty({2, 4});
    for (int64_t i = 0; i < 8; ++i) x.view({-1})[i] = rng.normal();
    auto loss = torch::dropout(model->linear(x), 0.5, true).pow(2).sum();
    if (position.step == nan_at) loss = loss * std::numeric_limits<float>::quiet_NaN();
    return {.loss = loss, .values = {{"half", loss / 2}}, .pairs = 2, .data_wait = 0};
  }
  void after_update() override { model->updates.add_(1); }
  Metrics evaluate() override {
    EXPECT_FALSE(model->is_training());
    if (scores.empty()) return {};
    return {{"score", scores.at(static_cast<size_t>(evaluations++))}};
  }
  std::map<std::string, torch::Tensor> weights() override {
    return {{"weight", model->linear->weight.detach()},
            {"bias", model->linear->bias.detach()},
            {"updates", model->updates}};
  }
  std::map<std::string, std::string> files() override { return {{"vocab.txt", "[PAD]\n"}}; }

  ToyModel model;
  RunPosition started_at;
  int64_t nan_at = -1, signal_at = -1, evaluations = 0;
  std::vector<double> scores;
};

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    set_quiet(true);
    settings_.run.output_dir = folder_ / "run";
    settings_.run.log_every_steps = 1;
    settings_.schedule.sched = "cosine_step";
    settings_.schedule.lr = 0.05;
    settings_.schedule.epochs = 2;
    settings_.config = "batch_size: 2\nschedular: {lr: 0.05}\nlog_every_steps: 1\n";
    settings_.best_metric = "score";
  }

  void run(ToyTask& task) {
    open_run_folder(settings_.run);
    settings_.checkpoint = checkpoint_to_resume(settings_.run);
    Trainer(task, settings_).run();
  }
  std::string failure(ToyTask& task) {
    return complaint<Error>([&] { run(task); });
  }
  fs::path root() const { return fs::path(settings_.run.output_dir) / "checkpoints"; }
  std::vector<int64_t> kept() const {
    std::vector<int64_t> steps;
    for (const auto& path : list_checkpoints(root())) steps.push_back(*checkpoint_step(path));
    return steps;
  }
  std::vector<Json> metrics() const {
    std::vector<Json> lines;
    std::ifstream in(fs::path(settings_.run.output_dir) / "metrics.jsonl");
    for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
    return lines;
  }
  std::vector<int64_t> logged_steps() const {
    std::vector<int64_t> steps;
    for (const auto& line : metrics()) steps.push_back(line.at("step"));
    return steps;
  }

  TemporaryFolder folder_;
  TrainerSettings settings_;
};

void expect_equal(const std::map<std::string, torch::Tensor>& a, const std::map<std::string, torch::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
}

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
  EXPECT_DOUBLE_EQ(lines[5].at("lr").get<double>(), learning_rate(settings_.schedule, 1, 0, 5));
}

TEST_F(TrainerTest, ResumesBitForBit) {
  ToyTask straight;
  run(straight);
  const auto wanted = read_checkpoint(root() / "last");
  const auto wanted_lines = metrics();
  for (const int64_t stop : {1, 4, 5, 9}) {
    settings_.run.output_dir = folder_ / str("stopped", stop);
    settings_.run.resume = "";
    settings_.run.max_steps = stop;
    ToyTask first, second;
    run(first);
    EXPECT_EQ(first.model->updates.item<float>(), static_cast<float>(stop));
    settings_.run.resume = "auto";
    settings_.run.max_steps = 0;
    run(second);
    EXPECT_EQ(second.started_at.step, stop);
    EXPECT_EQ(second.started_at.epoch, stop / 5);
    EXPECT_EQ(second.started_at.step_in_epoch, stop % 5);
    const auto got = read_checkpoint(root() / "last");
    expect_equal(got.model, wanted.model);
    expect_equal(got.training, wanted.training);
    const auto lines = metrics();
    ASSERT_EQ(lines.size(), wanted_lines.size());
    for (size_t i = 0; i < lines.size(); ++i) {
      for (const char* key : {"step", "epoch", "pairs", "lr", "loss", "half"})
        EXPECT_EQ(lines[i].at(key), wanted_lines[i].at(key)) << key;
    }
  }
}

TEST_F(TrainerTest, ResumesFromAnOlderCheckpointThatIsNamed) {
  settings_.run.save_every_steps = 2;
  settings_.run.keep_checkpoints = 9;
  ToyTask first, second;
  run(first);
  const auto wanted = read_checkpoint(root() / "last");
  settings_.run.resume = root() / "step-00000004";
  run(second);
  EXPECT_EQ(second.started_at.step, 4);
  expect_equal(read_checkpoint(root() / "last").model, wanted.model);
}

TEST_F(TrainerTest, GoesOnWithACheckpointOfAVersionThatHadFewerSettings) {
  settings_.run.max_steps = 4;
  ToyTask first, second, third;
  run(first);
  settings_.run.resume = "auto";
  settings_.config += "temp_min: 0.001\n";
  EXPECT_NE(failure(second).find("temp_min: nothing there, 0.001 now"), std::string::npos);
  settings_.complete_config = [](const std::string& config, const std::string&) {
    return config + "temp_min: 0.001\n";
  };
  settings_.run.max_steps = 6;
  run(third);
  EXPECT_EQ(third.started_at.step, 4);
}

TEST_F(TrainerTest, PassesOverADamagedCheckpoint) {
  settings_.run.save_every_steps = 4;
  ToyTask first, second;
  run(first);
  fs::resize_file(root() / "step-00000010" / "model.safetensors", 100);
  settings_.run.resume = "auto";
  run(second);
  EXPECT_EQ(second.started_at.step, 8);
}

TEST_F(TrainerTest, HasNothingToDoAtTheEnd) {
  ToyTask first, second;
  run(first);
  settings_.run.resume = "auto";
  run(second);
  EXPECT_EQ(second.model->updates.item<float>(), 10);
  EXPECT_EQ(metrics().size(), 10U);
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

TEST_F(TrainerTest, CutsTheMetricsBackToWhereItResumes) {
  settings_.run.save_every_steps = 4;
  ToyTask task, again;
  task.nan_at = 6;
  failure(task);
  EXPECT_EQ(logged_steps(), (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  std::ofstream(fs::path(settings_.run.output_dir) / "metrics.jsonl", std::ios::app)
      << "{\"step\": 7, \"lo";  // a crash while writing
  settings_.run.resume = "auto";
  run(again);
  EXPECT_EQ(logged_steps(), (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(TrainerTest, RefusesAFolderThatHoldsARun) {
  ToyTask task, again;
  run(task);
  const auto message = failure(again);
  EXPECT_NE(message.find("already holds a run; go on with it (--resume auto)"), std::string::npos) << message;
  EXPECT_EQ(again.model->updates.item<float>(), 0);
}

TEST_F(TrainerTest, RefusesAFolderThatHoldsOtherThings) {
  folder_.write("run/thesis.tex", "precious");
  ToyTask task;
  const auto message = failure(task);
  EXPECT_NE(message.find("holds thesis.tex and no run"), std::string::npos) << message;
  settings_.run.resume = "auto";
  EXPECT_NE(failure(task), "");
  EXPECT_EQ(read_file(folder_ / "run/thesis.tex"), "precious");
}

TEST_F(TrainerTest, StartsWhereAnEarlierStartFailedOrNothingIsYet) {
  folder_.write("run/log.txt", "");
  folder_.write("run/config.yaml", "");
  settings_.run.resume = "auto";
  ToyTask task;
  run(task);
  EXPECT_EQ(task.model->updates.item<float>(), 10);
}

TEST_F(TrainerTest, RefusesToResumeWithOtherSettingsAndNamesTheKey) {
  settings_.run.max_steps = 3;
  ToyTask first;
  run(first);
  settings_.run.resume = "auto";
  settings_.run.max_steps = 0;
  const auto refused = [&](const std::string& config) {
    settings_.config = config;
    ToyTask task;
    return failure(task);
  };
  const auto one = refused("batch_size: 4\nschedular: {lr: 0.05}\n");
  EXPECT_NE(one.find("other settings: batch_size: 2 there, 4 now"), std::string::npos) << one;
  const auto two = refused("batch_size: 2\nschedular: {lr: 0.06}\n");
  EXPECT_NE(two.find("schedular.lr: 0.05 there, 0.06 now"), std::string::npos) << two;
  const auto three = refused("batch_size: 2\nschedular: {lr: 0.05}\nalpha: 1\n");
  EXPECT_NE(three.find("alpha: nothing there, 1 now"), std::string::npos) << three;
  EXPECT_EQ(refused("batch_size: 2\nschedular: {lr: 0.05}\nlog_every_steps: 7\n"),
            "");  // changes nothing that is computed
}

TEST_F(TrainerTest, RefusesACheckpointOfAnotherModel) {
  settings_.run.max_steps = 3;
  ToyTask first, second;
  run(first);
  settings_.run.resume = "auto";
  settings_.run.max_steps = 0;
  second.model->linear = second.model->replace_module("linear", torch::nn::Linear(4, 7));
  const auto message = failure(second);
  EXPECT_NE(message.find("bias is [3], the model's is [7]; it is of another model"), std::string::npos) << message;
}

TEST_F(TrainerTest, SaysWhichCheckpointIsNotThere) {
  settings_.run.resume = folder_ / "none";
  ToyTask task;
  EXPECT_EQ(failure(task).find("--resume " + (folder_ / "none") + ": no such checkpoint folder"), 0U);
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

TEST_F(TrainerTest, RemembersTheBestOverAStop) {
  settings_.run.eval_every_steps = 2;
  settings_.run.max_steps = 4;
  ToyTask first, second;
  first.scores = {0.9, 0.1};
  run(first);
  settings_.run.resume = "auto";
  settings_.run.max_steps = 0;
  second.scores = {0.5, 0.6, 0.7};
  run(second);
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000002");
}

TEST_F(TrainerTest, SavesAndLeavesOnASignal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";  // a process of its own: the signal stays raised
  const auto stopped = [this] {
    ToyTask task;
    task.signal_at = 2;
    const auto message = complaint<Interrupted>([&] { run(task); });
    std::exit(message == "stopped at step 3; go on with --resume auto" && kept() == std::vector<int64_t>{3} ? 7 : 1);
  };
  EXPECT_EXIT(stopped(), testing::ExitedWithCode(7), "");
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
