#include "albef/base/plain_pickle.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

using namespace std::string_literals;

class PlainPickle : public ::testing::Test {
 protected:
  OrderedJson read(const std::string& bytes) { return read_plain_pickle(folder_.write("x.p", bytes)); }
  void refused(const std::string& bytes, const std::string& with) {
    const std::string message = complaint<Error>([&] { read(bytes); });
    EXPECT_NE(message.find(with), std::string::npos) << bytes.substr(0, 60) << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  bool recognised(const std::string& bytes) { return is_pickle(folder_.write("y", bytes)); }

  TemporaryFolder folder_;
};

/// One value as Python 2 and 3 pickle it (make_pickles.py).
struct Samples {
  Json value;
  std::map<std::string, std::string> files;
};

Samples samples() {
  const Json json = read_json(std::string(ALBEF_TEST_DATA) + "/base/pickles.json");
  Samples result{json.at("value"), {}};
  for (const auto& [name, hex] : json.at("files").get<std::map<std::string, std::string>>()) {
    for (size_t i = 0; i < hex.size(); i += 2)
      result.files[name] += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return result;
}

TEST_F(PlainPickle, WhatPythonWritesIsReadInEveryProtocol) {
  const auto [value, files] = samples();
  ASSERT_EQ(files.size(), 12U);
  for (const auto& [name, bytes] : files) {
    EXPECT_EQ(Json::parse(read(bytes).dump()), value) << name;
    EXPECT_TRUE(recognised(bytes)) << name;
  }
}

TEST_F(PlainPickle, TheOrderOfKeysIsKept) {
  EXPECT_EQ(read("(dp0\nVz\nI1\nsVa\nI2\nsI7\nI3\nsI01\nI4\nsN(lp1\nI5\nas.").dump(),
            R"({"z":1,"a":2,"7":3,"true":4,"null":[5]})");
}

TEST_F(PlainPickle, BrokenBytesAndHalvesOfPairsBecomeTheReplacement) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(read("S'a\\xffb\\xc3\\xa9\\303\\251\\n\\q'\n."), "a" + bad + "b\xc3\xa9\xc3\xa9\n\\q");
  EXPECT_EQ(read("U\x03"
                 "a\xff"
                 "b."),
            "a" + bad + "b");
  EXPECT_EQ(read("V\\ud83d\\ude00 \\ude00 \\ud83d!\\ud83d\n."), "\xf0\x9f\x98\x80 " + bad + " " + bad + "!" + bad);
  EXPECT_EQ(read("V\\\\u0041\\x\n."), "\\\\u0041\\x") << "only an odd backslash begins an escape";
}

TEST_F(PlainPickle, CodeIsRefusedByName) {
  refused("cos\nsystem\n(S'echo'\ntR.", "os.system");
  refused("(ios\nsystem\n.", "os.system");
  refused("(lp0\nccopy_reg\n_reconstructor\n.", "copy_reg._reconstructor");
  refused("\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system");
  refused(
      "\x80\x02"
      "ccollections\nOrderedDict\n)R.",
      "json module");
  refused("\x80\x02NQ.", "kept outside");
  refused("Pname\n.", "operation 80");
  refused("(lN)R.", "no name");
}

TEST_F(PlainPickle, WhatIsNoPlainDataIsRefused) {
  refused("I12x\n.", "12x is no number");
  refused("I9223372036854775808\n.", "no number that 64 bits hold");
  refused("L99999999999999999999L\n.", "no number that 64 bits hold");
  refused("\x8a\x09" + std::string(9, '\1') + ".", "9 bytes");
  refused("Fnan\n.", "not finite");
  refused("F1e999\n.", "no number");
  refused("S'x\n.", "quotes");
  refused("S'\\x4'\n.", "quotes");
  refused("V\\u12\n.", "escape");
  refused("V\\U00110000\n.", "escape");
  refused("(dI1\nI2\nsVa\nI3\nsI1\nI4\ns.", "two keys");
  refused("(d(lI2\ns.", "keys are no strings");
  refused("g5\n.", "before it is there");
  refused("Np99999999999\n.", "memo");
  refused("Np-1\n.", "no number");
  refused("", "ends");
  refused(".", "missing");
  refused("{\"a\": 1}", "operation 123");
}

TEST_F(PlainPickle, BombsAndCirclesAreRefused) {
  refused("(lp0\ng0\na.", "holds itself");
  refused("\x80\x02" + std::string(100, ']') + std::string(99, 'a') + ".", "deeper");
  std::string doubled = "(lp0\n";  // forty lists, each of which holds the one before it twice
  for (int i = 1; i < 40; ++i)
    doubled += "(lp" + std::to_string(i) + "\ng" + std::to_string(i - 1) + "\nag" + std::to_string(i - 1) + "\na";
  refused(doubled + ".", "more than 8388608 values");
  std::string text = "(lV" + std::string(1 << 20, 'x') + "\np0\na";  // a megabyte, three hundred times
  for (int i = 0; i < 300; ++i) text += "g0\na";
  refused(text + ".", "bytes of text");
  refused("(" + std::string(size_t{9} << 20, 'N') + "l.", "more than 8388608 values");
  refused("N" + std::string(size_t{9} << 20, '2') + ".", "used again");
}

TEST_F(PlainPickle, CutOrAlteredFilesEndInAnError) {
  for (const auto& [name, bytes] : samples().files) {
    for (size_t size = 0; size < bytes.size(); size += 13) {
      EXPECT_NE(complaint<Error>([&] { read(bytes.substr(0, size)); }), "") << name << " cut to " << size;
      std::string altered = bytes;
      altered[size] = static_cast<char>(altered[size] ^ 0x15);
      complaint<Error>([&] { read(altered); });  // whatever is no Error fails the test
    }
  }
}

TEST_F(PlainPickle, OtherFilesAreNoPickles) {
  for (const char* text : {"",
                           "[",
                           "{",
                           "[]",
                           "{}",
                           "[{\"a\": 1}]",
                           "{\"l\": [1]}",
                           " [1]",
                           "\xef\xbb\xbf[1]",
                           "\"x\"",
                           "null",
                           "1",
                           "(a dog)",
                           "(lying on a bed",
                           "(look at it",
                           "(l",
                           "Image\tcaption",
                           "]",
                           "}",
                           "PK\x03\x04",
                           "\x89PNG",
                           "\xff\xd8\xff",
                           "\x80\x01",
                           "\x80\x06"})
    EXPECT_FALSE(recognised(text)) << text;
  EXPECT_FALSE(is_pickle(folder_ / "missing"));
  EXPECT_FALSE(is_pickle(folder_.path()));
  for (const char* begin : {"(l.", "(lp0\n", "(lp1\n", "(dp0\n", "]q", "}q", "].", "}."})
    EXPECT_TRUE(recognised(begin)) << begin;
}

}  // namespace
}  // namespace albef
