#include "albef/data/annotations.h"

#include <gtest/gtest.h>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/data/formats.h"
#include "temporary_folder.h"

namespace albef {
extern const ListFormat picture_folder, json_list;  // of the table of formats
}
using namespace albef;

static Annotations pairs_of(const std::string& json, BadSamples& bad) {
  const TemporaryFolder folder;
  return read_annotations({folder.write("list.json", json)}, {.image_root = "root"}, bad);
}

static std::string error_of(const std::string& json) {
  BadSamples bad;
  return complaint<Error>([&] { pairs_of(json, bad); });
}

TEST(Annotations, HoldPicturesCaptionsAndPlaces) {
  const TemporaryFolder folder;
  const auto first = folder.write("first.json", R"([{"image": "a.jpg", "caption": "one", "extra": {"x": [1]}},
                                                   {"caption": ["two", "three"], "image": "/abs/b.jpg"}])");
  const auto second = folder.write("second.json", R"([{"image": "c.jpg", "caption": ["four"]}])");
  BadSamples bad;
  const Annotations list = read_annotations({first, second}, {.image_root = "root"}, bad);
  ASSERT_EQ(list.records(), 3u);
  EXPECT_EQ(list.captions(), 4u);
  EXPECT_EQ(list.image(0), "root/a.jpg");
  EXPECT_EQ(list.image(1), "/abs/b.jpg");
  EXPECT_EQ(list.caption_count(1), 2u);
  EXPECT_EQ(list.caption(1, 1), "three");
  EXPECT_EQ(list.caption(2, 0), "four");
  EXPECT_EQ(list.place(1).image, "/abs/b.jpg");
  EXPECT_EQ(list.place(1).file, first);
  EXPECT_EQ(list.place(1).record, 2u);
  EXPECT_EQ(list.place(2).file, second);
  EXPECT_EQ(list.place(2).record, 1u);
  EXPECT_EQ(list.first_caption(2), 3u);
  const uint64_t record_of[] = {0, 1, 1, 2};
  for (uint64_t caption = 0; caption < 4; ++caption) EXPECT_EQ(list.record_of_caption(caption), record_of[caption]);
  EXPECT_EQ(bad.total(), 0u);
}

TEST(Annotations, MayNameTheirCaptionsOtherwise) {
  const TemporaryFolder folder;
  const auto list = folder.write("g.json", R"([{"image": "a.jpg", "text": "the dog", "ref_id": 7}])");
  BadSamples bad;
  EXPECT_EQ(read_annotations({list}, {.caption_field = "text"}, bad).caption(0, 0), "the dog");
  const auto why = complaint<Error>([&] { read_annotations({list}, {}, bad); });
  EXPECT_NE(why.find("record 1 has no \"caption\""), std::string::npos) << why;
}

TEST(Annotations, AreAViewWhoseCopiesShareWhatTheyLookAt) {
  auto list = std::make_unique<Annotations>([] {
    BadSamples bad;
    return pairs_of(R"([{"image": "a", "caption": "one"}])", bad);
  }());
  const Annotations copy = *list;
  EXPECT_EQ(copy.caption(0, 0).data(), list->caption(0, 0).data());
  list.reset();
  EXPECT_EQ(copy.caption(0, 0), "one");
  EXPECT_EQ(copy.image(0), "root/a");
}

TEST(Annotations, MayLieInAnyMemory) {
  struct Mapped {  // as a file could lie there
    char bytes[13] = {'a', '.', 'j', 'p', 'g', 'o', 'n', 'e', '/', 'b', 't', 'w', 'o'};
    uint64_t starts[5] = {0, 5, 8, 10, 13}, first[3] = {0, 2, 4};
    int64_t image_ids[2] = {1, 0};
    uint32_t numbers[2] = {4, 1};
    std::vector<AnnotationSource> sources = {{"x.json", "root", 0}, {"y.json", "root", 1, 1}};
    std::vector<double> weights = {1, 0.5};
  };
  const auto mapped = std::make_shared<const Mapped>();
  const Annotations list({{mapped->bytes, 13},
                          mapped->starts,
                          mapped->first,
                          mapped->image_ids,
                          mapped->numbers,
                          mapped->sources,
                          mapped->weights},
                         mapped);
  EXPECT_EQ(list.records(), 2u);
  EXPECT_EQ(list.captions(), 2u);
  EXPECT_EQ(list.image(0), "root/a.jpg");
  EXPECT_EQ(list.image(1), "/b");
  EXPECT_EQ(list.caption(1, 0), "two");
  EXPECT_EQ(list.caption(1, 0).data(), mapped->bytes + 10);
  EXPECT_EQ(list.image_id(0), 1);
  EXPECT_EQ(list.place(1).file, "y.json");
  EXPECT_EQ(list.parts(false).at(1).weight, 0.5);
  EXPECT_EQ(mapped.use_count(), 2);
}

TEST(AnnotationsBuilder, IsEmptyAgainBehindFinish) {
  AnnotationsBuilder builder;
  EXPECT_EQ(builder.finish().records(), 0u);
  EXPECT_EQ(builder.finish().captions(), 0u);
  for (const std::string name : {"a", "b"}) {
    builder.begin_source({.file = name + ".json", .image_root = name});
    builder.add(1, "x.jpg", std::vector<std::string>{"one", "two"}, 0);
    const Annotations made = builder.finish();
    EXPECT_EQ(made.records(), 1u);
    EXPECT_EQ(made.captions(), 2u);
    EXPECT_EQ(made.image(0), name + "/x.jpg");
  }
}

TEST(ListFormats, AreRecognisedAndTheLastTakesAll) {
  const TemporaryFolder folder;
  EXPECT_EQ(&list_format(folder.path()), &picture_folder);
  for (const std::string& path : {folder.write("list.json", "[]"), folder / "gone.json", std::string()}) {
    EXPECT_EQ(&list_format(path), &json_list) << path;
  }
}

TEST(Annotations, GiveDenseIdsByImageIdElseByPath) {
  BadSamples bad;
  const Annotations list = pairs_of(R"([{"image": "a", "caption": "x", "image_id": 9007199254740993},
                                     {"image": "b", "caption": "x", "image_id": "7"},
                                     {"image": "c", "caption": "x", "image_id": 9007199254740993},
                                     {"image": "d", "caption": "x", "image_id": 9007199254740992},
                                     {"image": "e", "caption": "x"},
                                     {"image": "e", "caption": "y"},
                                     {"image": "f", "caption": "x", "image_id": 7},
                                     {"image": "g", "caption": "x", "image_id": ""},
                                     {"image": "h", "caption": "x", "image_id": ""}])",
                                    bad);
  const int64_t want[] = {0, 1, 0, 2, 3, 3, 4, 5, 5};
  for (uint64_t record = 0; record < 9; ++record) EXPECT_EQ(list.image_id(record), want[record]) << record;
}

TEST(Annotations, NameFileRecordAndWhatWasExpected) {
  const std::string good = R"([{"image": "a", "caption": "b"}, )";
  EXPECT_NE(error_of(good + "{}]").find("list.json: record 2 has no \"image\""), std::string::npos);
  EXPECT_NE(error_of(good + R"({"image": "a"}])").find("record 2 has no \"caption\""), std::string::npos);
  EXPECT_NE(
      error_of(good + R"({"image": 5, "caption": "b"}])").find("record 2: \"image\" is a number, expected a string"),
      std::string::npos);
  EXPECT_NE(error_of(good + R"({"image": "a", "caption": {}}])")
                .find("\"caption\" is an object, expected a string or a list of strings"),
            std::string::npos);
  EXPECT_NE(error_of(good + R"({"image": "a", "caption": null}])").find("\"caption\" is null"), std::string::npos);
  EXPECT_NE(error_of(good + R"({"image": "a", "caption": ["b", 3]}])").find("\"caption\" holds a number"),
            std::string::npos);
  for (const char* id : {"1.5", "null", "[]", "1e99", "99999999999999999999999", "NaN", "-Infinity", "1e999"}) {
    EXPECT_NE(
        error_of(good + R"({"image": "a", "caption": "b", "image_id": )" + id + "}]").find("record 2: \"image_id\" is"),
        std::string::npos)
        << id;
  }
}

// json.dump of Python writes such numbers, and reads them.
TEST(Annotations, IgnoreNumbersOfAnySizeInFieldsThatAreNotUsed) {
  BadSamples bad;
  const Annotations list = pairs_of(R"([{"image": "a", "caption": "x", "score": NaN},
                                     {"image": "b", "caption": "NaN", "box": [Infinity, {"y": -Infinity}], "w": 1e999},
                                     {"w": )" +
                                        std::string(500, '7') + R"(, "image": "c", "caption": "\ud800", "n": NaN},
                                     {"image": "d", "caption": "y"}])",
                                    bad);
  ASSERT_EQ(list.records(), 3u);
  EXPECT_EQ(list.caption(1, 0), "NaN");
  EXPECT_EQ(list.image(2), "root/d");
  EXPECT_EQ(bad.summary(), "1 caption not UTF-8");
}

TEST(Annotations, NameTheRecordOfANumberThatIsNoText) {
  const std::string good = R"([{"image": "a", "caption": "b"}, )";
  EXPECT_NE(error_of(good + R"({"image": NaN, "caption": "b"}])")
                .find("list.json: record 2: \"image\" is a number, expected a string"),
            std::string::npos);
  EXPECT_NE(error_of(good + R"({"image": "a", "caption": 1e999}])").find("record 2: \"caption\" is a number"),
            std::string::npos);
  EXPECT_NE(
      error_of(good + R"({"image": "a", "caption": ["b", -Infinity]}])").find("record 2: \"caption\" holds a number"),
      std::string::npos);
}

TEST(Annotations, SkipCountAndListBrokenCaptions) {
  const TemporaryFolder folder;
  BadSamples bad(folder / "bad_samples.jsonl");
  const std::string list = folder.write(
      "list.json", R"([{"image": "a", "caption": ["good", " \t\n", ""]}, {"image": "b", "caption": ")" +
                       std::string(kMaxCaptionBytes + 1, 'x') + R"("}, {"image": "c", "caption": "caf)" + "\xe9" +
                       R"("}, {"image": "d", "caption": "\udc80"}, {"image": "e", "caption": []}, {"image": "",)" +
                       R"("caption": "x"}, {"image": "a\u0000b", "caption": "x"}, {"image": ")" + "\xff" +
                       R"(", "caption": "x"}, {"image": "last", "caption": ")" + std::string(kMaxCaptionBytes, 'y') +
                       R"("}, {"image": "long", "caption": ")" + std::string(20 << 20, 'z') + R"("}])");
  const Annotations pairs = read_annotations({list}, {}, bad);
  ASSERT_EQ(pairs.records(), 2u);
  EXPECT_EQ(pairs.caption_count(0), 1u);
  EXPECT_EQ(pairs.image(1), "last");
  EXPECT_EQ(pairs.place(1).record, 9u);
  const std::map<std::string, uint64_t> want = {
      {"empty caption", 2}, {"caption over 1 MB", 1},           {"caption not UTF-8", 2},    {"no caption", 1},
      {"no image name", 1}, {"image name with a zero byte", 1}, {"image name not UTF-8", 1}, {"record over 16 MB", 1}};
  EXPECT_EQ(bad.by_reason(), want);
  std::istringstream lines(read_file(folder / "bad_samples.jsonl"));
  std::vector<Json> entries;
  for (std::string line; std::getline(lines, line);) entries.push_back(Json::parse(line));
  ASSERT_EQ(entries.size(), 9u);  // record 1 is named once although two of its captions are empty
  EXPECT_EQ(entries[1]["image"], "b");
  EXPECT_EQ(entries[1]["reason"], "caption over 1 MB");
  EXPECT_EQ(entries[1]["file"], list);
  EXPECT_EQ(entries[1]["record"], 2);
  EXPECT_EQ(entries[1]["epoch"], -1);
}

/// Texts that show nothing and of which the default vocabulary options make no token.
static const std::vector<std::string> kInvisible = {
    "\xc2\xa0",      // no-break space
    "\xe2\x80\x8b",  // zero-width space
    "\xe2\x80\x8d",  // zero-width joiner
    "\xef\xbb\xbf",  // byte order mark
    "\xc2\xad",      // soft hyphen
    "\xef\xb8\x8f",  // variation selector
    "\xcc\x81",      // an accent on nothing
    "\x7f",          // a control character
    "\xe2\x80\x8e\xe3\x80\x80 \xe2\x80\xa8",
};

TEST(Annotations, SkipCaptionsOfNothingVisible) {
  Json list = Json::array({{{"image", "good"},
                            {"caption",
                             "\xc2\xa0"
                             "a dog\xe2\x80\x8b"}}});
  for (const std::string& text : kInvisible) list.push_back({{"image", "bad"}, {"caption", text}});
  list.push_back({{"image", "emoji"}, {"caption", "\xf0\x9f\x98\x80"}});
  BadSamples bad;
  const Annotations pairs = pairs_of(list.dump(), bad);
  ASSERT_EQ(pairs.records(), 2u);
  EXPECT_EQ(pairs.image(1), "root/emoji");  // a token comes of it, if only [UNK]
  EXPECT_EQ(bad.summary(), str(kInvisible.size(), " empty caption"));
}

TEST(Annotations, RefuseAListThatEndsEmpty) {
  EXPECT_NE(error_of(R"([{"image": "a", "caption": " "}, {"image": "b", "caption": ""}])")
                .find("list.json: no usable pair in it (skipped: 2 empty caption)"),
            std::string::npos);
  BadSamples bad;
  EXPECT_NE(complaint<Error>([&] { read_annotations({}, {}, bad); }).find("no annotation file is given"),
            std::string::npos);
}

TEST(Annotations, AreReadFromAFolderOfPicturesAndTexts) {
  const TemporaryFolder folder;
  folder.write("b.JPG", "");
  folder.write("b.txt", "a dog\r\n\n  \nruns");
  folder.write("a/x.png", "");
  folder.write("a/x.txt", "a cat\n");
  folder.write("c.webp", "");  // no text
  folder.write("d.gif", "");
  folder.write("d.txt", "\n");
  folder.write("e.jpeg", "");
  folder.write("e.txt", "\xff\n");
  folder.write("notes.txt", "not a picture");
  BadSamples bad;
  const Annotations list = read_annotations({folder.path()}, {.image_root = "not used"}, bad);
  ASSERT_EQ(list.records(), 2u);
  EXPECT_EQ(list.image(0), folder / "a/x.png");
  EXPECT_EQ(list.caption(0, 0), "a cat");
  EXPECT_EQ(list.image(1), folder / "b.JPG");
  ASSERT_EQ(list.caption_count(1), 2u);
  EXPECT_EQ(list.caption(1, 0), "a dog");
  EXPECT_EQ(list.caption(1, 1), "runs");
  EXPECT_EQ(list.image_id(1), 1);
  const std::map<std::string, uint64_t> want = {{"no text file", 1}, {"no caption", 1}, {"caption not UTF-8", 1}};
  EXPECT_EQ(bad.by_reason(), want);
}

TEST(Annotations, PassOverLinesOfNothingVisibleInAFoldersTexts) {
  const TemporaryFolder folder;
  std::string text = "\xef\xbb\xbf\n";
  for (const std::string& line : kInvisible) text += line + "\r\n";
  folder.write("a.png", "");
  folder.write("a.txt", text + "a dog");
  folder.write("b.png", "");
  folder.write("b.txt", text);
  folder.write("c.png", "");
  folder.write("c.txt",
               "\xef\xbb\xbf"
               "a cat\n\xff\n");
  BadSamples bad;
  const Annotations list = read_annotations({folder.path()}, {}, bad);
  ASSERT_EQ(list.records(), 2u);
  EXPECT_EQ(list.caption_count(0), 1u);
  EXPECT_EQ(list.caption(0, 0), "a dog");
  EXPECT_EQ(list.caption(1, 0), "a cat");
  EXPECT_EQ(bad.summary(), "1 caption not UTF-8, 1 no caption");
}

static std::vector<std::string> pictures_of(const std::string& folder) {
  BadSamples bad;
  const Annotations list = read_annotations({folder}, {}, bad);
  std::vector<std::string> names;
  for (uint64_t record = 0; record < list.records(); ++record) {
    names.push_back(std::filesystem::path(list.image(record)).lexically_relative(folder).string());
  }
  return names;
}

TEST(Annotations, FollowLinksToFolders) {
  const TemporaryFolder folder, elsewhere;
  for (const char* name : {"b/x", "c"}) folder.write(str(name, ".png"), ""), folder.write(str(name, ".txt"), "a dog");
  for (const char* name : {"y", "deep/z"}) {
    elsewhere.write(str(name, ".png"), ""), elsewhere.write(str(name, ".txt"), "a cat");
  }
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "b/linked");
  EXPECT_EQ(pictures_of(folder.path()),
            (std::vector<std::string>{"b/linked/deep/z.png", "b/linked/y.png", "b/x.png", "c.png"}));
}

TEST(Annotations, TakeAFolderOnceHoweverManyLinksLeadToIt) {
  const TemporaryFolder folder, elsewhere;
  for (const auto& base : {folder / "m/x", elsewhere / "y"}) {
    std::filesystem::create_directories(std::filesystem::path(base).parent_path());
    std::ofstream(base + ".png");
    std::ofstream(base + ".txt") << "a dog";
  }
  std::filesystem::create_directory_symlink("m", folder / "a");      // the folder itself goes before links to it
  std::filesystem::create_directory_symlink("..", folder / "m/up");  // a cycle
  std::filesystem::create_directory_symlink("loop", folder / "loop");
  std::filesystem::create_directory_symlink("gone", folder / "gone.dir");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "n2");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "n1");
  std::filesystem::create_directory_symlink(folder.path(), elsewhere / "back");
  EXPECT_EQ(pictures_of(folder.path()), (std::vector<std::string>{"m/x.png", "n1/y.png"}));
}

TEST(Annotations, RefuseAFolderWithoutPictures) {
  const TemporaryFolder folder;
  BadSamples bad;
  EXPECT_NE(complaint<Error>([&] { read_annotations({folder.path()}, {}, bad); }).find("no pictures in it"),
            std::string::npos);
}

TEST(EvalList, HoldsEachPictureOnceAndEveryTextInOrder) {
  const TemporaryFolder folder;
  const auto file = folder.write("test.json", R"([{"image": "a", "caption": ["one", "two"]},
                                                  {"image": "b", "caption": "three"},
                                                  {"image": "a", "caption": ["four"]}])");
  const EvalList list = read_eval_list({file}, "root");
  EXPECT_EQ(list.images, (std::vector<std::string>{"root/a", "root/b"}));
  EXPECT_EQ(list.texts, (std::vector<std::string>{"one", "two", "three", "four"}));
  EXPECT_EQ(list.text_image, (std::vector<int64_t>{0, 0, 1, 0}));
}

TEST(EvalList, RefusesABrokenCaption) {
  const TemporaryFolder folder;
  const auto file =
      folder.write("test.json", R"([{"image": "a", "caption": "x"}, {"image": "b", "caption": ["y", " "]}])");
  EXPECT_NE(complaint<Error>([&] { read_eval_list({file}, ""); }).find("test.json: record 2 (b): empty caption"),
            std::string::npos);
}

TEST(Annotations, HaveAFingerprintOfWhatTheyHold) {
  const auto mark = [](const std::string& json, const std::string& root = "root") {
    const TemporaryFolder folder;
    BadSamples bad;
    return read_annotations({folder.write("list.json", json)}, {.image_root = root}, bad).fingerprint();
  };
  const std::string list = R"([{"image": "a", "caption": "xy"}, {"image": "b", "caption": ["z", "w"]}])";
  EXPECT_EQ(mark(list), mark(list));
  EXPECT_EQ(mark(list), mark(list, "elsewhere"));
  for (const char* other : {R"([{"image": "a", "caption": "xy"}, {"image": "b", "caption": ["w", "z"]}])",
                            R"([{"image": "b", "caption": ["z", "w"]}, {"image": "a", "caption": "xy"}])",
                            R"([{"image": "a", "caption": "x"}, {"image": "yb", "caption": ["z", "w"]}])",
                            R"([{"image": "a", "caption": "xy"}, {"image": "b", "caption": "zw"}])",
                            R"([{"image": "a", "caption": "xy", "image_id": 1},
                                {"image": "b", "caption": ["z", "w"], "image_id": 1}])"}) {
    EXPECT_NE(mark(list), mark(other)) << other;
  }
}

TEST(EvalList, RefusesACaptionOfNothingVisible) {
  const TemporaryFolder folder;
  for (const std::string& text : kInvisible) {
    const auto file = folder.write("test.json", Json::array({{{"image", "a"}, {"caption", text}}}).dump());
    EXPECT_NE(complaint<Error>([&] { read_eval_list({file}, ""); }).find("test.json: record 1 (a): empty caption"),
              std::string::npos)
        << printable(text);
  }
}
