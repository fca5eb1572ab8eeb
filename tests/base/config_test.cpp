#include "albef/base/config.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

struct Inner {
  double lr = 1e-4;
  int64_t warmup = 10;
};

template <class Visitor>
void fields(Visitor& v, Inner& o) {
  v("lr", o.lr, "learning rate", Range{0, 1});
  v("warmup", o.warmup, "steps", Range{0, 1e6});
}

struct Settings {
  std::string name = "run", mode = "sampled";
  bool flip = true;
  int64_t batch_size = 64;
  double temperature = 0.07;
  std::vector<std::string> files;
  std::vector<int64_t> ranks = {1, 5};
  NumberMap factors = {{"head", 10}};
  Inner optimizer;
};

template <class Visitor>
void fields(Visitor& v, Settings& o) {
  v("name", o.name, "what it is called");
  v("mode", o.mode, "how", Choices{"sampled", "hardest"});
  v("flip", o.flip, "mirror");
  v("batch_size", o.batch_size, "pairs", Range{1, 1000});
  v("temperature", o.temperature, "start");
  v("files", o.files, "lists");
  v("ranks", o.ranks, "whole numbers", Range{1, 99});
  v("factors", o.factors, "numbers by name", Range{0, 1000});
  v("optimizer", o.optimizer, "AdamW");
}

Settings read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Settings settings;
  read_config(parse_yaml(text, "run.yaml", overrides), "run.yaml", settings);
  return settings;
}

std::string message(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return complaint<Error>([&] { read(text, overrides); });
}

TEST(Config, RefusesAKeyThatIsGivenTwiceWithBothLines) {
  EXPECT_EQ(message("name: a\nflip: no\nname: b\n"),
            "run.yaml:3: key 'name' is given twice, first in line 1; remove one");
  EXPECT_EQ(message("optimizer:\n  lr: 0.1\n  warmup: 1\n  lr: 0.1\n"),
            "run.yaml:4: key 'lr' is given twice, first in line 2; remove one");
  EXPECT_NE(message("files: [{a: 1, a: 2}]\n").find("'a' is given twice"), std::string::npos);
  EXPECT_NE(message("", {"optimizer={lr: 0.1, lr: 0.2}"}).find("'lr' is given twice"), std::string::npos);
}

TEST(Config, DoesNotBlameTheFileForAnOverride) {
  const std::string place = "--set, over run.yaml: ";
  EXPECT_EQ(message("name: a\n", {"batch_size=[3]"}),
            place + "batch_size is a list, expected a whole number from 1 to 1000");
  EXPECT_EQ(message("name: a\n", {"optimizer={lr: 2}"}), place + "optimizer.lr is '2', expected a number from 0 to 1");
  EXPECT_EQ(message("name: a\n", {"optimizer=3"}), place + "optimizer must hold `key: value` lines");
  EXPECT_EQ(message("name: a\n", {"nam=b"}), place + "unknown key 'nam'; did you mean 'name'?");
  EXPECT_EQ(message("", {"files=[a, b]", "optimizer={lr: 0.5}"}), "");
}

TEST(Config, RefusesASecondDocumentAndATreeOfAliases) {
  EXPECT_EQ(message("name: a\n---\nname: b\n").find("run.yaml:3: a second YAML document begins"), 0U);
  EXPECT_EQ(message("---\nname: a\n...\n"), "");
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) bomb += str("a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, "]\n");
  EXPECT_NE(message(bomb).find("this is no settings file"), std::string::npos);
}

// yaml-cpp takes a stray mark for an empty document, and the next one, and so on until the memory is full.
TEST(Config, RefusesStrayMarksThatYamlCppReadsForEver) {
  for (const char* text :
       {", b]: x, optimizer: {lr: 0.5}}", "]", "}: x", "flip: no\n---\n, x", "{flip: no}, name: a"}) {
    EXPECT_EQ(message(text).find("run.yaml:"), 0u) << text << " gave " << message(text);
  }
}

TEST(Config, RefusesAnAliasWithinWhatItStandsFor) {
  EXPECT_NE(message("optimizer: &a {lr: 0.5, more: *a}\n").find("run.yaml:1: lists or maps nested deeper than 64"),
            std::string::npos)
      << message("optimizer: &a {lr: 0.5, more: *a}\n");
  EXPECT_NE(message("files: &a [*a]\n").find("nested deeper than 64"), std::string::npos);
}

TEST(Config, ComplainsInOneLineWhateverYamlCppSays) {
  const std::string error = message("name: \"a\\\nb\\\x01\"\n");
  EXPECT_NE(error.find("not valid YAML"), std::string::npos) << error;
  for (const char c : error) EXPECT_GE(c, 0x20);
}

TEST(Config, ReadsEveryKindAndKeepsDefaultsOfTheRest) {
  const auto s = read("flip: no\nbatch_size: 32\ntemperature: 1e-1\nfiles: [a.json, b.json]\noptimizer: {lr: 0.5}\n");
  EXPECT_FALSE(s.flip);
  EXPECT_EQ(s.batch_size, 32);
  EXPECT_EQ(s.temperature, 0.1);
  EXPECT_EQ(s.files, (std::vector<std::string>{"a.json", "b.json"}));
  EXPECT_EQ(s.optimizer.lr, 0.5);
  EXPECT_EQ(s.optimizer.warmup, 10);
  EXPECT_EQ(s.name, "run");
  EXPECT_EQ(read("files: one.json").files, std::vector<std::string>{"one.json"});
  EXPECT_EQ(read("ranks: [3, 50]").ranks, (std::vector<int64_t>{3, 50}));
  EXPECT_EQ(read("ranks: 7").ranks, std::vector<int64_t>{7});
  EXPECT_EQ(read("ranks: []").ranks, std::vector<int64_t>{});
  EXPECT_EQ(read("").ranks, (std::vector<int64_t>{1, 5}));
  EXPECT_EQ(read("").batch_size, 64);
  EXPECT_EQ(read("optimizer:\n").optimizer.warmup, 10);
}

TEST(Config, NamesTheNearestOfAnUnknownKey) {
  EXPECT_EQ(message("flip: true\nbatchsize: 3\n"), "run.yaml:2: unknown key 'batchsize'; did you mean 'batch_size'?");
  EXPECT_EQ(message("optimizer:\n  wamup: 3\n"),
            "run.yaml:2: unknown key 'optimizer.wamup'; did you mean 'optimizer.warmup'?");
  const auto far = message("zzzzzzzzzzzz: 3\n");
  EXPECT_NE(far.find("known keys: name, mode, flip"), std::string::npos) << far;
}

TEST(Config, NamesLineKeyAndExpectationOfAWrongValue) {
  EXPECT_EQ(message("flip: true\nbatch_size: many\n"),
            "run.yaml:2: batch_size is 'many', expected a whole number from 1 to 1000");
  EXPECT_EQ(message("batch_size: 3.5"), "run.yaml:1: batch_size is '3.5', expected a whole number from 1 to 1000");
  EXPECT_EQ(message("flip: perhaps"), "run.yaml:1: flip is 'perhaps', expected true or false");
  EXPECT_EQ(message("temperature: [1]"), "run.yaml:1: temperature is a list, expected a number");
  EXPECT_EQ(message("name: {a: 1}"), "run.yaml:1: name is a map, expected a text");
  EXPECT_EQ(message("files: {a: 1}"), "run.yaml:1: files is a map, expected a text or a list of texts");
  EXPECT_EQ(message("ranks: [1, x]"), "run.yaml:1: ranks is 'x', expected a list of whole numbers from 1 to 99");
  EXPECT_EQ(message("ranks: [[1]]"), "run.yaml:1: ranks is a list, expected a list of whole numbers from 1 to 99");
  EXPECT_EQ(message("ranks: {a: 1}"), "run.yaml:1: ranks is a map, expected a list of whole numbers from 1 to 99");
  EXPECT_EQ(message("\noptimizer: 3"), "run.yaml:2: optimizer must hold `key: value` lines");
}

TEST(Config, ReadsNumbersByFreeNames) {
  EXPECT_EQ(read("").factors, (NumberMap{{"head", 10}}));
  EXPECT_EQ(read("factors: {a.b.0: 0.1, \"c d\": 1e2}").factors, (NumberMap{{"a.b.0", 0.1}, {"c d", 100}}));
  EXPECT_EQ(read("factors: {}").factors, NumberMap());
  EXPECT_EQ(read("factors:\n").factors, NumberMap());
  EXPECT_EQ(read("factors: {a: 1, b: 2}", {"factors.b=3", "factors.c=0"}).factors,
            (NumberMap{{"a", 1}, {"b", 3}, {"c", 0}}));
  EXPECT_EQ(read("factors: {a: 1}", {"factors={b: 2}"}).factors, (NumberMap{{"b", 2}}));
  EXPECT_EQ(message("name: x\nfactors:\n  a: 1\n  a: 2\n"),
            "run.yaml:4: key 'a' is given twice, first in line 3; remove one");
  EXPECT_EQ(message("factors:\n  a: 1\n  b: 1001\n"),
            "run.yaml:3: factors.b is '1001', expected a number from 0 to 1000");
  EXPECT_EQ(message("factors: {a: ten}"), "run.yaml:1: factors.a is 'ten', expected a number from 0 to 1000");
  EXPECT_EQ(message("factors: {a: .inf}"), "run.yaml:1: factors.a is '.inf', expected a number from 0 to 1000");
  EXPECT_EQ(message("factors: {a: {b: 1}}"), "run.yaml:1: factors.a is a map, expected a number from 0 to 1000");
  EXPECT_EQ(message("factors: {a}"), "run.yaml:1: factors.a is nothing, expected a number from 0 to 1000");
  EXPECT_EQ(message("factors: {[a]: 1}"), "run.yaml:1: factors: a key is a list, expected a name");
  for (const char* value : {"3", "[a, b]"}) {
    const auto error = message(str("factors: ", value));
    EXPECT_NE(error.find("expected a map of names to numbers from 0 to 1000"), std::string::npos) << error;
  }
  EXPECT_EQ(message("", {"factors.a=-1"}), "--set, over run.yaml: factors.a is '-1', expected a number from 0 to 1000");
}

TEST(Config, RefusesNumbersOutsideTheirRange) {
  for (const char* value : {"0", "1001", "-1", "99999999999999999999", "1e2", "0x10", "nan", ""}) {
    EXPECT_NE(message(str("batch_size: ", value)), "") << value;
  }
  for (const char* value : {"1.5", "-0.1", "nan", "inf", ".inf", "1e999", "0.1.2", "0,1"}) {
    EXPECT_NE(message(str("optimizer: {lr: \"", value, "\"}")), "") << value;
  }
  for (const char* value : {"[0]", "[1, 100]", "[-1]", "[1.5]", "[1, ]x", "~"})
    EXPECT_NE(message(str("ranks: ", value)), "") << value;
  EXPECT_EQ(read("batch_size: 1000").batch_size, 1000);
  EXPECT_EQ(read("optimizer: {lr: 1}").optimizer.lr, 1);
}

TEST(Config, NamesTheChoices) {
  EXPECT_EQ(read("mode: hardest").mode, "hardest");
  EXPECT_EQ(message("mode: hardst"),
            "run.yaml:1: mode is 'hardst', expected one of sampled, hardest (did you mean hardest?)");
}

TEST(Config, LaysOverridesOverSingleKeys) {
  const auto s = read("batch_size: 8\noptimizer: {lr: 0.5, warmup: 3}",
                      {"optimizer.lr=0.25", "files=[x, y]", "name=a=b", "flip=false"});
  EXPECT_EQ(s.optimizer.lr, 0.25);
  EXPECT_EQ(s.optimizer.warmup, 3);
  EXPECT_EQ(s.batch_size, 8);
  EXPECT_EQ(s.files, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(s.name, "a=b");
  EXPECT_FALSE(s.flip);
  EXPECT_EQ(read("", {"optimizer.warmup=7"}).optimizer.warmup, 7);
}

TEST(Config, RefusesOverridesThatFitNowhere) {
  EXPECT_EQ(message("", {"batch_size"}), "--set batch_size: expected key=value, for example optimizer.lr=1e-4");
  EXPECT_EQ(message("", {"=3"}), "--set =3: expected key=value, for example optimizer.lr=1e-4");
  EXPECT_EQ(message("batch_size: 3", {"batch_size.x=3"}), "--set batch_size.x=3: batch_size is not a group of keys");
  EXPECT_EQ(message("", {"optimizer.lrr=3"}),
            "--set, over run.yaml: unknown key 'optimizer.lrr'; did you mean 'optimizer.lr'?");
  EXPECT_NE(message("", {"files=[a"}).find("--set files=[a: the value is not valid YAML"), std::string::npos);
  // The file has no such line to look at.
  EXPECT_EQ(message("flip: true", {"batch_size=many"}),
            "--set, over run.yaml: batch_size is 'many', expected a whole number from 1 to 1000");
}

TEST(Config, WritesWhatItReadsBack) {
  Settings s;
  s.name = "a: 'b' # \"c\"\n\ttrue \xc3\xa9";
  s.mode = "hardest";
  s.flip = false;
  s.batch_size = 7;
  s.temperature = -1.0 / 3;
  s.files = {"a, b", "", "[x]", "null", "~", "1"};
  s.ranks = {9, 1, 99};
  s.factors = {{"a.b", 0.1}, {"null", 3}, {"c: {d", 1.0 / 3}, {"", 0}};
  s.optimizer = {5e-324, 123456};
  const auto text = config_text(s);
  const auto again = read(text);
  EXPECT_EQ(again.name, s.name);
  EXPECT_EQ(again.mode, s.mode);
  EXPECT_EQ(again.flip, s.flip);
  EXPECT_EQ(again.batch_size, s.batch_size);
  EXPECT_EQ(again.temperature, s.temperature);
  EXPECT_EQ(again.files, s.files);
  EXPECT_EQ(again.ranks, s.ranks);
  EXPECT_EQ(again.factors, s.factors);
  EXPECT_EQ(again.optimizer.lr, s.optimizer.lr);
  EXPECT_EQ(again.optimizer.warmup, s.optimizer.warmup);
  EXPECT_EQ(config_text(again), text);
  s.name = "";
  EXPECT_EQ(read(config_text(s)).name, "");
  s.name = "null";
  EXPECT_EQ(read(config_text(s)).name, "null");
}

TEST(Config, SaysWhereYamlIsBroken) {
  EXPECT_EQ(message("flip: true\nfiles: [a, b\nname: x\n").find("run.yaml:"), 0U);
  EXPECT_EQ(message("a: b: c").find("run.yaml:1: not valid YAML: "), 0U);
  EXPECT_EQ(message("- a\n- b\n"), "run.yaml: expected `key: value` lines");
  EXPECT_EQ(message("just words"), "run.yaml: expected `key: value` lines");
  EXPECT_EQ(message("name: " + std::string(100000, '[')).find("run.yaml:"), 0U);
}

TEST(Config, ReadsFilesAndNamesThem) {
  TemporaryFolder folder;
  const auto file = folder.write("run.yaml", "flip: {\n");
  EXPECT_EQ(complaint<Error>([&] { read_yaml(file); }).find(file + ":"), 0U);
  EXPECT_EQ(complaint<Error>([&] { read_yaml(folder / "none.yaml"); }), folder / "none.yaml: no such file");
}

TEST(Config, HelpNamesEveryKeyWithDefaultAndChoices) {
  const auto help = config_help<Settings>();
  for (const char* part : {"  batch_size: 64 ", "  optimizer.lr: 1e-04 ", "learning rate\n",
                           "how (sampled | hardest)\n", "  files: [] ", "  factors: {head: 10} ", "  flip: true "}) {
    EXPECT_NE(help.find(part), std::string::npos) << part << "\n" << help;
  }
}

TEST(Nearest, IsTheFewestEditsAwayOrNothing) {
  EXPECT_EQ(nearest("lerning_rate", {"temperature", "learning_rate"}), "learning_rate");
  EXPECT_EQ(nearest("lr", {"lr2", "lr"}), "lr");
  EXPECT_EQ(nearest("xyzxyzxyz", {"learning_rate"}), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace albef
