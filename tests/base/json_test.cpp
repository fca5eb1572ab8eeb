#include "albef/base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

std::string message(const std::string& text) {
  return complaint<Error>([&] { parse_json(text, "list.json"); });
}

std::string nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, ReadsWhatJsonIs) {
  const Json json = parse_json(R"( {"a": [1, -2.5, true, null, "\u00e9"]} )", "x");
  EXPECT_EQ(json.at("a").at(1), -2.5);
  EXPECT_EQ(json.at("a").at(4), "\xc3\xa9");
}

TEST(ParseJson, NamesFileAndLineOfAMistake) {
  EXPECT_EQ(message("[\n1,\n2 3]").find("list.json:3: not valid JSON: "), 0U) << message("[\n1,\n2 3]");
  EXPECT_EQ(message("[\n\"abc\n]").find("list.json:2: "), 0U) << message("[\n\"abc\n]");
  EXPECT_EQ(message("{\"a\": 1}\n}").find("list.json:2: "), 0U);
  EXPECT_EQ(message("[1, 2").find("list.json:1: "), 0U);
}

TEST(ParseJson, SaysSoOfAnEmptyFile) {
  EXPECT_EQ(message(""), "list.json: is empty, expected JSON");
  EXPECT_EQ(message(" \r\n\t "), "list.json: is empty, expected JSON");
}

TEST(ParseJson, RefusesDepthBeforeItCosts) {
  EXPECT_EQ(message(nested(60)), "");
  EXPECT_NE(message(nested(70)).find("nested deeper than 64"), std::string::npos);
  EXPECT_NE(message(std::string(2000000, '[')).find("nested deeper than 64"), std::string::npos);
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  EXPECT_NE(message(objects).find("nested deeper than 64"), std::string::npos);
}

TEST(ParseJson, RefusesBrokenUtf8) {
  EXPECT_EQ(message("[\"\xff\"]").find("list.json:1: not valid JSON"), 0U);
}

TEST(ParseJson, ReadsTheNumbersThatPythonWritesAndNoDoubleHolds) {
  const std::string huge(400, '9');
  const Json json = parse_json(
      R"({"a":NaN,"b":[Infinity,-Infinity ,1e999,-2.5E+999],"c":)" + huge + R"(,"d":1,"e":"NaN\"1e999"})", "x");
  EXPECT_TRUE(std::isnan(json.at("a").get<double>()));
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(json.at("b").get<std::vector<double>>(), (std::vector<double>{infinite, -infinite, infinite, -infinite}));
  EXPECT_EQ(json.at("c"), infinite);
  EXPECT_EQ(json.at("d"), 1);
  EXPECT_EQ(json.at("e"), "NaN\"1e999");
  EXPECT_EQ(parse_json("NaN", "x").type(), Json::value_t::number_float);
  EXPECT_EQ(parse_json("[1e-999, NaN]", "x").at(0), 0.0);
}

TEST(ParseJson, RefusesWhatOnlyLooksLikeSuchANumber) {
  for (const char* text : {"[NaN", "[-NaN]", "[NaNa]", "[nan]", "[Inf]", "[--Infinity]", "[01e999]", "[1e999.5]",
                           "[.1e999]", "[1.e999]", "[\"NaN]", "{NaN: 1}", "[1e999 1]", "[+Infinity]", "[0x1p9999]"}) {
    EXPECT_EQ(message(text).find("list.json:1: not valid JSON"), 0U) << text << " gave " << message(text);
  }
  EXPECT_EQ(message("[NaN,\n\n1 1]").find("list.json:3: "), 0U);
}

TEST(ParseJson, KeepsItsMessageOneLineThatATerminalCanShow) {
  const auto text = message("[\x1b[2J\n" + std::string(10000, 'x'));
  EXPECT_LT(text.size(), 300U);
  for (const char c : text) ASSERT_GE(c, 0x20);
}

TEST(ReadJson, NamesThePath) {
  TemporaryFolder folder;
  const auto file = folder.write("bad.json", "{");
  EXPECT_EQ(complaint<Error>([&] { read_json(file); }).find(file + ":1: "), 0U);
}

TEST(JsonKind, IsAWordForEveryKind) {
  EXPECT_EQ(json_kind(Json()), "null");
  EXPECT_EQ(json_kind(true), "a boolean");
  EXPECT_EQ(json_kind(1.5), "a number");
  EXPECT_EQ(json_kind("x"), "a string");
  EXPECT_EQ(json_kind(Json::array()), "a list");
  EXPECT_EQ(json_kind(Json::object()), "an object");
}

}  // namespace
}  // namespace albef
