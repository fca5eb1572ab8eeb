#include "albef/synth/colour_baseline.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <sstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"

namespace albef::synth {
namespace {

constexpr size_t kUnknown = ColourBag{}.size();

size_t colour_index(const std::string& name) {
  for (uint64_t i = 0; i < kValues<Colour>; ++i) {
    if (name == word(static_cast<Colour>(i))) return i;
  }
  for (uint64_t i = 0; i < kValues<Tone>; ++i) {
    if (name == word(static_cast<Tone>(i))) return kValues<Colour> + i;
  }
  return kUnknown;
}

void count(ColourBag& bag, const std::string& name) {
  const size_t index = colour_index(name);
  if (index != kUnknown) ++bag[index];
}

int size(const ColourBag& bag) {
  return std::accumulate(bag.begin(), bag.end(), 0);
}

double dice(const ColourBag& a, const ColourBag& b) {
  int common = 0;
  for (size_t i = 0; i < a.size(); ++i) common += std::min(a[i], b[i]);
  const int total = size(a) + size(b);
  return total > 0 ? 2.0 * common / total : 0.0;
}

// The chance that a scene with `better` before it and `equal` (itself counted) beside it is among the first k.
double chance(size_t better, size_t equal, size_t k) {
  if (better >= k) return 0;
  return std::min(1.0, static_cast<double>(k - better) / static_cast<double>(equal));
}

// Bags of a split's scenes in the order of scenes.jsonl, and where each picture is among them.
std::vector<ColourBag> read_scenes(const std::filesystem::path& path, Split split,
                                   std::map<std::string, size_t>& places) {
  std::vector<ColourBag> bags;
  std::istringstream lines(read_file(path));
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = str(path.string(), ":", ++number);
    const Json scene = parse_json(line, where);
    try {
      if (scene.at("split") != word(split)) continue;
      ColourBag bag{};
      count(bag, scene.at("background").at("tone"));
      for (const Json& object : scene.at("objects")) count(bag, object.at("color"));
      places[scene.at("image")] = bags.size();
      bags.push_back(bag);
    } catch (const Json::exception& error) {
      fail(where, ": is no scene of `albef data synth` (", error.what(), "); make the folder anew");
    }
  }
  return bags;
}

}  // namespace

ColourBag colour_bag(const std::string& caption) {
  ColourBag bag{};
  std::string letters;
  for (char c : caption + " ") {
    if (std::isalpha(static_cast<unsigned char>(c))) {
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      count(bag, letters);
      letters.clear();
    }
  }
  return bag;
}

ColourBag colour_bag(const Scene& scene) {
  ColourBag bag{};
  count(bag, word(scene.tone));
  for (const Object& object : scene.objects) count(bag, word(object.look.colour));
  return bag;
}

ColourRecall colour_bag_recall(const std::vector<ColourQuery>& captions, const std::vector<ColourBag>& scenes,
                               const std::vector<int64_t>& recall_at) {
  ColourRecall recall;
  for (const int64_t k : recall_at) recall[k] = 0;
  for (const ColourQuery& query : captions) {
    const double own = dice(query.bag, scenes[query.scene]);
    size_t better = 0, equal = 0;
    for (const ColourBag& scene : scenes) {
      const double score = dice(query.bag, scene);
      better += score > own;
      equal += score == own;
    }
    const double percent = 100.0 / static_cast<double>(captions.size());
    for (const int64_t k : recall_at) recall[k] += percent * chance(better, equal, static_cast<size_t>(k));
  }
  return recall;
}

ColourRecall colour_bag_recall(const std::filesystem::path& folder, Split split,
                               const std::vector<int64_t>& recall_at) {
  std::map<std::string, size_t> places;
  const std::vector<ColourBag> scenes = read_scenes(folder / "scenes.jsonl", split, places);
  const std::filesystem::path list = folder / (std::string(word(split)) + ".json");
  std::vector<ColourQuery> queries;
  try {
    for (const Json& record : read_json(list)) {
      const auto place = places.find(record.at("image"));
      if (place == places.end())
        fail(list.string(), ": ", record.at("image"), " is not in scenes.jsonl; make the folder anew");
      for (const Json& caption : record.at("caption")) {
        queries.push_back({colour_bag(caption.get<std::string>()), place->second});
      }
    }
  } catch (const Json::exception& error) {
    fail(list.string(), ": is no list of `albef data synth` (", error.what(), "); make the folder anew");
  }
  return colour_bag_recall(queries, scenes, recall_at);
}

}  // namespace albef::synth
