#include "albef/tasks/report/report.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../data/temporary_folder.h"
#include "../model/tiny_model.h"
#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/log.h"
#include "albef/image/decode.h"
#include "albef/image/png_writer.h"
#include "albef/tasks/pretrain/task.h"
#include "albef/tasks/report/chart.h"
#include "albef/tasks/report/html.h"

namespace albef {
namespace {

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

std::string unbase64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<uint32_t>(digits.find(c));
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return bytes;
}

Vocabulary small_vocabulary() {
  return Vocabulary::from_text(
      "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nred\nring\nstriped\nstar\n##s\n##let\non\ngreen\n");
}

TEST(EscapeHtml, LeavesNothingThatABrowserWouldObey) {
  EXPECT_EQ(escape_html("<b a=\"1\" c='2'>&</b>"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&lt;/b&gt;");
  EXPECT_EQ(escape_html("tab\there\x01\x7f, caf\xc3\xa9"), "tab\there, caf\xc3\xa9");
  EXPECT_EQ(escape_html("broken \xc3( \xff"), "broken \xef\xbf\xbd( \xef\xbf\xbd");
}

TEST(Base64, EqualsTheStandardsExamples) {
  const std::vector<std::pair<std::string, std::string>> examples = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) EXPECT_EQ(base64(bytes), text);
  EXPECT_EQ(base64("\xff\xfe\x80"), "//6A");
}

TEST(PictureHtml, HoldsThePictureShrunkToTheLongestSide) {
  Image image = Image::filled(60, 20, 200);
  const std::string html = picture_html(image, 30, "<a \"name\">");
  EXPECT_NE(html.find("alt=\"&lt;a &quot;name&quot;&gt;\""), std::string::npos);
  const size_t start = html.find("base64,") + 7;
  const Image shown = decode_image(unbase64(html.substr(start, html.find('"', start) - start)), "the page's picture");
  EXPECT_EQ(shown, Image::filled(30, 10, 200));
}

TEST(ChartSvg, HasALineASeriesAndNoNumberOutsideOfTheFrame) {
  const std::string svg =
      chart_svg({.title = "a < b"}, {{"one", {{1, 0.5}, {2, 3}}}, {"two", {{2, 1}}, true}, {"none", {}}});
  EXPECT_EQ(occurrences(svg, "<polyline"), 2u);
  EXPECT_EQ(occurrences(svg, "<circle"), 1u);
  EXPECT_NE(svg.find("a &lt; b"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find(">none<"), std::string::npos);
  EXPECT_EQ(chart_svg({.title = "empty"}, {{"none", {}}}), "");
}

TEST(ChartSvg, ThinsLongSeriesToTheMeansOfNeighbours) {
  Series series{"long", {}};
  for (int i = 0; i < 10000; ++i) series.points.emplace_back(i, i % 2);
  const std::string svg = chart_svg({.title = "t"}, {series});
  const size_t start = svg.find("points=\"") + 8;
  const std::string points = svg.substr(start, svg.find('"', start) - start);
  EXPECT_LE(occurrences(points, ","), kChartPoints);
  EXPECT_GE(occurrences(points, ","), kChartPoints / 2);
}

TEST(ChartSvg, DrawsValuesThatAreAllZero) {
  EXPECT_EQ(chart_svg({.title = "t"}, {{"flat", {{0, 0}, {0, 0}}}}).find("nan"), std::string::npos);
}

TEST(RunLog, ReadsTrainingAndHeldOutLines) {
  const TemporaryFolder folder;
  const auto path = folder.write("metrics.jsonl", R"({"step":50,"loss_itc":6.5,"pairs":3200,"seconds":10}
{"step":50,"val_img_r1":2.5,"pairs":3200,"seconds":11}
{"step":100,"loss_itc":null,"note":"x","pairs":6400,"seconds":21}
)");
  const RunLog log = read_run_log(path);
  EXPECT_EQ(log.steps, 100);
  EXPECT_EQ(log.pairs, 6400);
  EXPECT_EQ(log.seconds, 21);
  EXPECT_EQ(log.values.at("loss_itc"), (std::vector<std::pair<double, double>>{{50, 6.5}}));
  EXPECT_EQ(log.values.at("val_img_r1").size(), 1u);
}

TEST(RunLog, NamesTheLineThatIsNoMetrics) {
  const TemporaryFolder folder;
  for (const std::string bad : {"[1]", "{\"step\":\"x\"}", "{\"loss\":1}", "{\"step\":1", "nonsense"}) {
    const auto path = folder.write("metrics.jsonl", "{\"step\":1}\n" + bad + "\n");
    EXPECT_NE(complaint<Error>([&] { read_run_log(path); }).find("metrics.jsonl:2"), std::string::npos) << bad;
  }
  EXPECT_NE(complaint<Error>([&] { read_run_log(folder / "missing.jsonl"); }), "");
}

TEST(FlatSettings, NamesNestedKeysWithDots) {
  const TemporaryFolder folder;
  const auto path = folder.write("config.yaml", "lr: 0.1\nbert: {width: 8, deep: {a: b}}\nfiles: [x, y]\n");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"lr", "0.1"}, {"bert.width", "8"}, {"bert.deep.a", "b"}, {"files", "[x, y]"}};
  EXPECT_EQ(flat_settings(path), expected);
}

TEST(TellingPlaces, AreTheLongestWholeWordsInTheirOrder) {
  const Vocabulary vocabulary = small_vocabulary();
  const auto id = [&](const char* token) { return *vocabulary.id(token); };
  // a striped star ##s on green ring ##let
  const std::vector<int64_t> ids = {vocabulary.cls(), id("a"),     id("striped"), id("star"), id("##s"),
                                    id("on"),         id("green"), id("ring"),    id("##let")};
  EXPECT_EQ(telling_places(vocabulary, ids, 2), (std::vector<size_t>{2, 6}));
  EXPECT_EQ(telling_places(vocabulary, ids, 9), (std::vector<size_t>{1, 2, 5, 6}));
  EXPECT_EQ(telling_places(vocabulary, {vocabulary.cls(), id("star"), id("##s")}, 1), (std::vector<size_t>{1}));
  EXPECT_TRUE(telling_places(vocabulary, {vocabulary.cls()}, 3).empty());
}

TEST(FillMasks, EqualsThePlainFormTextByText) {
  const torch::NoGradGuard no_grad;
  const Vocabulary vocabulary = small_vocabulary();
  Albef model = tiny_model();  // of 50 tokens: more than the vocabulary
  model->eval();
  auto& encoders = model->online;
  const auto image = encoders.vision(torch::randn({1, 3, 16, 16}));
  const std::vector<int64_t> ids = {vocabulary.cls(), 5, 6, 7, 9, 13};
  const auto filled = fill_masks(encoders, vocabulary, image, ids, {1, 4}, 3, {});
  ASSERT_EQ(filled.size(), 2u);
  for (const auto& mask : filled) {
    auto masked = ids;
    masked[mask.place] = vocabulary.mask();
    const auto layout = TokenLayout::padded(1, 6);
    auto& bert = encoders.text->bert;
    const auto states = bert->fuse(bert->encode(torch::tensor(masked), layout), layout, bert->cross_keys(image), {});
    const auto logits = encoders.text->mlm_logits(states.narrow(0, static_cast<int64_t>(mask.place), 1))
                            .narrow(1, 0, vocabulary.size());
    const auto [probability, token] = logits.softmax(-1).topk(3);
    ASSERT_EQ(mask.guesses.size(), 3u);
    for (int64_t k = 0; k < 3; ++k) {
      EXPECT_EQ(mask.guesses[static_cast<size_t>(k)].token, vocabulary.token(token[0][k].item<int64_t>()));
      EXPECT_NEAR(mask.guesses[static_cast<size_t>(k)].probability, probability[0][k].item<double>(), 1e-5);
    }
  }
  EXPECT_TRUE(fill_masks(encoders, vocabulary, image, ids, {}, 3, {}).empty());
  EXPECT_THROW(fill_masks(encoders, vocabulary, image, ids, {6}, 3, {}), c10::Error);
}

// A run of two steps on six pictures, whose captions try to break out of the page.
class ReportOfARun : public testing::Test {
 protected:
  void SetUp() override {
    set_quiet(true);
    std::string list;
    for (int i = 0; i < 6; ++i) {
      folder_.write(str("p", i, ".png"), encode_png(Image::filled(16, 16, static_cast<uint8_t>(40 * i))));
      list += str(i ? "," : "[", "{\"image\":\"p", i, ".png\",\"caption\":[\"<script>alert(", i,
                  ")</script> a star\",\"ring ", i, " red\"]}");
    }
    folder_.write("list.json", list + "]");
    folder_.write("config.yaml", str("train_file: ", folder_ / "list.json", "\nval_file: ", folder_ / "list.json",
                                     "\nimage_root: ", folder_.path(), R"(
image_res: 16
patch_size: 8
vision_width: 12
vision_depth: 1
vision_heads: 3
embed_dim: 8
queue_size: 8
bert_config: ""
bert: {hidden_size: 12, num_hidden_layers: 2, fusion_layer: 1, num_attention_heads: 3, intermediate_size: 16,
       max_position_embeddings: 32}
vocab: {train: 60}
batch_size: 4
loader_threads: 1
log_every_steps: 1
schedular: {sched: cosine_step, lr: 1e-3, warmup_steps: 1, epochs: 2, total_steps: 2}
)"));
    SingleProcess alone;
    pretrain(read_settings<PretrainSettings>(folder_ / "config.yaml", {"output_dir=" + run()}), alone);
  }

  std::string run() const { return folder_ / "run"; }
  ReportOptions options() const {
    ReportOptions options;
    options.run = run();
    options.out = folder_ / "report.html";
    options.baselines = [](const std::vector<int64_t>& recall_at) -> std::vector<ScoreRow> {
      return {{"colours & more", {{recall_name("img", recall_at.front()), 12.5}}}};
    };
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(ReportOfARun, IsOnePageThatNeedsNothingElseAndObeysNoText) {
  write_report(options());
  const std::string page = read_file(folder_ / "report.html");
  for (const char* part : {"chance", "colours &amp; more", "ITC ranking", "ITM re-ranking", "<svg",
                           "Masked words filled in", "schedular.total_steps"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("src=\"http"), std::string::npos);
  EXPECT_EQ(page.find("<link"), std::string::npos);
  EXPECT_GT(occurrences(page, "data:image/png;base64,"), 6u);
  EXPECT_GT(occurrences(page, "<figure class=\"right\">"), 0u);
  write_report(options());
  EXPECT_EQ(read_file(folder_ / "report.html"), page) << "the same run gives the same page";
}

TEST_F(ReportOfARun, TakesScoresFromAResultOfTheSameLists) {
  auto given = options();
  given.retrieval =
      folder_.write("result.json", R"({"images": 6, "texts": 12, "itc": {"img_r1": 33.25}, "itm": {"img_r1": 44.5}})");
  write_report(given);
  const std::string page = read_file(folder_ / "report.html");
  EXPECT_NE(page.find("<td>33.2</td>"), std::string::npos);
  EXPECT_NE(page.find("<td>44.5</td>"), std::string::npos);
}

// What `albef eval` writes of a task, with one score and the sizes of a retrieval's lists.
OrderedJson task_result(const char* task, int64_t texts) {
  const OrderedJson score = {{"mean", 61}, {"low", 60}, {"high", 62}, {"samples", texts}};
  return {{"task", task},
          {"checkpoint", "r"},
          {"weights", "student"},
          {"blank", false},
          {"images", 6},
          {"texts", texts},
          {"estimates", {{"img_r1", score}}}};
}

TEST_F(ReportOfARun, ShowsFineTunedTasksInTheirOrderWithTheChanceOfTheSameLists) {
  auto given = options();
  for (const auto& result : {task_result("ve", 12), task_result("retrieval", 12), task_result("retrieval", 13)})
    given.tasks.push_back(read_task_result(folder_.write("task.json", result.dump())));
  write_report(given);
  const std::string page = read_file(folder_ / "report.html");
  const size_t scores = page.find("Retrieval on held-out"), tasks = page.find("Fine-tuned tasks");
  const size_t ve = page.find("Visual entailment"), same = page.find("Retrieval, fine-tuned");
  EXPECT_TRUE(scores < tasks && tasks < ve && ve < same && same < page.find("<svg"));
  const std::string score = "img_r1</th><td title=\"12 samples\">61.0 <small>(60.0 to 62.0)</small></td>";
  EXPECT_NE(page.find(score + "<td>16.7</td>"), std::string::npos) << "one picture of six";
  EXPECT_EQ(occurrences(page, "13 samples\">61.0 <small>(60.0 to 62.0)</small></td><td>&ndash;</td>"), 1u);
  write_report(options());
  EXPECT_EQ(read_file(folder_ / "report.html").find("Fine-tuned tasks"), std::string::npos);
}

TEST_F(ReportOfARun, ShowsTheRecallsThatAreAskedForElseThoseOfTheResultElseTheRuns) {
  const auto heads = [&](const ReportOptions& given) {
    const auto rows = write_report(given);
    EXPECT_EQ(rows.front().name, "chance");
    EXPECT_EQ(rows[1].metrics.begin()->second, 12.5);
    const std::string page = read_file(folder_ / "report.html");
    std::vector<std::string> shown;
    for (const char* head : {"R@1", "R@2", "R@5", "R@10", "R@50"})
      if (occurrences(page, str(">", head, "</th>")) == 2) shown.emplace_back(head);
    return shown;
  };
  auto given = options();
  EXPECT_EQ(heads(given), (std::vector<std::string>{"R@1", "R@5", "R@10"}));
  given.retrieval = folder_.write(
      "result.json", R"({"images": 6, "texts": 12, "recall_at": [1, 50], "itc": {"img_r50": 99.25, "r_mean": 7.5}})");
  EXPECT_EQ(heads(given), (std::vector<std::string>{"R@1", "R@50"}));
  const std::string page = read_file(folder_ / "report.html");
  EXPECT_NE(page.find("<td>99.2</td>"), std::string::npos);
  EXPECT_NE(page.find("<td>7.5</td>"), std::string::npos);
  given.recall_at = {2, 5};
  EXPECT_EQ(heads(given), (std::vector<std::string>{"R@2", "R@5"}));
}

TEST_F(ReportOfARun, RefusesResultsOfOtherListsAndWritesNothing) {
  for (const std::string bad : {R"({"images": 7, "texts": 12, "itc": {}})", R"({"images": 6, "texts": 12})", "[]", "{",
                                R"({"images": 6, "texts": 12, "itc": {"img_r1": NaN}})",
                                R"({"images": 6, "texts": 12, "itc": {"img_r1": "x"}})",
                                R"({"images": 6, "texts": 12, "itc": {}, "recall_at": [5, 1]})",
                                R"({"images": 6, "texts": 12, "itc": {}, "recall_at": "1"})",
                                R"({"images": 6, "texts": 12, "itc": {}, "recall_at": [1e300]})",
                                R"({"images": 6, "texts": 12, "itc": {}, "recall_at": []})"}) {
    auto given = options();
    given.retrieval = folder_.write("result.json", bad);
    EXPECT_NE(complaint<Error>([&] { write_report(given); }).find("result.json"), std::string::npos) << bad;
  }
  auto no_run = options();
  no_run.run = folder_.path();
  EXPECT_NE(complaint<Error>([&] { write_report(no_run); }).find("metrics.jsonl"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "report.html"));
}

}  // namespace
}  // namespace albef
