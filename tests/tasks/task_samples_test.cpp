#include "albef/tasks/report/task_samples.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/image/png_writer.h"
#include "albef/tasks/report/task_results.h"

namespace albef {
namespace {

class TaskSampleFiles : public testing::Test {
 protected:
  TaskSampleFiles() {
    folder_.write("pictures/a.png", encode_png(Image::filled(40, 20, 100)));
    folder_.write("pictures/b.png", encode_png(Image::filled(600, 300, 200)));
  }
  TaskSamples read(const std::vector<OrderedJson>& lines) {
    std::string text;
    for (const auto& line : lines) text += line.dump() + "\n";
    return read_task_samples(folder_.write("samples.jsonl", text), folder_ / "pictures");
  }
  std::string html(const OrderedJson& line) { return task_samples_html(read({line})); }
  static void expect_in(const std::string& html, const std::vector<std::string>& parts) {
    for (const auto& part : parts) EXPECT_NE(html.find(part), std::string::npos) << part << " in " << html;
  }
  TemporaryFolder folder_;
};

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

OrderedJson statement() {
  return {{"sample", "a"},
          {"images", {"a.png", "b.png"}},
          {"sentence", "two <b>dogs</b>"},
          {"label", "True"},
          {"answer", "False"},
          {"probabilities", {{"False", 0.75}, {"True", 0.25}}},
          {"scores", {{"accuracy", 0}}}};
}

OrderedJson question() {
  return {{"sample", "q"},
          {"question_id", 7},
          {"images", {"a.png"}},
          {"question", "What <is> it?"},
          {"question_type", "what is"},
          {"answers", {"cat", "dog", "dog", "<cow>", "dog", "cat", "a", "b", "c", "d"}},
          {"answer", "cat & dog"},
          {"top",
           {{{"answer", "cat & dog"}, {"probability", 0.5}},
            {{"answer", "dog"}, {"probability", 0.25}},
            {{"answer", "x"}, {"probability", 0.125}}}},
          {"scores", {{"accuracy", 0.6}, {"prior", 0.3}}}};
}

OrderedJson phrase() {
  return {{"sample", "r"},
          {"ref_id", 3},
          {"images", {"a.png"}},
          {"text", "left dog"},
          {"size", {40, 20}},
          {"truth", {1, 2, 10.5, 12}},
          {"answer", {3, 4, 8, 9}},
          {"heat", {{"grid", {1, 2}}, {"values", {0.0, 2.5}}}},
          {"scores", {{"accuracy", 1}, {"pointing", 1}}}};
}

TEST_F(TaskSampleFiles, ShowPicturesSentenceAndWhatIsRight) {
  const auto samples = read({statement()});
  ASSERT_EQ(samples.shown.size(), 1U);
  ASSERT_EQ(samples.shown[0].pictures.size(), 2U);
  EXPECT_EQ(samples.shown[0].pictures[1].width, 200);  // shrunk
  EXPECT_EQ(samples.shown[0].pictures[1].height, 100);
  const auto page = task_samples_html(samples);
  EXPECT_EQ(occurrences(page, "<img "), 2U);
  expect_in(page, {"&ldquo;two &lt;b&gt;dogs&lt;/b&gt;&rdquo;", "answer: <b class=\"bad\">False &cross;</b>",
                   "right: True</p>", "<li><span>False</span><i style=\"width:75px\"></i><b>75.0 %</b>",
                   "<li class=\"right\"><span>True</span>"});
  EXPECT_EQ(page.find("<svg"), std::string::npos);
}

TEST_F(TaskSampleFiles, ShowWhatPeopleAnsweredMostFirst) {
  expect_in(html(question()),
            {"What &lt;is&gt; it?", "<b class=\"good\">cat &amp; dog 60&nbsp;%</b>",
             "right: dog &times;3, cat &times;2, &lt;cow&gt;, a and 3 more", "<li class=\"right\"><span>dog</span>",
             "<li><span>x</span><i style=\"width:12px\"></i><b>12.5 %</b>", "<small>prior 30&nbsp;%</small>"});
}

TEST_F(TaskSampleFiles, OfATestWithoutAnswersShowTheModelsAlone) {
  auto line = question();
  line["answers"] = OrderedJson::array();
  line["scores"] = OrderedJson::object();
  const auto page = html(line);
  expect_in(page, {"answer: <b class=\"\">cat &amp; dog</b>"});
  EXPECT_EQ(page.find("right: "), std::string::npos);
}

TEST_F(TaskSampleFiles, ShowBoxesInThePicturesOwnPixelsOverTheHeat) {
  const auto samples = read({phrase()});
  const Image& picture = samples.shown.at(0).pictures.at(0);
  EXPECT_EQ(picture.row(0)[0], 100);        // cold: as it is
  EXPECT_GT(picture.row(10)[3 * 39], 200);  // hot: red
  EXPECT_LT(picture.row(10)[3 * 39 + 2], 60);
  const auto page = task_samples_html(samples);
  expect_in(page,
            {"viewBox=\"0 0 40 20\"", "<rect class=\"truth\" x=\"1\" y=\"2\" width=\"10.5\" height=\"12\"/>",
             "<rect class=\"answer\" x=\"3\" y=\"4\" width=\"8\" height=\"9\"/>", "<small>pointing &check;</small>"});
  auto cold = phrase();
  cold["heat"]["values"] = {-1, 0};  // nothing is hot: the picture stays as it is
  EXPECT_EQ(read({cold}).shown[0].pictures[0], Image::filled(40, 20, 100));
}

TEST_F(TaskSampleFiles, AreShownAtEqualDistances) {
  EXPECT_EQ(spread(3, 8), (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(spread(16, 4), (std::vector<size_t>{2, 6, 10, 14}));
  EXPECT_TRUE(spread(0, 4).empty());
  std::vector<OrderedJson> lines(80, statement());
  for (size_t i = 0; i < lines.size(); ++i) lines[i]["sentence"] = str("n", i);
  const auto samples = read(lines);
  EXPECT_EQ(samples.of, 80U);
  ASSERT_EQ(samples.shown.size(), kShownSamples);
  EXPECT_EQ(samples.shown[0].text, "n5");
  EXPECT_EQ(samples.shown[7].text, "n75");
}

TEST_F(TaskSampleFiles, OfARetrievalShowNothing) {
  const auto samples = read({{{"sample", "image a"}, {"image", "a.png"}, {"rank", 3}, {"scores", {{"txt_r1", 0}}}}});
  EXPECT_TRUE(samples.shown.empty());
  EXPECT_EQ(task_samples_html(samples), "");
}

TEST_F(TaskSampleFiles, AreRefusedWithTheirLine) {
  const std::vector<std::tuple<OrderedJson, std::string, OrderedJson, std::string>> cases = {
      {statement(), "/images", "a.png", "`images` is a string, not a list"},
      {statement(), "/images", OrderedJson::array(), "`images` has 0 members"},
      {statement(), "/images", {"a.png", 1}, "`images` holds a number"},
      {statement(), "/images", {"a.png", "gone.png"}, "its picture cannot be shown: "},
      {statement(), "/images", {"../samples.jsonl"}, "its picture cannot be shown: "},
      {statement(), "/images", std::vector<std::string>(5, "a.png"), "`images` has 5"},
      {statement(), "/sentence", 5, "`sentence` is a number"},
      {statement(), "/label", nullptr, "`label` is null"},
      {statement(), "/answer", 1, "`answer` is a number, not a string"},
      {statement(), "/probabilities", {0.5}, "`probabilities` is a list"},
      {statement(), "/probabilities/True", 1.5, "a probability is not in 0 to 1"},
      {question(), "/answers", "dog", "`answers` is a string"},
      {question(), "/answers/1", 2, "`answers` holds a number"},
      {question(), "/top", {1}, "top: is a number, not an object"},
      {question(), "/top/0", {{"probability", 0.5}}, "top: has no `answer`"},
      {phrase(), "/size", {40}, "`size` has 1 numbers, not 2"},
      {phrase(), "/size", {0, 20}, "`size` is below 1"},
      {phrase(), "/truth", {1, 2, 3}, "`truth` has 3 numbers, not 4"},
      {phrase(), "/truth", {1, 2, -3, 4}, "`truth` has a side below 0"},
      {phrase(), "/answer", {1, 2, 3, "4"}, "`answer` holds a string"},
      {phrase(), "/heat", {1}, "`heat` is a list"},
      {phrase(), "/heat/grid", {2}, "`grid` is not [rows, columns]"},
      {phrase(), "/heat/grid", {4'000'000'000'000, 4'000'000'000'000}, "`grid` is out of bounds"},
      {phrase(), "/heat/grid", {-1, -2}, "`grid` is out of bounds"},
      {phrase(), "/heat/values", {1, 2, 3}, "`values` has 3, the grid 2"},
      {phrase(), "/heat/values", {1, nullptr}, "`heat` holds null"},
  };
  for (const auto& [line, place, value, words] : cases) {
    auto altered = line;
    altered[OrderedJson::json_pointer(place)] = value;
    const auto message = complaint<Error>([&] { read({altered}); });
    EXPECT_NE(message.find("samples.jsonl:1"), std::string::npos) << place << " " << value << ": " << message;
    EXPECT_NE(message.find(words), std::string::npos) << place << " " << value << ": " << message;
  }
  std::vector<OrderedJson> lines(2, statement());
  lines[1].erase("images");
  const auto missing = complaint<Error>([&] { read(lines); });
  EXPECT_NE(missing.find("samples.jsonl:2: has no `images`"), std::string::npos) << missing;
}

TEST_F(TaskSampleFiles, AreShownWithTheResultThatNamesThem) {
  const auto samples = folder_.write("ve.jsonl", statement().dump() + "\n");
  OrderedJson result = {{"task", "vqa"},
                        {"checkpoint", "out"},
                        {"weights", "student"},
                        {"blank", false},
                        {"samples", samples},
                        {"image_root", folder_ / "pictures"},
                        {"estimates", {{"accuracy", {{"mean", 1}, {"low", 0}, {"high", 2}, {"samples", 1}}}}}};
  const auto page = task_results_html({read_task_result(folder_.write("ve.json", result.dump()))});
  expect_in(page,
            {"<h3>Visual question answering <span>", "Examples <span>at equal distances among 1<", "two &lt;b&gt;"});
  result["samples"] = folder_ / "gone.jsonl";
  const auto message = complaint<Error>([&] { read_task_result(folder_.write("ve.json", result.dump())); });
  EXPECT_NE(message.find("gone.jsonl"), std::string::npos) << message;
  result["samples"] = 5;
  EXPECT_NE(complaint<Error>([&] {
              read_task_result(folder_.write("ve.json", result.dump()));
            }).find("`samples` is a number"),
            std::string::npos);
}

}  // namespace
}  // namespace albef
