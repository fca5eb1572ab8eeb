// A task small enough to be followed by hand, and a run of it in a folder of its own.
#pragma once
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <limits>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/base/rng.h"
#include "albef/io/checkpoint.h"
#include "albef/train/trainer.h"

namespace albef {

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
  std::string name() const override { return kind; }
  torch::nn::Module& module() override { return *model; }
  int64_t steps_per_epoch() const override { return epoch_steps; }
  void start(const RunPosition& position, const OrderedJson& counters) override {
    started_at = position;
    counted = counters.value("steps", int64_t{0});
  }
  StepResult step(const RunPosition& position) override {
    EXPECT_TRUE(model->is_training());
    if (position.step == signal_at) std::raise(stop_signal);
    if (position.step == hungry_at) torch::empty({int64_t{1} << 62}, torch::kUInt8);
    ++counted;
    Rng rng(Purpose::kScene, {static_cast<uint64_t>(position.epoch), static_cast<uint64_t>(position.step_in_epoch)});
    auto x = torch::empty({2, 4});
    for (int64_t i = 0; i < 8; ++i) x.view({-1})[i] = rng.normal();
    auto loss = torch::dropout(model->linear(x), 0.5, true).pow(2).sum();
    if (position.step == nan_at) loss = loss * std::numeric_limits<float>::quiet_NaN();
    if (position.step == infinite_at && huge_gradient) loss = loss * 1e25;
    return {.loss = loss, .values = {{"half", loss / 2}}, .pairs = 2, .data_wait = 0};
  }
  void after_update() override {
    model->updates.add_(1);
    if (infinite_at == model->updates.item<float>() - 1 && !huge_gradient) {
      const torch::NoGradGuard no_grad;
      model->linear->weight.fill_(std::numeric_limits<float>::infinity());
    }
  }
  bool evaluates() const override { return !scores.empty() || !broken_picture.empty(); }
  Metrics evaluate() override {
    EXPECT_FALSE(model->is_training());
    if (at_evaluation) at_evaluation();
    if (!broken_picture.empty()) fail(broken_picture, ": damaged");
    return {{"score", scores.at(static_cast<size_t>(evaluations++))}};
  }
  std::map<std::string, torch::Tensor> weights() override {
    return {{"weight", model->linear->weight.detach()},
            {"bias", model->linear->bias.detach()},
            {"updates", model->updates}};
  }
  std::map<std::string, std::string> files() override { return {{"vocab.txt", "[PAD]\n"}}; }
  OrderedJson data() override { return data_mark.empty() ? OrderedJson() : OrderedJson{{"train_file", data_mark}}; }
  OrderedJson counters() override { return {{"steps", counted}}; }

  ToyModel model;
  RunPosition started_at;
  int64_t epoch_steps = 5, counted = 0;
  int64_t nan_at = -1, signal_at = -1, hungry_at = -1, infinite_at = -1, evaluations = 0;
  std::function<void()> at_evaluation;
  std::vector<int64_t> saved_steps;
  bool huge_gradient = false;
  int stop_signal = SIGTERM;
  std::string kind = "toy";
  std::string data_mark = "as it is", broken_picture;
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
    SingleProcess alone;
    const FolderLock lock = open_run_folder(settings_.run);
    settings_.checkpoint = checkpoint_to_resume(settings_.run);
    Trainer(task, settings_, alone).run();
  }
  void run_until(int64_t step, ToyTask&& task = {}) {
    settings_.run.max_steps = step;
    run(task);
  }
  // The next run goes on from there, until `step`; 0: to the schedule's end.
  void set_to_resume(int64_t step, const std::string& from = "auto") {
    settings_.run.resume = from;
    settings_.run.max_steps = step;
  }
  std::string failure(ToyTask& task) {
    return complaint<Error>([&] { run(task); });
  }
  std::filesystem::path root() const { return std::filesystem::path(settings_.run.output_dir) / "checkpoints"; }
  std::vector<int64_t> kept() const {
    std::vector<int64_t> steps;
    for (const auto& path : list_checkpoints(root())) steps.push_back(*checkpoint_step(path));
    return steps;
  }
  std::string log() const { return read_file(std::filesystem::path(settings_.run.output_dir) / "log.txt"); }
  std::vector<Json> metrics() const {
    std::vector<Json> lines;
    std::ifstream in(std::filesystem::path(settings_.run.output_dir) / "metrics.jsonl");
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

inline void expect_equal(const std::map<std::string, torch::Tensor>& a, const std::map<std::string, torch::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
}

}  // namespace albef
