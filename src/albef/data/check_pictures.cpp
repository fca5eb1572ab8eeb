#include "albef/data/check_pictures.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "albef/base/progress.h"
#include "albef/base/rng.h"
#include "albef/data/pictures.h"
#include "albef/data/prefetch.h"
#include "albef/data/seen_pictures.h"
#include "albef/image/formats.h"

namespace albef {
namespace {

struct Readable {
  SeenPicture seen;
  ImageSize size;
  std::string_view format;
};
using Outcome = std::variant<Readable, std::string>;  // or why it cannot be used

Outcome look_at(const std::string& name, const ByteSource& source, const DecodeOptions& options) {
  std::string bytes;
  try {
    bytes = source.read(name);
  } catch (const UnusableSample& unusable) {
    return unusable.reason();
  }
  try {
    Readable readable;
    readable.size = image_size(bytes, name, options);
    readable.format = codecs::format_of({bytes, name}).name;
    readable.seen.look = picture_look(decode_part(bytes, name, {.least = kLookLeast}, options).image);
    readable.seen.bytes_hash = mix_bytes(bytes);
    readable.seen.bytes = bytes.size();
    return readable;
  } catch (const Error&) {
    return picture_fault(bytes, options);
  }
}

/// Numbers of those to be read: all, or an even spread of `sample` of those to train on and as many of the test's.
std::vector<uint32_t> chosen(const std::vector<NamedPicture>& pictures, uint64_t sample) {
  std::vector<uint32_t> train, test;
  for (uint32_t i = 0; i < pictures.size(); ++i) (pictures[i].train ? train : test).push_back(i);
  for (auto* part : {&train, &test}) {
    const uint64_t count = part->size();
    if (sample == 0 || sample >= count) continue;
    for (uint64_t i = 0; i < sample; ++i)
      (*part)[i] = (*part)[static_cast<uint64_t>(static_cast<double>(i) * static_cast<double>(count) /
                                                 static_cast<double>(sample))];
    part->resize(sample);
  }
  train.insert(train.end(), test.begin(), test.end());
  return train;
}

void add(const Readable& readable, PictureCheck& check) {
  const auto [width, height] = readable.size;
  ++check.readable;
  check.width.add(static_cast<uint64_t>(width));
  check.height.add(static_cast<uint64_t>(height));
  check.aspect.add(static_cast<uint64_t>(std::lround(100.0 * width / height)));
  check.bytes.add((readable.seen.bytes + 500) / 1000);
  ++check.formats[std::string(readable.format)];
}

void add_broken(const ListsToCheck& lists, const NamedPicture& picture, const std::string& reason, BadSamples& bad,
                DataCheck& check) {
  const ListedPicture listed = lists.listed(picture.record);
  bad.add({.place = listed.place, .reason = reason});
  ++check.sources[lists.source(picture.record)].broken[reason];
  auto& examples = check.broken_pictures[reason];
  if (examples.size() < kMostExamples) examples.push_back(listed);
}

}  // namespace

std::vector<NamedPicture> named_pictures(const ListsToCheck& lists) {
  if (lists.records() > UINT32_MAX) fail(lists.records(), " records, expected less than 2^32: check them in parts");
  std::vector<std::pair<uint64_t, uint64_t>> names(lists.records());  // hash of the name, record
  for (uint64_t record = 0; record < names.size(); ++record) names[record] = {mix_bytes(lists.file(record)), record};
  std::sort(names.begin(), names.end());
  std::vector<NamedPicture> pictures;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == 0 || names[i].first != names[i - 1].first) pictures.push_back({.record = names[i].second});
    (lists.is_test_record(names[i].second) ? pictures.back().test : pictures.back().train) = true;
  }
  std::sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) { return a.record < b.record; });
  return pictures;
}

void count_pictures(const ListsToCheck& lists, const std::vector<NamedPicture>& pictures, DataCheck& check) {
  for (const NamedPicture& picture : pictures) {
    ++check.sources[lists.source(picture.record)].pictures;
    check.pictures += picture.train;
    check.test_pictures += picture.test;
    check.overlap.same_name += picture.train && picture.test;
  }
}

void check_pictures(const ListsToCheck& lists, const std::vector<NamedPicture>& pictures,
                    const DataCheckOptions& options, BadSamples& bad, DataCheck& check) {
  const std::vector<uint32_t> order = chosen(pictures, options.sample);
  const auto make = [&](uint64_t i, const std::stop_token&) {
    return look_at(lists.file(pictures[order[i]].record), *lists.pictures(), options.decode);
  };
  std::vector<SeenPicture> seen;
  {
    Progress bar("pictures", static_cast<int64_t>(order.size()), "pictures");
    OrderedPrefetcher<Outcome> ahead(make, 0, order.size(), options.threads, 8 * options.threads);
    for (const uint32_t number : order) {
      auto outcome = ahead.next();
      check.picture.looked_at += pictures[number].train;
      if (const auto* reason = std::get_if<std::string>(&*outcome)) {
        add_broken(lists, pictures[number], *reason, bad, check);
      } else {
        auto& readable = std::get<Readable>(*outcome);
        readable.seen.number = number;
        seen.push_back(readable.seen);
        if (pictures[number].train) add(readable, check.picture);
      }
      bar.add(1);
    }
  }
  compare_pictures(lists, pictures, seen, check);
}

}  // namespace albef
