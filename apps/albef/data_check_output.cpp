#include "apps/albef/data_check_output.h"

#include <cstdio>

namespace albef::cli {
namespace {

constexpr size_t kBins = 30;

OrderedJson tally_json(const Tally& tally) {
  OrderedJson bins = OrderedJson::array();
  for (const Tally::Bin& bin : tally.bins(kBins)) bins.push_back({bin.from, bin.to, bin.count});
  return {{"count", tally.count()}, {"min", tally.min()},          {"median", tally.quantile(0.5)},
          {"mean", tally.mean()},   {"p95", tally.quantile(0.95)}, {"max", tally.max()},
          {"histogram", bins}};
}

OrderedJson picture_json(const ListedPicture& picture) {
  return {{"image", picture.place.image},
          {"file", picture.place.file},
          {"record", picture.place.record},
          {"test", picture.test}};
}

OrderedJson examples_json(const std::vector<PictureGroup>& groups) {
  OrderedJson list = OrderedJson::array();
  for (const PictureGroup& group : groups) {
    OrderedJson pictures = OrderedJson::array();
    for (const ListedPicture& picture : group.pictures) pictures.push_back(picture_json(picture));
    list.push_back({{"size", group.size}, {"pictures", pictures}});
  }
  return list;
}

OrderedJson groups_json(const PictureGroups& groups) {
  return {{"groups", groups.groups}, {"pictures", groups.pictures}, {"examples", examples_json(groups.examples)}};
}

OrderedJson counts_json(const std::vector<std::pair<std::string, uint64_t>>& counts, const char* name,
                        const char* count_name) {
  OrderedJson list = OrderedJson::array();
  for (const auto& [text, count] : counts) list.push_back({{name, text}, {count_name, count}});
  return list;
}

OrderedJson map_json(const std::map<std::string, uint64_t>& counts) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

OrderedJson source_json(const CheckedSource& source) {
  OrderedJson json = {{"source", source.source},          {"test", source.test},
                      {"weight", source.weight},          {"pairs", source.pairs},
                      {"records", source.records},        {"pictures", source.pictures},
                      {"shards", source.shards},          {"missing", missing_files(source.broken)},
                      {"broken", map_json(source.broken)}};
  if (!source.error.empty()) json["error"] = source.error;
  return json;
}

OrderedJson captions_json(const DataCheck& check) {
  const CaptionCheck& captions = check.captions;
  OrderedJson json = {
      {"words", tally_json(captions.words)},
      {"cut_by_max_words", share(captions.words.over(static_cast<uint64_t>(check.max_words)), captions.words.count())},
      {"without_words", captions.nothing_left},
      {"scripts", map_json(captions.scripts)},
      {"different", captions.different},
      {"repeated_pairs", captions.repeated_pairs},
      {"of_several_pictures",
       {{"captions", captions.of_several},
        {"pairs", captions.of_several_pairs},
        {"examples", counts_json(captions.most_pictures, "caption", "pictures")}}}};
  if (!check.with_vocabulary) return json;
  json["tokens"] = tally_json(captions.tokens);
  json["cut_by_max_tokens"] =
      share(captions.tokens.over(static_cast<uint64_t>(check.max_tokens)), captions.tokens.count());
  json["word_pieces"] = captions.pieces;
  json["unknown"] = captions.unknown;
  json["unknown_rate"] = share(captions.unknown, captions.pieces);
  json["unknown_words"] = counts_json(captions.unknown_words, "word", "count");
  return json;
}

OrderedJson pictures_json(const PictureCheck& picture) {
  return {{"looked_at", picture.looked_at},
          {"readable", picture.readable},
          {"formats", map_json(picture.formats)},
          {"width", tally_json(picture.width)},
          {"height", tally_json(picture.height)},
          {"aspect_percent", tally_json(picture.aspect)},
          {"kilobytes", tally_json(picture.bytes)},
          {"exact_duplicates", groups_json(picture.same_bytes)},
          {"near_duplicates", groups_json(picture.alike)}};
}

OrderedJson overlap_json(const DataCheck& check) {
  const Overlap& overlap = check.overlap;
  return {{"test_pairs", check.test_pairs},
          {"test_pictures", check.test_pictures},
          {"same_name", overlap.same_name},
          {"same_bytes", overlap.same_bytes},
          {"alike", overlap.alike},
          {"captions", overlap.captions},
          {"examples", examples_json(overlap.examples)},
          {"caption_examples", overlap.caption_examples}};
}

/// "12,345"
std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

std::string percent(uint64_t part, uint64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g %%", 100 * share(part, whole));
  return text;
}

std::string spread(const Tally& tally) {
  return str(grouped(tally.min()), " to ", grouped(tally.max()), ", median ", grouped(tally.quantile(0.5)),
             ", 95 % up to ", grouped(tally.quantile(0.95)));
}

std::string counts_text(const std::map<std::string, uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += str(text.empty() ? "" : ", ", grouped(count), " ", name);
  return text.empty() ? "none" : text;
}

class Table {
 public:
  void row(const std::string& name, const std::string& value) {
    text_ += name + std::string(name.size() < kColumn ? kColumn - name.size() : 1, ' ') + value + "\n";
  }
  std::string text() const { return text_; }

 private:
  static constexpr size_t kColumn = 21;
  std::string text_;
};

void caption_rows(const DataCheck& check, Table& table) {
  const CaptionCheck& captions = check.captions;
  table.row("words a caption",
            str(spread(captions.words), "; ",
                percent(captions.words.over(static_cast<uint64_t>(check.max_words)), captions.words.count()), " over ",
                check.max_words));
  if (check.with_vocabulary) {
    table.row("tokens a caption",
              str(spread(captions.tokens), "; ",
                  percent(captions.tokens.over(static_cast<uint64_t>(check.max_tokens)), captions.tokens.count()),
                  " over ", check.max_tokens));
    table.row("unknown tokens", str(grouped(captions.unknown), " of ", grouped(captions.pieces), ": ",
                                    percent(captions.unknown, captions.pieces)));
  }
  table.row("scripts", counts_text(captions.scripts));
  table.row("different captions",
            str(grouped(captions.different), ", of which several pictures have ", grouped(captions.of_several), " (",
                grouped(captions.of_several_pairs), " pairs)"));
}

void picture_rows(const DataCheck& check, Table& table) {
  const PictureCheck& picture = check.picture;
  table.row("looked at", str(grouped(picture.looked_at), " pictures, ", grouped(picture.readable), " readable"));
  table.row("formats", counts_text(picture.formats));
  table.row("width", spread(picture.width));
  table.row("height", spread(picture.height));
  table.row("kB a file", spread(picture.bytes));
  const auto groups = [](const PictureGroups& g) {
    return str(grouped(g.pictures), " pictures in ", grouped(g.groups), " groups");
  };
  table.row("exact duplicates", groups(picture.same_bytes));
  table.row("near duplicates", groups(picture.alike));
}

}  // namespace

OrderedJson data_check_json(const DataCheck& check) {
  OrderedJson json = {{"pairs", check.pairs},
                      {"records", check.records},
                      {"pictures", check.pictures},
                      {"sources", OrderedJson::array()},
                      {"broken", map_json(check.broken)},
                      {"missing", missing_files(check.broken)},
                      {"broken_pictures", OrderedJson::object()},
                      {"truncated_archives", check.truncated_archives}};
  for (const CheckedSource& source : check.sources) json["sources"].push_back(source_json(source));
  for (const auto& [reason, pictures] : check.broken_pictures) {
    for (const ListedPicture& picture : pictures) json["broken_pictures"][reason].push_back(picture_json(picture));
  }
  json["captions"] = captions_json(check);
  if (check.with_pictures) json["picture"] = pictures_json(check.picture);
  if (check.has_test) json["overlap"] = overlap_json(check);
  json["warnings"] = warnings(check);
  return json;
}

std::string data_check_text(const DataCheck& check) {
  Table table;
  for (const CheckedSource& source : check.sources) {
    const std::string name = printable(source.source, 120) + (source.test ? " (test)" : "");
    table.row(name + ":", source.error.empty()
                              ? str(grouped(source.pairs), " pairs, ", grouped(source.pictures), " pictures",
                                    source.shards > 0 ? str(", ", source.shards, " shards") : std::string())
                              : "cannot be read");
  }
  table.row("pairs", str(grouped(check.pairs), " in ", grouped(check.records), " records"));
  table.row("pictures", grouped(check.pictures));
  caption_rows(check, table);
  if (check.with_pictures) picture_rows(check, table);
  table.row("broken", counts_text(check.broken));
  if (check.has_test) {
    const Overlap& overlap = check.overlap;
    table.row("test in training",
              str("of ", grouped(check.test_pictures), " pictures ", grouped(overlap.same_name), " by name, ",
                  grouped(overlap.same_bytes), " as equal files, ", grouped(overlap.alike), " that look alike; of ",
                  grouped(check.test_pairs), " captions ", grouped(overlap.captions)));
  }
  std::string text = table.text();
  for (const std::string& warning : warnings(check)) text += "warning: " + printable(warning, 400) + "\n";
  return text;
}

}  // namespace albef::cli
