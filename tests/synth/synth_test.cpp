#include "albef/synth/synth.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/folder_lock.h"
#include "albef/base/json.h"
#include "albef/synth/colour_baseline.h"

namespace fs = std::filesystem;

namespace albef::synth {
namespace {

class SynthFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / (std::string("albef_synth_") + test->name() + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Options small() { return {.train = 30, .val = 6, .test = 9, .size = 32, .wrong = 0.2, .vague = 0.2}; }

  static std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files[fs::relative(entry.path(), folder)] = read_file(entry.path());
    }
    return files;
  }

  std::string refusal(const Options& options) {
    try {
      write(folder_, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(SynthFolder, HasTheSameBytesWhateverTheThreads) {
  Options options = small();
  options.threads = 1;
  write(folder_ / "one", options);
  options.threads = 5;
  write(folder_ / "five", options);
  const auto one = contents(folder_ / "one");
  EXPECT_EQ(one, contents(folder_ / "five"));
  EXPECT_EQ(one.size(), 45u + 15 + 5 + 1) << "pictures, lists of the splits, shared lists, synth.json";
  EXPECT_EQ(one.at("images/train/000001.png").substr(1, 3), "PNG");
}

TEST_F(SynthFolder, ALongerSetBeginsWithTheShorterOne) {
  Options options = small();
  write(folder_ / "short", options);
  options.train = 40;
  write(folder_ / "long", options);
  const auto first = contents(folder_ / "short"), second = contents(folder_ / "long");
  for (const auto& [name, bytes] : first) {
    if (!name.starts_with("images/")) continue;
    EXPECT_EQ(bytes, second.at(name)) << name;
  }
}

TEST_F(SynthFolder, IsLeftAloneWhenItIsAlreadyThere) {
  const Summary made = write(folder_, small());
  EXPECT_FALSE(made.already_there);
  EXPECT_EQ(made.scenes, 45);
  EXPECT_EQ(made.captions, 45 * 5);
  EXPECT_GT(made.wrong, 0);
  EXPECT_GT(made.vague, 0);
  const auto before = fs::last_write_time(folder_ / "train.json");
  Options options = small();
  options.threads = 2;  // decides nothing about the bytes
  const Summary again = write(folder_, options);
  EXPECT_TRUE(again.already_there);
  EXPECT_EQ(again.wrong, made.wrong);
  EXPECT_EQ(again.vague, made.vague);
  EXPECT_EQ(fs::last_write_time(folder_ / "train.json"), before);
}

TEST_F(SynthFolder, IsMadeWholeAgainAfterAKillOrALoss) {
  write(folder_, small());
  const auto whole = contents(folder_);
  fs::remove(folder_ / "images/test/000003.png");
  EXPECT_FALSE(write(folder_, small()).already_there);
  EXPECT_EQ(contents(folder_), whole);
  std::string manifest = whole.at("synth.json");  // as it stands while the set is being made
  manifest.replace(manifest.find("\"complete\": true"), 16, "\"complete\": false");
  write_atomically(folder_ / "synth.json", manifest);
  std::ofstream(folder_ / "images/test/000001.png", std::ios::trunc) << "half a pict";
  EXPECT_FALSE(write(folder_, small()).already_there);
  EXPECT_EQ(contents(folder_), whole);
}

TEST_F(SynthFolder, IsDrawnByOneAtATime) {
  fs::create_directories(folder_);
  {
    const FolderLock other(folder_);
    EXPECT_NE(refusal(small()).find("is in use by process"), std::string::npos) << refusal(small());
  }
  EXPECT_EQ(refusal(small()), "");  // a lock alone, as a start that was killed leaves it, is no foreign thing
  EXPECT_FALSE(fs::exists(folder_ / kLockFile));
}

TEST_F(SynthFolder, CountsNothingInANoiseListThatIsNotItsOwn) {
  write(folder_, small());
  write_atomically(folder_ / "noise.json", R"([7, {"kind": 3}, {}, {"kind": "wrong"}])");
  EXPECT_EQ(write(folder_, small()).wrong, 1);
}

TEST_F(SynthFolder, RefusesAnotherSetAndForeignThings) {
  write(folder_, small());
  Options options = small();
  options.seed = 8;
  EXPECT_NE(refusal(options).find("seed 7, not 8"), std::string::npos) << refusal(options);
  options = small();
  options.scenes.most = 3;
  EXPECT_NE(refusal(options).find("objects \"2..4\", not \"2..3\""), std::string::npos) << refusal(options);
  const auto whole = contents(folder_);
  EXPECT_EQ(contents(folder_), whole);
  fs::remove(folder_ / "synth.json");
  EXPECT_NE(refusal(small()).find("holds other things"), std::string::npos);
  write_atomically(folder_ / "synth.json", "[1, 2]");
  EXPECT_NE(refusal(small()).find("is not by"), std::string::npos);
  write_atomically(folder_ / "synth.json", "{\"version\": 1, \"settings\": [");
  EXPECT_NE(refusal(small()), "");
  write_atomically(folder_ / "synth.json", "{\"version\": 1, \"settings\": \"none\"}");
  EXPECT_NE(refusal(small()).find("another set"), std::string::npos);
  fs::remove_all(folder_);
  std::ofstream(folder_) << "a file";
  EXPECT_NE(refusal(small()).find("is a file"), std::string::npos);
}

TEST_F(SynthFolder, RefusesASetOfAnotherVersion) {
  write(folder_, small());
  std::string manifest = read_file(folder_ / "synth.json");
  manifest.replace(manifest.find("\"version\": 2"), 12, "\"version\": 1");
  write_atomically(folder_ / "synth.json", manifest);
  EXPECT_NE(refusal(small()).find("made by another version"), std::string::npos) << refusal(small());
}

TEST(Objects, AreARangeOrANumber) {
  SceneOptions scenes;
  set_objects(scenes, "1..3");
  EXPECT_EQ(scenes, (SceneOptions{.least = 1, .most = 3}));
  set_objects(scenes, "4");
  EXPECT_EQ(scenes, (SceneOptions{.least = 4, .most = 4}));
}

TEST(Objects, AreRefusedWithWhatWasExpected) {
  SceneOptions scenes;
  for (const char* text : {"", "4..2", "0..3", "a..b", "2..9", "2..", "..3", "..", "2...3", "2..3..4", "-1..2", "3 ",
                           "1.5..2", "2-4", "5", "99999999999999999999", "2..3\n"}) {
    try {
      set_objects(scenes, text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with("--objects ")) << message;
      EXPECT_NE(message.find("expected MIN..MAX within 1..4"), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
  EXPECT_EQ(scenes, SceneOptions{});
}

TEST_F(SynthFolder, RefusesSillySettings) {
  const std::vector<std::pair<std::string, Options>> silly = {
      {"--train -1", {.train = -1}},
      {"--test 1e+06", {.test = 1'000'000}},
      {"all 0", {.train = 0, .val = 0, .test = 0}},
      {"--size 8", {.size = 8}},
      {"--size 1e+09", {.size = 1'000'000'000}},
      {"--captions 0", {.captions = 0}},
      {"--captions 21", {.captions = 21}},
      {"--wrong -0.1", {.wrong = -0.1}},
      {"--vague nan", {.vague = std::numeric_limits<double>::quiet_NaN()}},
      {"add up to 1.2", {.wrong = 0.6, .vague = 0.6}},
      {"--objects 3..2", {.scenes = {.least = 3, .most = 2}}},
      {"--objects 0..2", {.scenes = {.least = 0, .most = 2}}},
      {"--objects 2..5", {.scenes = {.least = 2, .most = 5}}},
      {"--patterns 0", {.scenes = {.patterns = 0}}},
      {"--patterns 9", {.scenes = {.patterns = 9}}},
      {"--threads -2", {.threads = -2}}};
  for (const auto& [complaint, options] : silly) {
    EXPECT_NE(refusal(options).find(complaint), std::string::npos) << complaint << " | " << refusal(options);
  }
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(SynthFolder, ListsNameWhatIsThere) {
  write(folder_, small());
  std::map<std::string, Json> captions;
  std::set<int64_t> ids;
  for (const char* split : {"train", "val", "test"}) {
    for (const Json& record : read_json(folder_ / (std::string(split) + ".json"))) {
      EXPECT_TRUE(fs::exists(folder_ / record.at("image").get<std::string>()));
      EXPECT_EQ(record.at("caption").size(), 5u);
      EXPECT_TRUE(ids.insert(record.at("image_id").get<int64_t>()).second);
      captions[record.at("image")] = record.at("caption");
    }
  }
  EXPECT_EQ(captions.size(), 45u);
  const Json noise = read_json(folder_ / "noise.json");
  EXPECT_FALSE(noise.empty());
  for (const Json& entry : noise) {
    EXPECT_TRUE(entry.at("image").get<std::string>().starts_with("images/train/"));
    EXPECT_EQ(captions.at(entry.at("image")).at(entry.at("index").get<size_t>()), entry.at("caption"));
  }
}

TEST_F(SynthFolder, TaskListsHaveTheAuthorsForms) {
  write(folder_, small());
  const Json boxes = read_json(folder_ / "dets.json");
  std::map<int64_t, Json> grounded;
  for (const char* split : {"val", "test"}) {
    for (const Json& record : read_json(folder_ / (std::string("grounding_") + split + ".json"))) {
      grounded[record.at("ref_id").get<int64_t>()] = record.at("text");
    }
  }
  const Json refs = read_json(folder_ / "refs.json");
  EXPECT_EQ(refs.size(), grounded.size());
  for (const Json& ref : refs) {
    EXPECT_EQ(grounded.at(ref.at("ref_id").get<int64_t>()), ref.at("sent"));
    const Json& proposals = boxes.at(std::to_string(ref.at("image_id").get<int64_t>()));
    EXPECT_NE(std::find(proposals.begin(), proposals.end(), ref.at("bbox")), proposals.end());
    for (const Json& box : proposals) {
      EXPECT_TRUE(box[0] >= 0 && box[1] >= 0 && box[0].get<int>() + box[2].get<int>() <= 32 &&
                  box[1].get<int>() + box[3].get<int>() <= 32)
          << box;
    }
  }
  const Json question = read_json(folder_ / "vqa_train.json").at(0);
  EXPECT_EQ(question.at("dataset"), "vqa");
  EXPECT_EQ(question.at("answer").size(), 10u);
  EXPECT_TRUE(question.at("question").get<std::string>().starts_with(question.at("question_type").get<std::string>()));
  EXPECT_TRUE((std::set<std::string>{"yes/no", "number", "other"}).contains(question.at("answer_type")));
  const Json entailments = read_json(folder_ / "ve_train.json");
  EXPECT_GT(entailments.size(), 60u);
  for (const Json& record : entailments) {
    EXPECT_TRUE(fs::exists(folder_ / record.at("image").get<std::string>()));
    EXPECT_TRUE((std::set<std::string>{"entailment", "neutral", "contradiction"}).contains(record.at("label")));
  }
}

TEST_F(SynthFolder, PairsAreIdentifiedAsNlvr2s) {
  write(folder_, small());
  const Json records = read_json(folder_ / "nlvr_train.json");
  EXPECT_EQ(records.size(), 15u * 4);
  EXPECT_EQ(read_json(folder_ / "nlvr_test.json").size(), 4u * 4) << "scene 9 has no partner";
  EXPECT_EQ(records[0].at("images"), Json({"images/train/000001.png", "images/train/000002.png"}));
  EXPECT_EQ(records[0].at("identifier"), "train-0-0-0");
  std::map<std::string, std::set<std::string>> sentences, labels;  // by set and sentence
  std::map<std::string, std::set<Json>> pictures;                  // by set and pair
  std::set<std::string> identifiers;
  for (const Json& record : records) {
    const std::string identifier = record.at("identifier");
    EXPECT_TRUE(identifiers.insert(identifier).second) << identifier;
    size_t set = 0, pair = 0, sentence = 0;
    ASSERT_EQ(std::sscanf(identifier.c_str(), "train-%zu-%zu-%zu", &set, &pair, &sentence), 3) << identifier;
    sentences[str(set, "-", sentence)].insert(record.at("sentence").get<std::string>());
    labels[str(set, "-", sentence)].insert(record.at("label").get<std::string>());
    pictures[str(set, "-", pair)].insert(record.at("images"));
  }
  EXPECT_EQ(pictures.size(), 15u);
  for (const auto& [pair, images] : pictures) EXPECT_EQ(images.size(), 1u) << pair;
  for (const auto& [number, texts] : sentences) EXPECT_EQ(texts.size(), 1u) << number;
  for (const auto& [number, both] : labels) EXPECT_EQ(both, (std::set<std::string>{"False", "True"})) << number;
}

TEST_F(SynthFolder, MayHoldVeryFewOrVerySimpleScenes) {
  for (int64_t scenes : {1, 2, 3}) {
    const fs::path few = folder_ / std::to_string(scenes);
    write(few, {.train = scenes, .val = 0, .test = 0, .size = 32});
    EXPECT_EQ(read_json(few / "vqa_train.json").size(), 4u * static_cast<size_t>(scenes));
    EXPECT_TRUE(read_json(few / "nlvr_train.json").empty());
  }
  const SceneOptions simple{.least = 1, .most = 1, .patterns = 1};
  write(folder_ / "simple",
        {.train = 30, .val = 0, .test = 9, .size = 32, .captions = 20, .wrong = 0.5, .vague = 0.1, .scenes = simple});
  EXPECT_EQ(read_json(folder_ / "simple/vqa_train.json").size(), 4u * 30);
  EXPECT_EQ(read_json(folder_ / "simple/nlvr_train.json").size(), 4u * 15);
  EXPECT_EQ(read_json(folder_ / "simple/dets.json").at("2000001").size(), 2u);
}

TEST_F(SynthFolder, LeavesOutSplitsWithoutScenes) {
  Options options = small();
  options.val = 0;
  write(folder_, options);
  EXPECT_FALSE(fs::exists(folder_ / "val.json"));
  EXPECT_TRUE(write(folder_, options).already_there);
}

TEST_F(SynthFolder, ColourBaselineReadsItBack) {
  write(folder_, small());
  const ColourRecall recall = colour_bag_recall(folder_, Split::kTest, {1, 5});
  std::vector<ColourQuery> queries;
  std::vector<ColourBag> scenes;
  const Json records = read_json(folder_ / "test.json");
  for (size_t i = 0; i < records.size(); ++i) {
    scenes.push_back(colour_bag(make_scene(small().seed, Split::kTest, i + 1)));
    for (const Json& caption : records[i].at("caption")) queries.push_back({colour_bag(caption.get<std::string>()), i});
  }
  EXPECT_EQ(queries.size(), 45u);
  EXPECT_EQ(recall, colour_bag_recall(queries, scenes, {1, 5}));
  write_atomically(folder_ / "scenes.jsonl", "{\"image\": 3}\n");
  EXPECT_THROW(colour_bag_recall(folder_, Split::kTest, {1}), Error);
}

}  // namespace
}  // namespace albef::synth
