#include "albef/io/checkpoint.h"

#include <sys/resource.h>
#include <torch/torch.h>

#include <csignal>

#include "albef/io/checksum.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

Checkpoint sample(double value = 1.5) {
  return {{{"w", torch::full({2, 3}, value)}, {"queue_ptr", torch::tensor({int64_t{7}})}},
          {{"w.exp_avg", torch::full({2, 3}, value / 2)}},
          {{"zeta", "first"}, {"config", {{"lr", 1e-4}, {"name", "naïve"}}}, {"seed", 18446744073709551615u}},
          {{"vocab.txt", "[PAD]\n[CLS]\n"}}};
}

void expect_same(const Checkpoint& got, const Checkpoint& want) {
  expect_equal(got.model, want.model);
  expect_equal(got.training, want.training);
  EXPECT_EQ(got.state.dump(), want.state.dump());  // the order, too
  EXPECT_EQ(got.files, want.files);
}

/// All files below the folder, by their path in it.
std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().lexically_relative(folder).string()] = content(entry.path());
  }
  return files;
}

TEST(Checkpoint, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const fs::path path = write_checkpoint(folder / "checkpoints", 1200, sample());
  EXPECT_EQ(path, folder / "checkpoints" / "step-00001200");
  expect_same(read_checkpoint(path), sample());
  expect_same(read_checkpoint(folder / "checkpoints" / "last"), sample());
  EXPECT_EQ(read_checkpoint_state(path).dump(), sample().state.dump());
  EXPECT_EQ(checkpoint_step(path), 1200);
  verify_checkpoint(path);
}

TEST(Checkpoint, OfVersion1LoadsForEver) {
  const Checkpoint checkpoint = read_checkpoint(kSamples / "checkpoint_v1");
  expect_same(checkpoint, sample());
}

TEST(Checkpoint, SettingsAreTextOrAnErrorThatNamesTheFile) {
  const TemporaryFolder folder;
  Checkpoint checkpoint = sample();
  checkpoint.state["config"] = "lr: 1\n";
  EXPECT_EQ(read_checkpoint_config(write_checkpoint(folder.path(), 1, checkpoint)), "lr: 1\n");
  checkpoint.state.erase("config");
  for (const auto& path : {fs::path(kSamples / "checkpoint_v1"), write_checkpoint(folder.path(), 2, checkpoint)}) {
    const std::string message = error_of([&] { read_checkpoint_config(path); });
    EXPECT_NE(message.find((path / "state.json").string()), std::string::npos) << message;
  }
}

TEST(Checkpoint, SameContentGivesTheSameBytes) {
  const TemporaryFolder first, second;
  write_checkpoint(first.path(), 3, sample());
  write_checkpoint(second.path(), 3, sample());
  EXPECT_EQ(files_in(first.path()), files_in(second.path()));
}

TEST(Checkpoint, LastFollowsAndTheNewestComesFirst) {
  const TemporaryFolder folder;
  EXPECT_TRUE(list_checkpoints(folder / "none").empty());
  for (const int64_t step : {5, 100, 20}) write_checkpoint(folder.path(), step, sample());
  std::vector<int64_t> steps;
  for (const auto& path : list_checkpoints(folder.path())) steps.push_back(*checkpoint_step(path));
  EXPECT_EQ(steps, (std::vector<int64_t>{100, 20, 5}));
  EXPECT_EQ(fs::read_symlink(folder / "last"), "step-00000020");
}

TEST(Checkpoint, IsReplacedByOneOfTheSameStep) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), 5, sample(1));
  write_checkpoint(folder.path(), 5, sample(2));
  expect_same(read_checkpoint(folder / "last"), sample(2));
  EXPECT_EQ(list_checkpoints(folder.path()).size(), 1u);
}

TEST(Checkpoint, WhatAKilledWriteLeftIsPassedOverAndRemoved) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), 5, sample());
  fs::create_directories(folder / ".tmp-step-00000009");
  write(folder / ".tmp-step-00000009" / "model.safetensors", "half");
  EXPECT_EQ(newest_whole_checkpoint(folder.path()), folder / "step-00000005");
  write_checkpoint(folder.path(), 9, sample());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 3);  // two checkpoints and `last`
}

TEST(Checkpoint, AnyAlteredOrMissingByteIsAnError) {
  const TemporaryFolder folder;
  const fs::path path = write_checkpoint(folder.path(), 5, sample());
  for (const auto& [name, whole] : files_in(path)) {
    const auto attempt = [&](const std::string& spoilt) {
      write(path / name, spoilt);
      verify_checkpoint(path);
      expect_same(read_checkpoint(path), sample());  // only spaces between JSON's values may change without notice
    };
    const int accepted = count_accepted(whole, 1, attempt);
    EXPECT_LE(accepted, name == "state.json" ? 1 : 0) << name;  // 1: without the line end
    fs::remove(path / name);
    error_of([&] { read_checkpoint(path); });
    error_of([&] { verify_checkpoint(path); });
    write(path / name, whole);
  }
  expect_same(read_checkpoint(path), sample());
}

TEST(Checkpoint, WeightsOfAnotherCheckpointAreAnError) {
  const TemporaryFolder folder;
  const fs::path one = write_checkpoint(folder.path(), 1, sample(1)),
                 two = write_checkpoint(folder.path(), 2, sample(2));
  fs::copy_file(one / "model.safetensors", two / "model.safetensors", fs::copy_options::overwrite_existing);
  EXPECT_NE(error_of([&] { read_checkpoint(two); }).find("not the file"), std::string::npos);
  EXPECT_EQ(newest_whole_checkpoint(folder.path()), one);
}

TEST(Checkpoint, ANewerVersionIsNamed) {
  const TemporaryFolder folder;
  const fs::path path = write_checkpoint(folder.path(), 1, sample());
  std::string state = content(path / "state.json");
  state.replace(state.find("\"version\": 1"), 12, "\"version\": 2");
  write(path / "state.json", state);
  EXPECT_NE(error_of([&] { read_checkpoint(path); }).find("version 2"), std::string::npos);
}

TEST(Checkpoint, HostileStatesAreErrors) {
  const TemporaryFolder folder;
  const fs::path path = write_checkpoint(folder.path(), 1, sample());
  std::string many = "{";
  for (int i = 0; i < 20000; ++i) many += str('"', i, "\":0,");
  std::string repeated = many;  // not too many keys in the end, but each was looked up among all of them
  for (int i = 20000; i < 40000; ++i) many += str('"', i, "\":0,");
  for (int i = 0; i < 300000; ++i) repeated += "\"x\":0,";
  std::string deep = "{\"a\":";
  deep.append(100000, '[');
  const std::vector<std::string> states{
      "", "[]", "{}", R"({"format":"albef checkpoint"})", deep, many + "\"x\":0}", repeated + "\"x\":0}"};
  for (const std::string& state : states) {
    write(path / "state.json", state);
    error_of([&] { read_checkpoint(path); });
    EXPECT_EQ(newest_whole_checkpoint(folder.path()), std::nullopt);
  }
}

TEST(Checkpoint, StatesWithARightChecksumAndAWrongFormAreErrors) {
  const TemporaryFolder folder;
  const fs::path path = write_checkpoint(folder.path(), 1, sample());
  OrderedJson good = OrderedJson::parse(content(path / "state.json"));
  good.erase("crc32");
  const auto expect_refused = [&](const std::function<void(OrderedJson&)>& spoil) {
    OrderedJson document = good;
    spoil(document);
    const std::string text = document.dump();
    document["crc32"] = checksum_text(crc32(0, text.data(), text.size()));
    write(path / "state.json", document.dump());
    error_of([&] { read_checkpoint(path); });
    error_of([&] { verify_checkpoint(path); });
  };
  expect_refused([](OrderedJson& d) { d.erase("state"); });
  expect_refused([](OrderedJson& d) { d["files"][std::string("vocab\0.txt", 10)] = d["files"]["vocab.txt"]; });
  expect_refused([](OrderedJson& d) { d["state"] = 1; });
  expect_refused([](OrderedJson& d) { d.erase("files"); });
  expect_refused([](OrderedJson& d) { d["files"] = {1}; });
  expect_refused([](OrderedJson& d) { d["files"].erase("model.safetensors"); });
  expect_refused([](OrderedJson& d) { d["files"]["model.safetensors"] = 1; });
  expect_refused([](OrderedJson& d) { d["files"]["vocab.txt"]["bytes"] = -1; });
  expect_refused([](OrderedJson& d) { d["files"]["vocab.txt"]["crc32"] = nullptr; });
  for (const char* elsewhere : {"../secret", "/etc/hostname", "..", ".", "", "a/b"}) {
    expect_refused([&](OrderedJson& d) { d["files"][elsewhere] = {{"bytes", 0}, {"crc32", "00000000"}}; });
  }
}

TEST(Checkpoint, AStateThatIsNoUtf8IsAnErrorAndLeavesNothing) {
  const TemporaryFolder folder;
  Checkpoint strange = sample();
  strange.state["path"] = "\xff";
  EXPECT_NE(error_of([&] { write_checkpoint(folder.path(), 1, strange); }).find("UTF-8"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Checkpoint, AFullDiskLeavesTheEarlierOnes) {
  const TemporaryFolder folder;
  write_checkpoint(folder.path(), 1, sample());
  const auto before = files_in(folder.path());
  Checkpoint large = sample();
  large.training["big"] = torch::ones({1 << 18});
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{1 << 16, old.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = error_of([&] { write_checkpoint(folder.path(), 2, large); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("training.safetensors"), std::string::npos) << message;
  EXPECT_EQ(files_in(folder.path()), before);
  EXPECT_EQ(fs::read_symlink(folder / "last"), "step-00000001");
}

TEST(Checkpoint, PruningKeepsTheNewestTheBestAndTheLast) {
  const TemporaryFolder folder;
  for (const int64_t step : {10, 20, 30, 40, 50}) write_checkpoint(folder.path(), step, sample());
  link_checkpoint(folder.path(), "best", folder / "step-00000020");
  link_checkpoint(folder.path(), "last", folder / "step-00000010");
  prune_checkpoints(folder.path(), 2);
  std::vector<int64_t> steps;
  for (const auto& path : list_checkpoints(folder.path())) steps.push_back(*checkpoint_step(path));
  EXPECT_EQ(steps, (std::vector<int64_t>{50, 40, 20, 10}));
  prune_checkpoints(folder.path(), 0);
  EXPECT_EQ(list_checkpoints(folder.path()).size(), 3u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 5);  // nothing but these and the links
}

TEST(Checkpoint, AFolderThatCannotBeMadeIsAnError) {
  const TemporaryFolder folder;
  write(folder / "file", "x");
  EXPECT_NE(error_of([&] { write_checkpoint(folder / "file", 1, sample()); }).find("file"), std::string::npos);
}

TEST(Checkpoint, OtherFoldersAreNoCheckpoints) {
  for (const char* name : {"step-1", "step-0000000x", "last", ".tmp-step-00000001", "step-99999999999999999999"}) {
    EXPECT_EQ(checkpoint_step(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace albef
