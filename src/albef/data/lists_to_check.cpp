#include "albef/data/lists_to_check.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/data/picture_region.h"

namespace albef {
namespace {

/// What came to `before` since.
Reasons since(const Reasons& before, const Reasons& now) {
  Reasons added;
  for (const auto& [reason, count] : now) {
    const auto found = before.find(reason);
    const uint64_t old = found == before.end() ? 0 : found->second;
    if (count > old) added[reason] = count - old;
  }
  return added;
}

}  // namespace

ListsToCheck::ListsToCheck(const DataCheckOptions& options, BadSamples& bad, DataCheck& check) {
  for (const ListOptions& list : options.sources) read(list, /*test=*/false, options, bad, check);
  train_records_ = records_;
  train_captions_ = captions_;
  const auto readable = [](const CheckedSource& source) { return source.error.empty(); };
  if (check.sources.empty()) fail("no source is given, expected a list, a folder, a table or shards");
  if (std::none_of(check.sources.begin(), check.sources.end(), readable)) fail(check.sources.front().error);
  for (const ListOptions& list : options.test) read(list, /*test=*/true, options, bad, check);
}

void ListsToCheck::read(const ListOptions& list, bool test, const DataCheckOptions& options, BadSamples& bad,
                        DataCheck& check) {
  CheckedSource source{.source = list.source, .test = test, .weight = list.weight};
  const Reasons before = bad.by_reason();
  try {
    Annotations pairs = read_mixed({list}, {.image_root = options.image_root, .pictures = pictures_}, bad);
    source.records = pairs.records();
    source.pairs = pairs.captions();
    source.shards = pairs.parts(/*expand=*/false).front().shards.size();
    lists_.push_back({std::move(pairs), check.sources.size(), records_, captions_});
    records_ += source.records;
    captions_ += source.pairs;
  } catch (const NoUsablePair&) {  // it could be read, and broken tells what is in it
  } catch (const Error& error) {
    source.error = error.what();
  }
  source.broken = since(before, bad.by_reason());
  check.sources.push_back(std::move(source));
}

const ListsToCheck::List& ListsToCheck::list_of(uint64_t record) const {
  const auto behind = std::upper_bound(lists_.begin(), lists_.end(), record,
                                       [](uint64_t r, const List& list) { return r < list.first_record; });
  return *std::prev(behind);
}

std::string ListsToCheck::image(uint64_t record) const {
  const List& list = list_of(record);
  return list.pairs.image(record - list.first_record);
}

std::string ListsToCheck::file(uint64_t record) const {
  std::string name = image(record);
  const auto region = picture_region(name);
  return region ? region->picture : name;
}

ListedPicture ListsToCheck::listed(uint64_t record) const {
  const List& list = list_of(record);
  ListedPicture listed{list.pairs.place(record - list.first_record), is_test_record(record)};
  listed.place.image = file(record);
  return listed;
}

uint64_t ListsToCheck::first_caption(uint64_t record) const {
  const List& list = list_of(record);
  return list.first_caption + list.pairs.first_caption(record - list.first_record);
}

uint64_t ListsToCheck::caption_count(uint64_t record) const {
  const List& list = list_of(record);
  return list.pairs.caption_count(record - list.first_record);
}

std::string_view ListsToCheck::caption(uint64_t record, uint64_t i) const {
  const List& list = list_of(record);
  return list.pairs.caption(record - list.first_record, i);
}

std::string_view ListsToCheck::caption(uint64_t number) const {
  const auto behind = std::upper_bound(lists_.begin(), lists_.end(), number,
                                       [](uint64_t c, const List& list) { return c < list.first_caption; });
  const List& list = *std::prev(behind);
  const uint64_t record = list.pairs.record_of_caption(number - list.first_caption);
  return list.pairs.caption(record, number - list.first_caption - list.pairs.first_caption(record));
}

}  // namespace albef
