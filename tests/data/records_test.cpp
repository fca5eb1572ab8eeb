#include "albef/data/records.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

#include "albef/base/error.h"
#include "temporary_folder.h"

using namespace albef;

static std::vector<Record> records_of(const std::string& json) {
  const TemporaryFolder folder;
  std::vector<Record> records;
  read_records(folder.write("list.json", json), [&](const Record& record) { records.push_back(record); });
  return records;
}

static std::string error_of(const std::string& json) {
  return complaint<Error>([&] { records_of(json); });
}

TEST(Records, AreReadOneByOneWithTheirNumbers) {
  const auto records = records_of(" [ {\"a\": 1} ,\n{\"b\": {\"c\": [\"}]\", \"\\\"{\"]}}]\n ");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].number, 1u);
  EXPECT_EQ(records[0].value["a"], 1);
  EXPECT_EQ(records[1].number, 2u);
  EXPECT_EQ(records[1].value["b"]["c"][0], "}]");
  EXPECT_EQ(records[1].value["b"]["c"][1], "\"{");
}

TEST(Records, MaySpanBuffersOfAnySize) {
  std::string json = "[";
  for (int i = 0; i < 3000; ++i)
    json += (i ? "," : "") + str("{\"n\":", i, ",\"t\":\"", std::string(i % 977, 'x'), "\"}");
  const auto records = records_of(json + "]");
  ASSERT_EQ(records.size(), 3000u);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(records[i].value["n"], i);
    ASSERT_EQ(records[i].value["t"].get<std::string>().size(), static_cast<size_t>(i % 977));
  }
}

TEST(Records, TakeAByteOrderMarkAndTheLastOfEqualKeys) {
  const auto records = records_of("\xef\xbb\xbf[{\"a\": 1, \"a\": 2}]");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].value["a"], 2);
}

TEST(Records, MayBeJsonLines) {
  const auto records =
      records_of("\xef\xbb\xbf{\"a\": {\"b\": [1, \"}\"]}, \"images\": [\"x\", \"y\"]}\n\n{\"a\":2} {}");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].value["a"]["b"][1], "}");
  EXPECT_EQ(records[0].value["images"].size(), 2u);
  EXPECT_EQ(records[1].number, 2u);
  EXPECT_EQ(records[1].value["a"], 2);
  EXPECT_EQ(records_of("{}").size(), 1u);
  EXPECT_NE(error_of("{\"a\": 1},\n{}").find("found no JSON (it starts with \",\") after record 1"), std::string::npos);
  EXPECT_NE(error_of("{\"a\": 1}\n{\"a\": 2").find("record 2 is cut off"), std::string::npos);
}

TEST(Records, MayStandInAnObjectsLists) {
  const TemporaryFolder folder;
  const auto file = folder.write("lists.json", R"({"info": {"images": [{"no": 1}]}, "year": 2014, "images": [{"id": 1},
      {"id": 2}], "licenses": [{"id": 3}], "annotations": [{"id": 4, "annotations": [{}]}], "questions": [],
      "last": 5})");
  std::string seen;
  const auto beside = read_records(
      file, [&](const Record& record) { seen += str(record.list, " ", record.number, ":", record.value["id"], " "); });
  EXPECT_EQ(seen, "images 1:1 images 2:2 annotations 1:4 ");
  EXPECT_EQ(beside, Json::parse(R"({"info": {"images": [{"no": 1}]}, "year": 2014, "images": null,
      "licenses": [{"id": 3}], "annotations": null, "questions": [], "last": 5})"));
  const auto first = first_record(file);
  EXPECT_EQ(first.record.value["id"], 1);
  EXPECT_EQ(first.beside["year"], 2014);
  EXPECT_FALSE(first.beside.contains("licenses"));
  EXPECT_EQ(first_record(folder.write("a.json", R"({"images": [{"id": 1}]})")).beside, Json::object());
  EXPECT_TRUE(first_record(folder.write("b.json", R"([{"id": 1}, 7)")).beside.is_null());
  EXPECT_NE(error_of(R"({"images": [{}, 3]})").find("record 2 is a number"), std::string::npos);
  EXPECT_NE(error_of(R"({"images": [{}]} {})").find("found an object behind the end"), std::string::npos);
}

TEST(Records, InAnObjectAreRefusedWhereverTheFileEnds) {
  const std::string whole = R"({"info": [1, {"a": "}"}], "n": -1.5e3, "images": [{"a": "\u00e9"}, {}], "b": null})";
  EXPECT_EQ(error_of(whole), "");
  for (size_t length = 0; length < whole.size(); ++length) EXPECT_NE(error_of(whole.substr(0, length)), "") << length;
  for (const char* bad :
       {"{\"a\": 1,}", "{\"a\" 1}", "{a: 1}", "{\"a\":}", "{\"a\": 1 \"b\": 2}", "{\"a\": tru}", "{,}"})
    EXPECT_NE(error_of(bad).find("record 1"), std::string::npos) << bad;
}

TEST(Records, RefuseWhatIsNoListOfObjects) {
  EXPECT_NE(error_of("").find("is empty"), std::string::npos);
  EXPECT_NE(error_of(" \n\t ").find("is empty"), std::string::npos);
  EXPECT_NE(error_of("\xef\xbb\xbf").find("is empty"), std::string::npos);
  EXPECT_NE(error_of("42").find("holds a number"), std::string::npos);
  EXPECT_NE(error_of("\"text\"").find("holds a string"), std::string::npos);
  EXPECT_NE(error_of("null").find("true, false or null"), std::string::npos);
  EXPECT_NE(error_of("<html>").find("no JSON"), std::string::npos);
  EXPECT_NE(error_of(std::string(100, '\0')).find("no JSON (it starts with \"\\x00\")"), std::string::npos);
  EXPECT_NE(error_of("[]").find("holds no records"), std::string::npos);
  EXPECT_NE(error_of("[{}, 7]").find("record 2 is a number, expected an object"), std::string::npos);
  EXPECT_NE(error_of("[[]]").find("record 1 is a list"), std::string::npos);
}

TEST(Records, RefuseBrokenJsonNamingTheRecord) {
  EXPECT_NE(error_of("[{\"a\": 1}, {\"a\": tru}]").find("record 2: not valid JSON"), std::string::npos);
  EXPECT_NE(error_of("[{\"a\": 1]}]").find("record 1: not valid JSON"), std::string::npos);
  EXPECT_NE(error_of("[{\"a\": \"\x01\"}]").find("record 1: not valid JSON"), std::string::npos);
  EXPECT_NE(error_of(std::string("[{\"a\": \"x\0y\"}]", 14)).find("record 1: not valid JSON"), std::string::npos);
  EXPECT_NE(error_of("[{\"a\": \"\\u12\"}]").find("record 1: not valid JSON"), std::string::npos);
  EXPECT_NE(error_of("[{},]").find("record 2 is no JSON (it starts with \"]\")"), std::string::npos);
  EXPECT_NE(error_of("[{} {}]").find("found an object after record 1, expected , or ]"), std::string::npos);
  EXPECT_NE(error_of("[{}] []").find("behind the end of the list"), std::string::npos);
}

TEST(Records, NameWhereACutOffFileEnds) {
  EXPECT_NE(error_of("[").find("cut off after record 0"), std::string::npos);
  EXPECT_NE(error_of("[{}").find("cut off after record 1"), std::string::npos);
  EXPECT_NE(error_of("[{},").find("cut off after record 1"), std::string::npos);
  EXPECT_NE(error_of("[{}, {\"a\": \"b").find("record 2 is cut off"), std::string::npos);
  const std::string whole = "[{\"image\": \"a.jpg\", \"caption\": [\"\\u00e9\\\\\"]}, {\"n\": -1.5e3}]";
  EXPECT_EQ(error_of(whole), "");
  for (size_t length = 0; length < whole.size(); ++length) EXPECT_NE(error_of(whole.substr(0, length)), "") << length;
}

TEST(Records, RefuseAMissingFileAndAFolder) {
  const TemporaryFolder folder;
  const auto read = [](const std::string& path) {
    return complaint<Error>([&] { read_records(path, [](const Record&) {}); });
  };
  EXPECT_NE(read(folder / "none.json").find("none.json: no such file"), std::string::npos);
  EXPECT_NE(read(folder.path()).find("is a folder"), std::string::npos);
}

TEST(Records, RefuseDeepNestingAtOnceAndWithoutMemory) {
  const TemporaryFolder folder;
  using Case = std::tuple<std::string, int, bool>;  // the last: in a list
  for (const auto& [unit, mebibytes, listed] : {Case("[", 200, true), Case("{\"a\":", 4, true), Case("[", 4, false)}) {
    std::string block;
    while (block.size() < (size_t{1} << 20)) block += unit;
    std::ofstream out(folder / "deep.json", std::ios::binary);
    out << (listed ? "[{\"a\":" : "{\"a\":");
    for (int i = 0; i < mebibytes; ++i) out << block;
    out.close();
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    const auto start = std::chrono::steady_clock::now();
    const std::string error = complaint<Error>([&] { read_records(folder / "deep.json", [](const Record&) {}); });
    getrusage(RUSAGE_SELF, &after);
    EXPECT_NE(error.find("record 1: lists or objects nested deeper than 64"), std::string::npos) << error;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 20 << 10);  // KiB
  }
}

TEST(Records, PassOverOneThatIsFarTooLong) {
  const auto records = records_of("[{\"a\": \"" + std::string(kMaxRecordBytes, 'x') + "\"}, {\"b\": 1}]");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_TRUE(records[0].oversize);
  EXPECT_TRUE(records[0].value.is_null());
  EXPECT_FALSE(records[1].oversize);
  EXPECT_EQ(records[1].value["b"], 1);
}

TEST(MendUtf8, ReplacesBytesAndLoneSurrogatesThatAreNoText) {
  const auto mend = [](const std::string& text) {
    bool mended = false;
    const std::string out = mend_utf8(text, mended);
    return std::pair(out, mended);
  };
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(mend("caf\xc3\xa9 \\n \\\\ \\\" \\u00e9"),
            std::pair(std::string("caf\xc3\xa9 \\n \\\\ \\\" \\u00e9"), false));
  EXPECT_EQ(mend("\\ud83d\\ude00"), std::pair(std::string("\\ud83d\\ude00"), false));
  EXPECT_EQ(mend("a\xff"
                 "b"),
            std::pair("a" + mark + "b", true));
  EXPECT_EQ(mend("\xc3"), std::pair(mark, true));
  EXPECT_EQ(mend("x\\ud83dy"), std::pair("x" + mark + "y", true));
  EXPECT_EQ(mend("\\uDE00"), std::pair(mark, true));
  EXPECT_EQ(mend("\\ud83d\\ud83d\\ude00"), std::pair(mark + "\\ud83d\\ude00", true));
  EXPECT_EQ(mend("\\\\ud83d"), std::pair(std::string("\\\\ud83d"), false));  // an escaped backslash, then letters
  EXPECT_EQ(mend("\\\xff").second, true);
  EXPECT_EQ(mend("\\u12").second, false);
  EXPECT_EQ(mend("\\").second, false);
}

TEST(Records, TellWhichWereMended) {
  const auto records = records_of("[{\"a\": \"x\xff\"}, {\"a\": \"\\udc00\"}, {\"a\": \"\xc3\xa9\"}]");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_TRUE(records[0].mended);
  EXPECT_EQ(records[0].value["a"], "x\xef\xbf\xbd");
  EXPECT_TRUE(records[1].mended);
  EXPECT_FALSE(records[2].mended);
}
