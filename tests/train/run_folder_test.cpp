#include "albef/train/run_folder.h"

#include "toy_run.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

using RunFolder = TrainerTest;

TEST_F(RunFolder, ResumesBitForBit) {
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
    set_to_resume(0);
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

TEST_F(RunFolder, ResumesBitForBitWithPartsFrozenAndAtTheirOwnRates) {
  settings_.parts = {.freeze = {"linear.bias"}, .lr_factor = {{"linear.weight", 0.25}}};
  ToyTask untrained, straight;
  run(straight);
  const auto wanted = read_checkpoint(root() / "last");
  EXPECT_TRUE(torch::equal(wanted.model.at("bias"), untrained.model->linear->bias));
  EXPECT_FALSE(torch::equal(wanted.model.at("weight"), untrained.model->linear->weight));
  EXPECT_EQ(wanted.training.size(), 3U);
  EXPECT_TRUE(wanted.training.contains("exp_avg.linear.weight"));
  settings_.run.output_dir = folder_ / "stopped";
  run_until(4);
  ToyTask second;
  set_to_resume(0);
  run(second);
  EXPECT_EQ(second.started_at.step, 4);
  const auto got = read_checkpoint(root() / "last");
  expect_equal(got.model, wanted.model);
  expect_equal(got.training, wanted.training);
}

TEST_F(RunFolder, ResumesFromAnOlderCheckpointThatIsNamed) {
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

TEST_F(RunFolder, GoesOnWithACheckpointOfAVersionThatHadFewerSettings) {
  run_until(4);
  ToyTask second, third;
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

TEST_F(RunFolder, NamesTheTensorOfACheckpointThatHoldsNaN) {
  run_until(4);
  ToyTask second;
  auto checkpoint = read_checkpoint(root() / "last");
  checkpoint.model.at("bias")[1] = std::numeric_limits<float>::quiet_NaN();
  write_checkpoint(root(), 4, checkpoint);
  settings_.run.resume = "auto";
  const auto message = failure(second);
  EXPECT_NE(message.find("step-00000004: tensor bias of model.safetensors holds NaN or infinity"), std::string::npos)
      << message;
  EXPECT_TRUE(second.model->linear->bias.isfinite().all().item<bool>());
}

TEST_F(RunFolder, PassesOverADamagedCheckpoint) {
  settings_.run.save_every_steps = 4;
  ToyTask first, second;
  run(first);
  fs::resize_file(root() / "step-00000010" / "model.safetensors", 100);
  settings_.run.resume = "auto";
  run(second);
  EXPECT_EQ(second.started_at.step, 8);
}

TEST_F(RunFolder, NeverStartsOverCheckpointsThatCannotBeRead) {
  settings_.run.save_every_steps = 5;
  ToyTask first, second;
  run(first);
  for (const auto step : {"step-00000005", "step-00000010"})
    fs::rename(root() / step / "model.safetensors", root() / step / "mine");
  settings_.run.resume = "auto";
  EXPECT_NE(failure(second).find("holds checkpoints, and none can be read"), std::string::npos);
  EXPECT_TRUE(fs::exists(root() / "step-00000010/mine"));
  EXPECT_EQ(metrics().size(), 10U);
}

TEST_F(RunFolder, OfAnotherRunIsNoPlaceToGoOnIn) {
  ToyTask first, second, third;
  run(first);
  const auto theirs = root() / "last";
  settings_.run.output_dir = folder_ / "second";
  run(second);
  settings_.run.resume = theirs;
  EXPECT_NE(failure(third).find("second: already holds a run"), std::string::npos);
  EXPECT_EQ(metrics().size(), 10U);
}

TEST_F(RunFolder, GoesOnWhereItWentBackTo) {
  settings_.run.save_every_steps = 2;
  settings_.run.keep_checkpoints = 9;
  ToyTask first, back, again;
  run(first);
  settings_.run.resume = root() / "step-00000004";
  settings_.run.max_steps = 5;
  run(back);
  set_to_resume(7);
  run(again);
  EXPECT_EQ(again.started_at.step, 5);
}

TEST_F(RunFolder, StandsForItsLastCheckpoint) {
  run_until(4);
  ToyTask second;
  settings_.run.resume = settings_.run.output_dir;
  settings_.run.output_dir = folder_ / "second";
  settings_.run.max_steps = 5;
  run(second);
  EXPECT_EQ(second.started_at.step, 4);
}

TEST_F(RunFolder, HasNothingToDoAtTheEnd) {
  ToyTask first, second;
  run(first);
  settings_.run.resume = "auto";
  run(second);
  EXPECT_EQ(second.model->updates.item<float>(), 10);
  EXPECT_EQ(metrics().size(), 10U);
}

TEST_F(RunFolder, CutsTheMetricsBackToWhereItResumes) {
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

TEST_F(RunFolder, RefusesAFolderThatHoldsARun) {
  ToyTask task, again;
  run(task);
  const auto message = failure(again);
  EXPECT_NE(message.find("already holds a run; go on with it (--resume auto)"), std::string::npos) << message;
  EXPECT_EQ(again.model->updates.item<float>(), 0);
}

TEST_F(RunFolder, RefusesAFolderThatHoldsOtherThings) {
  folder_.write("run/thesis.tex", "precious");
  ToyTask task;
  const auto message = failure(task);
  EXPECT_NE(message.find("holds thesis.tex and no run"), std::string::npos) << message;
  settings_.run.resume = "auto";
  EXPECT_NE(failure(task), "");
  EXPECT_EQ(read_file(folder_ / "run/thesis.tex"), "precious");
  EXPECT_FALSE(fs::exists(folder_ / "run/.lock"));
}

TEST_F(RunFolder, StartsWhereAnEarlierStartFailedOrNothingIsYet) {
  folder_.write("run/log.txt", "");
  folder_.write("run/config.yaml", "");
  settings_.run.resume = "auto";
  ToyTask task;
  run(task);
  EXPECT_EQ(task.model->updates.item<float>(), 10);
}

TEST_F(RunFolder, RefusesToResumeWithOtherSettingsAndNamesTheKey) {
  run_until(3);
  set_to_resume(0);
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

TEST_F(RunFolder, RefusesACheckpointOfAnotherTask) {
  run_until(3);
  EXPECT_EQ(read_checkpoint_state(root() / "last").at("task"), "toy");
  const auto refused = [&](const std::string& kind) {
    ToyTask task;
    task.kind = kind;
    set_to_resume(4);
    settings_.complete_config = [](const std::string&, const std::string&) -> std::string { fail("unknown key"); };
    return failure(task);
  };
  EXPECT_EQ(refused("ve"), (root() / "step-00000003").string() +
                               ": is a checkpoint of `toy`, this run trains `ve`; a new run can start from its "
                               "weights: set `checkpoint` to it, and no resume");
  EXPECT_EQ(refused("toy"), "unknown key");
  auto checkpoint = read_checkpoint(root() / "last");
  checkpoint.state.erase("task");
  write_checkpoint(root(), 3, checkpoint);
  EXPECT_NE(refused("toy").find("is a checkpoint of `pretrain`, this run trains `toy`"), std::string::npos);
  EXPECT_EQ(refused("pretrain"), "unknown key");
}

TEST_F(RunFolder, RefusesACheckpointOfAnotherModel) {
  run_until(3);
  ToyTask second;
  set_to_resume(0);
  second.model->linear = second.model->replace_module("linear", torch::nn::Linear(4, 7));
  const auto message = failure(second);
  EXPECT_NE(message.find("bias is [3], the model's is [7]; it is of another model"), std::string::npos) << message;
}

TEST_F(RunFolder, SaysWhichCheckpointIsNotThere) {
  settings_.run.resume = folder_ / "none";
  ToyTask task;
  EXPECT_EQ(failure(task).find("--resume " + (folder_ / "none") + ": no such checkpoint folder"), 0U);
}

TEST_F(RunFolder, RemembersTheBestOverAStop) {
  settings_.run.eval_every_steps = 2;
  settings_.run.max_steps = 4;
  ToyTask first, second;
  first.scores = {0.9, 0.1};
  run(first);
  set_to_resume(0);
  second.scores = {0.5, 0.6, 0.7};
  run(second);
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000002");
}

TEST_F(RunFolder, CountsPatienceOverAStopAndHasNothingToDoAtItsEnd) {
  settings_.run.eval_every_steps = 2;
  settings_.run.patience = 2;
  ToyTask first, second, third, fourth;
  first.scores = {0.9, 0.1};
  settings_.run.max_steps = 4;
  run(first);
  EXPECT_EQ(read_checkpoint_state(root() / "last").at("without_gain"), 1);
  set_to_resume(0);
  second.scores = third.scores = {0.5};
  run(second);
  EXPECT_EQ(second.model->updates.item<float>(), 6);
  run(third);
  EXPECT_EQ(third.model->updates.item<float>(), 6);
  EXPECT_EQ(third.evaluations, 0);
  EXPECT_NE(log().find("nothing to do: 2 evaluations in a row until step 6 were no better in score than 0.9, that of " +
                       (root() / "step-00000002").string() + "; to go on, raise patience"),
            std::string::npos)
      << log();
  settings_.run.patience = 3;
  fourth.scores = {0.95, 0.1};
  run(fourth);
  EXPECT_EQ(fourth.model->updates.item<float>(), 10);
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000008");
}

TEST_F(RunFolder, PatienceMayChangeBetweenARunAndItsContinuation) {
  settings_.config += "patience: 2\neval_every_epochs: 1\n";
  run_until(4);
  set_to_resume(6);
  settings_.config = "batch_size: 2\nschedular: {lr: 0.05}\npatience: 3\n";
  ToyTask second;
  run(second);
  EXPECT_EQ(second.started_at.step, 4);
}

TEST_F(RunFolder, RefusesOtherDataUnlessThatIsAskedFor) {
  run_until(8);  // step 3 of epoch 1
  ToyTask other, changed;
  set_to_resume(0);
  other.data_mark = changed.data_mark = "as it is now";
  changed.epoch_steps = 2;
  const auto message = failure(other);
  EXPECT_NE(message.find("other data: train_file: \"as it is\" there, \"as it is now\" now"), std::string::npos)
      << message;
  settings_.run.allow_changed_data = true;
  settings_.schedule.epochs = 3;
  run(changed);
  EXPECT_EQ(changed.started_at.step, 8);
  EXPECT_EQ(changed.started_at.epoch, 2);  // epoch 1 has no fourth step any more
  EXPECT_EQ(changed.started_at.step_in_epoch, 0);
  EXPECT_EQ(logged_steps(), (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(metrics().back().at("epoch"), 2);
}

TEST_F(RunFolder, HandsBackWhatTheTaskCounted) {
  run_until(4);
  ToyTask second;
  set_to_resume(6);
  run(second);
  EXPECT_EQ(second.counted, 6);
}

TEST_F(RunFolder, ARunFromAnotherFoldersCheckpointLeavesThatFolderAlone) {
  settings_.run.eval_every_steps = 4;
  settings_.run.max_steps = 4;
  ToyTask first, second;
  first.broken_picture = "a.jpg";  // so that an evaluation is owed
  run(first);
  const auto theirs = root();
  const auto before = read_file(theirs / "last" / "state.json");
  settings_.run.resume = theirs / "step-00000004";
  settings_.run.output_dir = folder_ / "second";
  settings_.run.max_steps = 5;
  second.scores = {0.5, 0.6};
  run(second);
  EXPECT_EQ(read_file(theirs / "last" / "state.json"), before);
  EXPECT_FALSE(fs::exists(theirs / "best"));
  EXPECT_EQ(kept(), (std::vector<int64_t>{5, 4}));
  EXPECT_EQ(fs::canonical(root() / "best").filename(), "step-00000005");
}

TEST_F(RunFolder, RefusesAFolderThatAnotherRunHolds) {
  const FolderLock first = open_run_folder(settings_.run);
  settings_.run.resume = "auto";
  ToyTask task;
  EXPECT_NE(failure(task).find("is in use by process"), std::string::npos);
}

}  // namespace
}  // namespace albef
