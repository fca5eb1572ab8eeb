#include "albef/tasks/report/page.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/tasks/report/chart.h"
#include "albef/tasks/report/html.h"
#include "albef/tasks/report/style.h"

namespace albef {
namespace {

constexpr int kPictureSide = 128;  // pixels that a picture keeps at most

class Page {
 public:
  Page(const ReportPage& page, const EvalList& list, const Vocabulary& vocabulary,
       const std::function<Image(size_t)>& picture)
      : page_(page), list_(list), vocabulary_(vocabulary), picture_(picture) {}

  std::string html() {
    const std::string title = escape_html(page_.title);
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width\">"
           "<title>" +
           title + "</title>\n<style>" + std::string(kStyle) + "</style></head>\n<body><h1>" + title + "</h1>\n" +
           facts() + scores() + tasks() + curves() + text_queries() + picture_queries() + masked_words() + settings() +
           "</body></html>\n";
  }

 private:
  static std::string section(const char* title, const std::string& note, const std::string& body) {
    if (body.empty()) return "";
    return str("<section><h2>", title, "</h2><p class=\"note\">", note, "</p>\n", body, "</section>\n");
  }

  std::string facts() const {
    std::string out = "<dl class=\"facts\">";
    for (const auto& [name, value] : page_.facts)
      out += "<div><dt>" + escape_html(name) + "</dt><dd>" + escape_html(value) + "</dd></div>";
    return out + "</dl>\n";
  }

  static std::string score_html(const ScoreRow& row, const std::string& metric) {
    const auto found = row.metrics.find(metric);
    return found == row.metrics.end() ? "" : number_html(found->second, score_decimals(found->second));
  }

  // Pictures by text first, and a bar before the first column.
  std::string scores() const {
    std::vector<RetrievalMetric> columns;
    std::string groups, titles, rows;
    for (const auto& [direction, title] :
         {std::pair("img", "text finds its picture"), std::pair("txt", "picture finds a text of its own"),
          std::pair("", "both")}) {
      size_t span = columns.empty();
      for (const auto& column : page_.columns) {
        if (column.direction != direction) continue;
        titles += str("<th", columns.empty() ? " colspan=\"2\"" : "", ">", column.title, "</th>");
        columns.push_back(column);
        ++span;
      }
      groups += str("<th colspan=\"", span, "\">", title, "</th>");
    }
    const auto first = [&](const ScoreRow& row) {
      const auto found = row.metrics.find(columns.front().name);
      return found == row.metrics.end() ? 0 : found->second;
    };
    double most = 0;
    for (const auto& row : page_.scores) most = std::max(most, first(row));
    for (const auto& row : page_.scores) {
      rows += str("<tr><th scope=\"row\">", escape_html(row.name),
                  "</th><td class=\"bar\"><i style=\"width:", most > 0 ? 100 * first(row) / most : 0, "%\"></i></td>");
      for (const auto& column : columns) rows += "<td>" + score_html(row, column.name) + "</td>";
      rows += "</tr>";
    }
    return section(
        "Retrieval on held-out pictures",
        "Recall in percent: R@k is how often the right one is among the first k; the mean is of k = 1, 5, 10.",
        page_.scores.empty() ? ""
                             : "<table class=\"scores\"><thead><tr><th rowspan=\"2\"></th>" + groups + "</tr><tr>" +
                                   titles + "</tr></thead><tbody>" + rows + "</tbody></table>");
  }

  std::string tasks() const {
    return section(
        "Fine-tuned tasks",
        "In percent, with the bounds within which a score would lie in 95 of 100 samples like this one. "
        "A column &ldquo;less&rdquo; is the difference to that evaluation, sample by sample. Examples lie at equal "
        "distances in the list.",
        task_results_html(page_.tasks));
  }

  Series line(const std::string& field, const std::string& name, bool dashed = false) const {
    const auto found = page_.log.values.find(field);
    return {name, found == page_.log.values.end() ? decltype(Series::points){} : found->second, dashed};
  }

  std::string curves() const {
    std::vector<Series> recalls;
    for (const auto& column : page_.columns) {
      if (column.direction == "img" && column.k > 0) recalls.push_back(line("val_" + column.name, column.title, true));
    }
    const std::string charts = chart_svg({.title = "ITC: contrastive loss"},
                                         {line("loss_itc", "training"), line("val_loss_itc", "held out", true)}) +
                               chart_svg({.title = "ITM: matching loss"},
                                         {line("loss_itm", "training"), line("val_loss_itm", "held out", true)}) +
                               chart_svg({.title = "MLM: masked-word loss"},
                                         {line("loss_mlm", "training"), line("val_loss_mlm", "held out", true)}) +
                               chart_svg({.title = "Recall of pictures by ITC on the validation list, %"}, recalls) +
                               chart_svg({.title = "Speed, pairs/s"}, {line("pairs_per_s", "pairs a second")}) +
                               chart_svg({.title = "Learning rate"}, {line("lr", "learning rate")});
    return section("Training",
                   "Held-out losses are without distillation, so they are comparable with each other, not always with "
                   "those of training.",
                   charts.empty() ? "" : "<div class=\"charts\">" + charts + "</div>");
  }

  std::string shown(size_t image, const std::string& alt) {
    auto& html = pictures_[image];
    if (html.empty()) html = picture_html(picture_(image), kPictureSide, alt);
    return html;
  }

  static std::string place_text(int64_t place) { return place > 0 ? str("place ", place) : "not among the candidates"; }

  std::string found_pictures(const char* title, const std::vector<Found>& found, int64_t place) {
    std::string out = str("<div class=\"found\"><h4>", title, " <span>right one: ", place_text(place),
                          "</span></h4><div class=\"row\">");
    for (const auto& one : found) {
      out += str("<figure", one.right ? " class=\"right\"" : "", ">", shown(one.index, str("picture ", one.index + 1)),
                 "<figcaption>", number_html(one.score, 2), one.right ? " &check;" : "", "</figcaption></figure>");
    }
    return out + "</div></div>";
  }

  std::string text_queries() {
    std::string out;
    for (const auto& query : page_.samples.texts) {
      out += "<article><h3>&ldquo;" + escape_html(list_.texts[query.index]) + "&rdquo;</h3><div class=\"pair\">" +
             found_pictures("ITC ranking", query.itc, query.itc_place) +
             found_pictures("ITM re-ranking", query.itm, query.itm_place) + "</div></article>\n";
    }
    return section("A text looks for its picture",
                   "The first pictures of both rankings; the right one is framed. Examples lie at equal distances in "
                   "the list. Numbers: cosine "
                   "of the two features (ITC), logit of a match (ITM).",
                   out);
  }

  std::string found_texts(const char* title, const std::vector<Found>& found) const {
    std::string out = str("<div class=\"found\"><h4>", title, "</h4><ol>");
    for (const auto& one : found) {
      out += str("<li", one.right ? " class=\"right\"" : "", "><span>", escape_html(list_.texts[one.index]),
                 "</span><b>", number_html(one.score, 2), "</b></li>");
    }
    return out + "</ol></div>";
  }

  std::string picture_queries() {
    std::string out;
    for (const auto& query : page_.samples.pictures) {
      out += "<article class=\"side\"><figure>" + shown(query.index, str("picture ", query.index + 1)) +
             "</figure><div class=\"pair\">" + found_texts("ITC ranking", query.itc) +
             found_texts("ITM re-ranking", query.itm) + "</div></article>\n";
    }
    return section("A picture looks for its texts", "The first texts of both rankings; the picture's own are marked.",
                   out);
  }

  // The text with the word at `place` boxed.
  std::string with_mask(const std::vector<int64_t>& ids, size_t place) const {
    std::string out;
    for (size_t i = 1; i < ids.size(); ++i) {
      const std::string& token = vocabulary_.token(ids[i]);
      const bool continues = token.starts_with(kContinuation);
      if (i > 1 && !continues) out += ' ';
      const std::string text = escape_html(continues ? token.substr(kContinuation.size()) : token);
      out += i == place ? "<mark>" + text + "</mark>" : text;
    }
    return out;
  }

  std::string masked_words() {
    std::string out;
    for (const auto& caption : page_.samples.masked) {
      const auto image = static_cast<size_t>(list_.text_image[caption.text]);
      out += "<article class=\"side\"><figure>" + shown(image, str("picture ", image + 1)) +
             "</figure><div class=\"masks\">";
      for (const auto& mask : caption.masks) {
        out += "<div><p>" + with_mask(caption.ids, mask.place) + "</p><ol class=\"guesses\">";
        for (const auto& guess : mask.guesses) {
          const bool right = guess.token == vocabulary_.token(caption.ids[mask.place]);
          out += str("<li", right ? " class=\"right\"" : "", "><span>", escape_html(guess.token),
                     "</span><i style=\"width:", static_cast<int>(100 * guess.probability), "px\"></i><b>",
                     number_html(100 * guess.probability, 1), " %</b></li>");
        }
        out += "</ol></div>";
      }
      out += "</div></article>\n";
    }
    return section("Masked words filled in",
                   "The marked word is hidden from the model, which reads the others and sees the picture; its five "
                   "likeliest words.",
                   out);
  }

  std::string settings() const {
    std::string out = "<details><summary>All settings</summary><table class=\"settings\">";
    for (const auto& [name, value] : page_.settings)
      out += "<tr><th>" + escape_html(name) + "</th><td>" + escape_html(value) + "</td></tr>";
    return section("Settings", "As resolved at the start of the run (config.yaml).",
                   page_.settings.empty() ? "" : out + "</table></details>");
  }

  const ReportPage& page_;
  const EvalList& list_;
  const Vocabulary& vocabulary_;
  const std::function<Image(size_t)>& picture_;
  std::map<size_t, std::string> pictures_;  // <img> by number, made once
};

}  // namespace

std::string page_html(const ReportPage& page, const EvalList& list, const Vocabulary& vocabulary,
                      const std::function<Image(size_t)>& picture) {
  return Page(page, list, vocabulary, picture).html();
}

}  // namespace albef
