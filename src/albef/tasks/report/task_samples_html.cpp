// How an example looks on the page.
#include <algorithm>
#include <string_view>

#include "albef/base/error.h"
#include "albef/tasks/report/html.h"
#include "albef/tasks/report/task_samples.h"

namespace albef {
namespace {

constexpr size_t kShownGuesses = 5, kShownRight = 4, kShownBytes = 300;

std::string shortened(const std::string& text) {
  if (text.size() <= kShownBytes) return escape_html(text);
  return escape_html(std::string_view(text).substr(0, kShownBytes)) + "...";
}

std::string box_svg(const PixelBox& box, const char* kind) {
  const auto number = [](double value) { return str(std::clamp(value, -1e6, 1e6)); };
  return str("<rect class=\"", kind, "\" x=\"", number(box[0]), "\" y=\"", number(box[1]), "\" width=\"",
             number(box[2]), "\" height=\"", number(box[3]), "\"/>");
}

// Boxes are drawn over the picture in its own pixels, whatever size it is shown in.
std::string picture_and_boxes(const TaskSample& sample, size_t picture) {
  std::string out =
      "<figure>" + picture_html(sample.pictures[picture], /*longest=*/100'000, str("picture ", picture + 1));
  if (picture == 0 && (sample.true_box || sample.answer_box)) {
    out += str("<svg viewBox=\"0 0 ", sample.width, " ", sample.height, "\" preserveAspectRatio=\"none\">");
    if (sample.true_box) out += box_svg(*sample.true_box, "truth");
    if (sample.answer_box) out += box_svg(*sample.answer_box, "answer");
    out += "</svg>";
  }
  return out + "</figure>";
}

// Whether it is right, or how far.
std::string mark_html(double score) {
  if (score >= 1) return " &check;";
  return score <= 0 ? " &cross;" : " " + number_html(100 * score, 0) + "&nbsp;%";
}

std::string answer_html(const TaskSample& sample) {
  const auto accuracy = sample.scores.find("accuracy");
  const bool known = accuracy != sample.scores.end();
  const std::string mark = known ? mark_html(accuracy->second) : "";
  const char* kind = known && accuracy->second > 0 ? "good" : known ? "bad" : "";
  std::string out;
  if (sample.answer_box) {
    out = str("<p>", sample.true_box ? "<i class=\"truth\"></i> right box, " : "",
              "<i class=\"answer\"></i> answer: <b class=\"", kind, "\">", mark, "</b></p>");
  } else if (!sample.answer.empty()) {
    out = str("<p>answer: <b class=\"", kind, "\">", shortened(sample.answer), mark, "</b></p>");
  }
  if (sample.right.empty()) return out;
  std::string right;
  for (size_t i = 0; i < sample.right.size() && i < kShownRight; ++i) {
    const auto& [text, count] = sample.right[i];
    right += (i > 0 ? ", " : "") + shortened(text) + (count > 1 ? str(" &times;", count) : "");
  }
  if (sample.right.size() > kShownRight) right += str(" and ", sample.right.size() - kShownRight, " more");
  return out + "<p>right: " + right + "</p>";
}

std::string guesses_html(const TaskSample& sample) {
  if (sample.likeliest.empty()) return "";
  std::string out = "<ol class=\"guesses\">";
  for (size_t i = 0; i < sample.likeliest.size() && i < kShownGuesses; ++i) {
    const auto& [answer, probability] = sample.likeliest[i];
    const bool right = std::any_of(sample.right.begin(), sample.right.end(),
                                   [&text = answer](const auto& one) { return one.first == text; });
    out += str("<li", right ? " class=\"right\"" : "", "><span>", shortened(answer),
               "</span><i style=\"width:", static_cast<int>(100 * probability), "px\"></i><b>",
               number_html(100 * probability, 1), " %</b></li>");
  }
  return out + "</ol>";
}

// Further scores, beside the accuracy that the answer's mark tells.
std::string scores_html(const TaskSample& sample) {
  std::string out;
  for (const auto& [metric, score] : sample.scores) {
    if (metric == "accuracy") continue;
    out += (out.empty() ? "" : ", ") + shortened(metric) + mark_html(score);
  }
  return out.empty() ? "" : "<p><small>" + out + "</small></p>";
}

}  // namespace

std::string task_samples_html(const TaskSamples& samples) {
  if (samples.shown.empty()) return "";
  std::string out =
      str("<h4>Examples <span>at equal distances among ", samples.of, "</span></h4><div class=\"examples\">");
  for (const auto& sample : samples.shown) {
    out += "<div class=\"example\"><div class=\"pictures\">";
    for (size_t i = 0; i < sample.pictures.size(); ++i) out += picture_and_boxes(sample, i);
    out += "</div><div><p>&ldquo;" + shortened(sample.text) + "&rdquo;</p>" + answer_html(sample) +
           guesses_html(sample) + scores_html(sample) + "</div></div>\n";
  }
  return out + "</div>";
}

}  // namespace albef
