#include "albef/tasks/report/data_page.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/data/pictures.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/resize.h"
#include "albef/tasks/report/histogram.h"
#include "albef/tasks/report/html.h"
#include "albef/tasks/report/style.h"

namespace albef {
namespace {

constexpr int kThumbnail = 160;      // pixels of its longer side
constexpr size_t kGroupsShown = 12;  // of the examples

constexpr std::string_view kPageStyle = R"css(
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0; }
.tile { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.45rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .82rem; }
.tile.bad b { color: var(--bad); }
.tile.good b { color: var(--right); }
:root { --bad: #b3402e; }
.bars rect { fill: var(--accent); }
.bars rect:hover { fill: var(--bad); }
.limit line { stroke: var(--bad); stroke-dasharray: 4 3; }
.limit text { fill: var(--bad); font-size: 11px; }
.warnings li { display: list-item; list-style: none; border-left: 3px solid var(--bad); padding: .3rem .7rem;
  margin-bottom: .35rem; background: var(--paper); overflow-wrap: anywhere; }
table.counts td { text-align: right; font-variant-numeric: tabular-nums; }
table.counts td:first-child, table.counts th { text-align: left; overflow-wrap: anywhere; }
table.counts thead th { color: var(--soft); font-weight: 500; font-size: .82rem; }
table.counts tbody tr > * { border-top: 1px solid var(--line); }
table.counts thead th + th { text-align: right; }
.wide { width: 100%; }
.wide td { overflow-wrap: anywhere; }
.groups { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: .8rem; }
.groups { align-items: start; }
.groups article { margin: 0; }
.charts { grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); }
.thumbs { display: flex; flex-wrap: wrap; gap: .5rem; }
.thumbs figure { width: 5.6rem; }
.thumbs figure img { height: 5.6rem; object-fit: contain; background: var(--back); }
.thumbs figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.thumbs figure.test img { outline: 3px solid var(--accent); border-color: transparent; }
.thumbs .gone { height: 5.6rem; border: 1px dashed var(--line); border-radius: 4px; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --soft: #9aa5b4; --line: #333b47; --accent: #6aa5e8; --right: #63bd88; --bad: #ee8673;
    --paper: #1b2028; --back: #12161c; }
}
)css";

std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) text.insert(i -= 3, "&#8239;");  // a narrow space
  return text;
}

std::string percent(uint64_t part, uint64_t whole) {
  const double share = whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return number_html(share, share == 0 || share >= 1 ? 1 : share >= 0.01 ? 2 : 4) + "&#8239;%";
}

using Counts = std::vector<std::pair<std::string, uint64_t>>;

Counts counts_of(const std::map<std::string, uint64_t>& counts) {
  return {counts.begin(), counts.end()};
}

class DataPage {
 public:
  explicit DataPage(const DataCheck& check) : check_(check), pictures_({}, check.bytes) {}

  std::string html() {
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width\"><title>Data check</title>\n<style>" +
           std::string(kStyle) + std::string(kPageStyle) + "</style></head>\n<body><h1>Data check</h1>\n" + tiles() +
           warning_list() + sources() + broken() + captions() + pictures() +
           groups("Equal files", "Files that are equal byte for byte, under several names.",
                  check_.picture.same_bytes) +
           groups(
               "Pictures that look alike",
               "Copies in another encoding or size, and now and then pictures that only resemble each other: worth a "
               "look.",
               check_.picture.alike) +
           shared_captions() + overlap() + "</body></html>\n";
  }

 private:
  static std::string section(const std::string& title, const std::string& note, const std::string& body) {
    if (body.empty()) return "";
    return str("<section><h2>", title, "</h2><p class=\"note\">", note, "</p>\n", body, "</section>\n");
  }

  static std::string tile(const std::string& value, const std::string& name, const char* kind = "") {
    return str("<div class=\"tile ", kind, "\"><b>", value, "</b><span>", name, "</span></div>");
  }
  static std::string finding(uint64_t count, const std::string& name) {
    return tile(grouped(count), name, count > 0 ? "bad" : "good");
  }

  std::string tiles() const {
    uint64_t broken = 0;
    for (const auto& [reason, count] : check_.broken) broken += count;
    std::string out = "<div class=\"tiles\">" + tile(grouped(check_.pairs), "pairs of picture and caption") +
                      tile(grouped(check_.pictures), "pictures") +
                      tile(grouped(check_.captions.different), "different captions") +
                      finding(broken, "cannot be used");
    if (check_.with_pictures) {
      out += finding(check_.picture.same_bytes.pictures, "pictures in equal files") +
             tile(grouped(check_.picture.alike.pictures), "pictures that look alike");
    }
    if (check_.with_vocabulary) {
      out += tile(percent(check_.captions.unknown, check_.captions.pieces), "of the word pieces are unknown");
    }
    if (check_.has_test) {
      const Overlap& overlap = check_.overlap;
      out += finding(overlap.same_name + overlap.same_bytes, "test pictures in the training data") +
             tile(grouped(overlap.alike), "test pictures that look like one");
    }
    return out + "</div>\n";
  }

  std::string warning_list() const {
    std::string out;
    for (const std::string& warning : warnings(check_)) out += "<li>" + escape_html(warning) + "</li>";
    return out.empty() ? "" : "<ul class=\"warnings\" style=\"padding:0\">" + out + "</ul>\n";
  }

  std::string sources() const {
    std::string rows;
    for (const CheckedSource& source : check_.sources) {
      rows += str("<tr><td>", escape_html(source.source), source.test ? " (test)" : "", "</td><td>",
                  source.error.empty() ? grouped(source.pairs) : "cannot be read", "</td><td>",
                  grouped(source.pictures), "</td><td>", grouped(missing_files(source.broken)), "</td><td>",
                  source.shards > 0 ? grouped(source.shards) : "", "</td><td>", str(source.weight), "</td></tr>");
    }
    return section("Sources", "A picture counts for the first source that has it.",
                   "<table class=\"counts\"><thead><tr><th>source</th><th>pairs</th><th>pictures</th><th>missing "
                   "files</th><th>shards</th><th>weight</th></tr></thead><tbody>" +
                       rows + "</tbody></table>");
  }

  static std::string count_table(const std::string& name, const std::string& count, const Counts& counts) {
    if (counts.empty()) return "";
    std::string rows;
    for (const auto& [text, number] : counts)
      rows += "<tr><td>" + escape_html(text) + "</td><td>" + grouped(number) + "</td></tr>";
    return "<table class=\"counts\"><thead><tr><th>" + name + "</th><th>" + count + "</th></tr></thead><tbody>" + rows +
           "</tbody></table>";
  }

  std::string broken() const {
    std::string examples;
    for (const auto& [reason, pictures] : check_.broken_pictures) {
      for (const ListedPicture& picture : pictures) {
        examples += str("<tr><td>", escape_html(reason), "</td><td>", escape_html(picture.place.image), "</td><td>",
                        escape_html(picture.place.file), ", record ", picture.place.record, "</td></tr>");
      }
    }
    std::string archives;
    for (const std::string& archive : check_.truncated_archives)
      archives += "<p>" + escape_html(archive) + ": the archive ends too early</p>";
    const std::string body = count_table("reason", "how many", counts_of(check_.broken)) + archives;
    if (examples.empty()) return section("What cannot be used", "Training passes over it.", body);
    return section("What cannot be used", "Training passes over it.",
                   body +
                       "<details style=\"margin-top:.8rem\"><summary>Pictures, and where they are listed</summary>"
                       "<table class=\"wide\"><tbody>" +
                       examples + "</tbody></table></details>");
  }

  std::string captions() const {
    const CaptionCheck& captions = check_.captions;
    const auto words = static_cast<uint64_t>(check_.max_words), tokens = static_cast<uint64_t>(check_.max_tokens);
    const std::string charts =
        histogram_svg(
            {.title = "Words a caption", .unit = "words", .limit = words, .limit_name = str(words, " are read")},
            captions.words) +
        histogram_svg(
            {.title = "Tokens a caption", .unit = "tokens", .limit = tokens, .limit_name = str(tokens, " are kept")},
            captions.tokens);
    if (charts.empty()) return "";
    std::string note = percent(captions.words.over(words), captions.words.count()) +
                       " of the captions have more than " + std::to_string(words) + " words";
    if (check_.with_vocabulary)
      note += ", " + percent(captions.tokens.over(tokens), captions.tokens.count()) + " more than " +
              std::to_string(tokens) + " tokens, [CLS] included";
    return section("Captions", note + ".",
                   "<div class=\"charts\">" + charts + "</div><div class=\"tables\" style=\"margin-top:1rem\">" +
                       count_table("script", "captions", counts_of(captions.scripts)) +
                       count_table("unknown word", "times", captions.unknown_words) + "</div>");
  }

  std::string pictures() const {
    const PictureCheck& picture = check_.picture;
    if (picture.looked_at == 0) return "";
    const std::string charts =
        histogram_svg({.title = "Width", .unit = "pixels"}, picture.width) +
        histogram_svg({.title = "Height", .unit = "pixels"}, picture.height) +
        histogram_svg({.title = "Width / height", .unit = "ratio", .scale = 100}, picture.aspect) +
        histogram_svg({.title = "Size of the files", .unit = "kB"}, picture.bytes);
    const std::string note =
        grouped(picture.looked_at) + " were looked at, " + grouped(picture.readable) + " of them can be read.";
    return section("Pictures", note,
                   (charts.empty() ? "" : "<div class=\"charts\">" + charts + "</div>") +
                       "<div style=\"margin-top:1rem\">" +
                       count_table("format", "pictures", counts_of(picture.formats)) + "</div>");
  }

  std::string figure(const ListedPicture& picture) {
    const std::string& name = picture.place.image;
    const std::string caption = escape_html(std::filesystem::path(name).filename().string());
    std::string shown = "<div class=\"gone\"></div>";
    try {
      Image image = pictures_.original(name);
      const int side = std::max(image.width, image.height);
      const auto shrunk = [&](int length) {
        return std::max(1, static_cast<int>(int64_t{length} * kThumbnail / side));
      };
      if (side > kThumbnail) image = resize(image, shrunk(image.width), shrunk(image.height));
      shown = "<img alt=\"" + caption + "\" src=\"data:image/jpeg;base64," + base64(encode_jpeg(image, 80)) + "\">";
    } catch (const Error&) {  // it was readable before, and the page is not about that
    }
    return str("<figure", picture.test ? " class=\"test\"" : "", " title=\"", escape_html(name), "\">", shown,
               "<figcaption>", caption, "</figcaption></figure>");
  }

  std::string group_html(const PictureGroup& group) {
    std::string figures;
    for (const ListedPicture& picture : group.pictures) figures += figure(picture);
    const uint64_t more = group.size - group.pictures.size();
    return "<article><div class=\"thumbs\">" + figures + "</div>" +
           (more > 0 ? "<p class=\"note\" style=\"margin:.4rem 0 0\">and " + grouped(more) + " more</p>" : "") +
           "</article>";
  }

  std::string group_list(const std::vector<PictureGroup>& groups) {
    std::string out;
    for (size_t i = 0; i < std::min(groups.size(), kGroupsShown); ++i) out += group_html(groups[i]);
    return out.empty() ? "" : "<div class=\"groups\">" + out + "</div>";
  }

  std::string groups(const std::string& title, const std::string& note, const PictureGroups& groups) {
    return section(title,
                   note + " " + grouped(groups.pictures) + " in " + grouped(groups.groups) +
                       " groups; those first of which the pictures are most alike, then the largest.",
                   group_list(groups.examples));
  }

  std::string shared_captions() const {
    const CaptionCheck& captions = check_.captions;
    return section("Captions of several pictures",
                   grouped(captions.of_several) + " captions, in " + grouped(captions.of_several_pairs) +
                       " pairs. ITC and ITM take each other's pictures for wrong ones.",
                   count_table("caption", "pictures", captions.most_pictures));
  }

  std::string overlap() {
    const Overlap& overlap = check_.overlap;
    if (!check_.has_test) return "";
    std::string captions;
    for (const std::string& caption : overlap.caption_examples) captions += "<li>" + escape_html(caption) + "</li>";
    const std::string note = "Of " + grouped(check_.test_pictures) + " test pictures " + grouped(overlap.same_name) +
                             " are in the training data by name, " + grouped(overlap.same_bytes) +
                             " as equal files, and " + grouped(overlap.alike) + " look like one of it; of " +
                             grouped(check_.test_pairs) + " test captions it has " + grouped(overlap.captions) +
                             ". Test pictures have a border.";
    return section(
        "Test and training data", note,
        group_list(overlap.examples) +
            (captions.empty() ? " "
                              : "<details style=\"margin-top:.8rem\"><summary>Captions in both</summary><ol>" +
                                    captions + "</ol></details>"));
  }

  const DataCheck& check_;
  Pictures pictures_;
};

}  // namespace

std::string data_page(const DataCheck& check) {
  return DataPage(check).html();
}

}  // namespace albef
