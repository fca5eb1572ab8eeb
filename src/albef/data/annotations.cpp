#include "albef/data/annotations.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/base/rng.h"
#include "albef/data/formats.h"
#include "albef/data/patterns.h"

namespace albef {

std::string Annotations::image(uint64_t record) const {
  const std::string_view name = text(arrays_.first[record]);
  return (std::filesystem::path(source(record).image_root) / name).string();  // an absolute name stays as it is
}

Place Annotations::place(uint64_t record) const {
  return {image(record), source(record).file, arrays_.numbers[record]};
}

uint64_t Annotations::record_of_caption(uint64_t caption) const {
  uint64_t low = 0, high = records();  // the last record whose first caption is not behind `caption`
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (first_caption(middle) <= caption ? low : high) = middle;
  }
  return low;
}

uint64_t Annotations::fingerprint() const {
  const auto numbers = [](const auto& values) {
    return mix_bytes({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  };
  return mix({mix_bytes(arrays_.bytes), numbers(arrays_.starts), numbers(arrays_.first), numbers(arrays_.image_ids)});
}

const AnnotationSource& Annotations::source(uint64_t record) const {
  const auto behind = std::upper_bound(arrays_.sources.begin(), arrays_.sources.end(), record,
                                       [](uint64_t r, const AnnotationSource& s) { return r < s.first_record; });
  return *std::prev(behind);
}

std::vector<DataPart> Annotations::parts(bool expand) const {
  std::vector<DataPart> parts;
  for (const double weight : arrays_.weights) parts.push_back({.weight = weight});
  const auto& sources = arrays_.sources;
  for (size_t i = 0; i < sources.size(); ++i) {
    const uint64_t begin = sources[i].first_record,
                   end = i + 1 < sources.size() ? sources[i + 1].first_record : records();
    const uint64_t samples = expand ? first_caption(end) - first_caption(begin) : end - begin;
    DataPart& part = parts[sources[i].list];
    part.samples += samples;
    if (sources[i].is_shard && samples > 0) part.shards.push_back(samples);
    part.fetched |= sources[i].fetched;
  }
  return parts;
}

Annotations read_mixed(const std::vector<ListOptions>& lists, const AnnotationOptions& options, BadSamples& bad) {
  PairCollector pairs(options, bad);
  const uint64_t bad_before = bad.total();
  std::string names;
  for (const ListOptions& list : lists) {
    if (list.source.empty()) fail("an entry of train_data names no source");
    names += (names.empty() ? "" : ", ") + list.source;
    pairs.begin_list(list);
    const auto paths = expand_pattern(list.source);
    const ListFormat& format = list_format(paths.front());
    check_options(list, format);
    format.read(paths, pairs);
  }
  Annotations all = pairs.finish();
  if (all.records() == 0) {
    const std::string why = bad.total() > bad_before ? " (skipped: " + bad.summary() + ")" : "";
    if (names.empty()) fail("no data: no annotation file is given");
    throw NoUsablePair(names + ": no usable pair in it" + why);
  }
  return all;
}

Annotations read_annotations(const std::vector<std::string>& sources, const AnnotationOptions& options,
                             BadSamples& bad) {
  std::vector<ListOptions> lists;
  for (const std::string& source : sources) lists.push_back({.source = source});
  return read_mixed(lists, options, bad);
}

EvalList read_eval_list(const std::vector<std::string>& sources, const std::string& image_root) {
  BadSamples none;
  return eval_list(read_annotations(sources, {.image_root = image_root, .strict = true}, none));
}

EvalList eval_list(const Annotations& pairs) {
  EvalList list;
  list.pictures = pairs.pictures();
  std::unordered_map<std::string, int64_t> index;
  for (uint64_t record = 0; record < pairs.records(); ++record) {
    const std::string image = pairs.image(record);
    const auto [at, is_new] = index.emplace(image, static_cast<int64_t>(list.images.size()));
    if (is_new) list.images.push_back(image);
    for (uint64_t i = 0; i < pairs.caption_count(record); ++i) {
      list.texts.emplace_back(pairs.caption(record, i));
      list.text_image.push_back(at->second);
    }
  }
  return list;
}

}  // namespace albef
