#include "albef/tasks/report/task_results.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

OrderedJson ve_result() {
  return {{"task", "ve"},
          {"checkpoint", "out/<ve>"},
          {"data", {"ve_test.json"}},
          {"weights", "student"},
          {"blank", false},
          {"estimates",
           {{"accuracy", {{"mean", 71.25}, {"low", 69.5}, {"high", 73.1}, {"samples", 900}}},
            {"entailment_or_contradiction", {{"mean", 88.5}, {"low", 86.25}, {"high", 90.75}, {"samples", 600}}}}},
          {"against",
           {{"samples", "out/ve_blank.jsonl"},
            {"differences", {{"accuracy", {{"mean", 37.5}, {"low", -0.75}, {"high", 40.25}, {"samples", 900}}}}}}},
          {"confusion",
           {{"contradiction", {{"contradiction", 75}, {"neutral", 20}, {"entail<ment", 5}}},
            {"neutral", {{"contradiction", 0}, {"neutral", 0}, {"entail<ment", 0}}}}}};
}

std::string shown_result(const TemporaryFolder& folder, const OrderedJson& result) {
  return task_results_html({read_task_result(folder.write("task.json", result.dump()))});
}

TEST(TaskResults, ShowScoresBesideChanceAndDifferences) {
  const TemporaryFolder folder;
  const std::string html = shown_result(folder, ve_result());
  for (const char* part :
       {"<h3>Visual entailment <span>out/&lt;ve&gt;, student weights</span>", "<th>less ve_blank</th>",
        "<th scope=\"row\">accuracy</th><td title=\"900 samples\">71.2 <small>(69.5 to 73.1)</small></td><td>33.3</td>"
        "<td title=\"900 samples\">+37.5 <small>(&minus;0.8 to +40.2)</small></td>",
        "entailment_or_contradiction</th><td title=\"600 samples\">88.5 <small>(86.2 to 90.8)</small></td><td>50.0</td>"
        "<td>&ndash;</td>"})
    EXPECT_NE(html.find(part), std::string::npos) << part << " in " << html;
}

TEST(TaskResults, ShowTheConfusionInTheFilesOrderColouredByShares) {
  const TemporaryFolder folder;
  const std::string html = shown_result(folder, ve_result());
  for (const char* part : {"<th>contradiction</th><th>neutral</th><th>entail&lt;ment</th>",
                           "<td style=\"background:rgb(37 99 168 / 0.41)\">75 <small>75&nbsp;%</small></td>",
                           "<td style=\"background:rgb(37 99 168 / 0.00)\">0 <small>0&nbsp;%</small></td>"})
    EXPECT_NE(html.find(part), std::string::npos) << part << " in " << html;
}

TEST(TaskResults, OfATaskThatIsNotKnownNeedNothingButTheForm) {
  const TemporaryFolder folder;
  auto result = ve_result();
  result["task"] = "count & <sum>";
  result["consistency"] = 12.5;
  result.erase("against");
  result.erase("confusion");
  const std::string html = shown_result(folder, result);
  EXPECT_NE(html.find("<h3>count &amp; &lt;sum&gt; <span>"), std::string::npos);
  EXPECT_NE(html.find("consistency</th><td>12.5</td><td>&ndash;</td></tr>"), std::string::npos) << html;
  EXPECT_EQ(html.find("less"), std::string::npos);
  EXPECT_EQ(html.find("confusion"), std::string::npos);
  EXPECT_EQ(task_results_html({}), "");
}

TEST(TaskResults, CountTheKOfRecallsAsNumbers) {
  const TemporaryFolder folder;
  auto result = ve_result();
  result["task"] = "retrieval";
  result["weights"] = "momentum";
  result["blank"] = true;
  result["estimates"] = OrderedJson::object();
  for (const char* metric : {"img_r1", "img_r10", "img_r5", "img_r_mean"})
    result["estimates"][metric] = ve_result()["estimates"]["accuracy"];
  const std::string html = shown_result(folder, result);
  size_t at = 0;
  for (const char* metric : {">img_r1<", ">img_r5<", ">img_r10<", ">img_r_mean<"}) {
    ASSERT_NE(html.find(metric), std::string::npos) << metric;
    EXPECT_GT(html.find(metric), at) << metric;
    at = html.find(metric);
  }
  EXPECT_NE(html.find("Retrieval, fine-tuned <span>out/&lt;ve&gt;, momentum weights, blanked pictures<"),
            std::string::npos);
}

std::string refusal(const TemporaryFolder& folder, const std::string& text) {
  return complaint<Error>([&] { read_task_result(folder.write("task.json", text)); });
}

TEST(TaskResults, RefuseWhatIsNone) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> files = {
      {"[]", "a list"},
      {"{}", "`task`"},
      {"", "empty"},
      {"{", "task.json:1"},
      {R"({"images": 6, "texts": 12, "itc": {"img_r1": 33.25}})", "`task`"}};
  for (const auto& [text, part] : files) {
    const std::string message = refusal(folder, text);
    EXPECT_NE(message.find("task.json"), std::string::npos) << text;
    EXPECT_NE(message.find(part), std::string::npos) << text << ": " << message;
  }
  EXPECT_THROW(read_task_result(folder / "missing.json"), Error);
  for (const std::string odd : {"NaN", "Infinity", "-Infinity", "1e999"}) {
    std::string text = ve_result().dump();
    text.replace(text.find("71.25"), 5, odd);
    const std::string message = refusal(folder, text);
    EXPECT_NE(message.find("task.json: holds a number that is not finite"), std::string::npos) << message;
  }
}

TEST(TaskResults, RefuseMembersOfAnotherForm) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, OrderedJson>> members = {
      {"/task", 5},
      {"/checkpoint", nullptr},
      {"/weights", OrderedJson::array()},
      {"/blank", "no"},
      {"/estimates", OrderedJson::object()},
      {"/estimates", {0.5}},
      {"/estimates/accuracy", 71.25},
      {"/estimates/accuracy/mean", nullptr},
      {"/estimates/accuracy/low", "69"},
      {"/estimates/accuracy/samples", 1.5},
      {"/estimates/accuracy/samples", -1},
      {"/against", "ve_blank.jsonl"},
      {"/against/samples", 1},
      {"/against/differences", OrderedJson::object()},
      {"/against/differences/accuracy/high", true},
      {"/consistency", "all"},
      {"/images", "six"},
      {"/confusion", {1, 2}},
      {"/confusion/neutral", 3},
      {"/confusion/neutral", {{"neutral", 1}}},
      {"/confusion/neutral/neutral", -1},
      {"/confusion/neutral", {{"contradiction", 0}, {"neutral", 0}, {"other", 0}}}};
  for (const auto& [place, value] : members) {
    auto result = ve_result();
    result[OrderedJson::json_pointer(place)] = value;
    const std::string message = refusal(folder, result.dump());
    EXPECT_NE(message.find("task.json: "), std::string::npos) << place << " " << value << ": " << message;
    EXPECT_NE(message.find("expected a result of `albef eval TASK --json`"), std::string::npos)
        << place << " " << value;
  }
}

}  // namespace
}  // namespace albef
