#include "albef/data/data_check.h"

#include <numeric>

#include "albef/base/error.h"
#include "albef/data/check_captions.h"
#include "albef/data/check_pictures.h"
#include "albef/data/lists_to_check.h"

namespace albef {
namespace {

std::string reasons_text(const Reasons& reasons) {
  std::string text;
  for (const auto& [reason, count] : reasons) text += str(text.empty() ? "" : ", ", count, " ", reason);
  return text;
}

}  // namespace

DataCheck check_data(const DataCheckOptions& options) {
  DataCheck check;
  check.has_test = !options.test.empty();
  check.with_pictures = options.pictures;
  check.with_vocabulary = options.vocabulary.has_value();
  check.max_words = options.max_words;
  check.max_tokens = options.max_tokens;
  BadSamples bad(options.bad_samples);
  const ListsToCheck lists(options, bad, check);
  check.bytes = lists.pictures();
  check_captions(lists, options, check);
  const std::vector<NamedPicture> pictures = named_pictures(lists);
  count_pictures(lists, pictures, check);
  if (options.pictures) check_pictures(lists, pictures, options, bad, check);
  check.truncated_archives = bad.truncated_archives();
  for (const CheckedSource& source : check.sources) {
    (source.test ? check.test_pairs : check.pairs) += source.pairs;
    if (source.test) continue;
    check.records += source.records;
    for (const auto& [reason, count] : source.broken) check.broken[reason] += count;
  }
  return check;
}

std::vector<std::string> warnings(const DataCheck& check) {
  std::vector<std::string> all;
  const auto warn = [&all](uint64_t count, const auto&... parts) {
    if (count > 0) all.push_back(str(parts...));
  };
  for (const CheckedSource& source : check.sources) {
    warn(!source.error.empty(), "cannot be read: ", source.error);
    warn(source.error.empty() && source.pairs == 0, source.source, ": no usable pair");
    warn(!source.broken.empty(), source.source, ": cannot be used: ", reasons_text(source.broken));
  }
  for (const std::string& archive : check.truncated_archives) warn(1, archive, ": the archive ends too early");
  const CaptionCheck& captions = check.captions;
  warn(captions.nothing_left, "captions that have no word left once they are cleaned: ", captions.nothing_left);
  warn(captions.repeated_pairs, "pairs of picture and caption that are there already: ", captions.repeated_pairs);
  const PictureGroups& same = check.picture.same_bytes;
  warn(same.groups, same.pictures, " files are ", same.groups, " pictures: equal files under several names");
  const Overlap& overlap = check.overlap;
  const uint64_t held_out = overlap.same_name + overlap.same_bytes;
  warn(held_out, "test pictures that are in the training data: ", held_out, ", ", overlap.same_name, " by name, ",
       overlap.same_bytes, " as equal files");
  return all;
}

}  // namespace albef
