// What lists of pictures with captions hold, and what is wrong with it, before anything is trained on them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "albef/data/bad_samples.h"
#include "albef/data/byte_source.h"
#include "albef/data/list_options.h"
#include "albef/data/tally.h"
#include "albef/image/decode.h"
#include "albef/text/tokenizer.h"

namespace albef {

struct DataCheckOptions {
  std::vector<ListOptions> sources = {};
  std::vector<ListOptions> test = {};         ///< held out: what of it is in `sources` is told
  std::string image_root = {};                ///< of sources without their own
  std::optional<Vocabulary> vocabulary = {};  ///< tokens are counted with it; none: only words
  int64_t max_words = 30, max_tokens = 25;    ///< where training cuts captions
  bool pictures = true;                       ///< false: only the lists are read
  uint64_t sample = 0;                        ///< so many pictures of `sources`, and of `test`, are looked at; 0: all
  int threads = 1;
  DecodeOptions decode = {};
  std::filesystem::path bad_samples = {};  ///< see BadSamples; empty: only counted
};

using Reasons = std::map<std::string, uint64_t>;

inline constexpr const char* kMissingFile = "no such file";
inline uint64_t missing_files(const Reasons& reasons) {
  const auto found = reasons.find(kMissingFile);
  return found == reasons.end() ? 0 : found->second;
}

/// `pairs` is the number of captions, each with its picture; `pictures` that of different names.
struct CheckedSource {
  std::string source;
  bool test = false;
  std::string error = {};  ///< why it could not be read; empty: it could
  double weight = 1;
  uint64_t pairs = 0, records = 0, shards = 0;
  uint64_t pictures = 0;  ///< without those that an earlier source has
  Reasons broken = {};    ///< captions, records and pictures that cannot be used; a picture counts once
};

/// A picture, and where it stands first.
struct ListedPicture {
  Place place;
  bool test = false;
};

struct PictureGroup {
  uint64_t size = 0;
  std::vector<ListedPicture> pictures = {};  ///< the first kMostShown
};

struct PictureGroups {
  uint64_t groups = 0, pictures = 0;        ///< pictures: in all groups together
  std::vector<PictureGroup> examples = {};  ///< kMostExamples: the most alike, then the largest
};

struct CaptionCheck {
  Tally words,
      tokens;  ///< words as the model reads them, of the whole caption; tokens of the first max_words, with [CLS]
  uint64_t nothing_left = 0;  ///< captions of which cleaning leaves no word: the model would see [CLS] alone
  std::map<std::string, uint64_t> scripts = {};
  uint64_t pieces = 0, unknown = 0;                                  ///< word pieces, and how many of them are [UNK]
  std::vector<std::pair<std::string, uint64_t>> unknown_words = {};  ///< the most frequent
  uint64_t different = 0;         ///< captions that differ when cleaned, as everywhere below
  uint64_t of_several = 0;        ///< of these, those that several pictures have
  uint64_t of_several_pairs = 0;  ///< pairs with such a caption
  std::vector<std::pair<std::string, uint64_t>> most_pictures = {};  ///< captions with the number of their pictures
  uint64_t repeated_pairs = 0;                                       ///< pairs that are there already
};

struct PictureCheck {
  uint64_t looked_at = 0, readable = 0;
  Tally width, height, aspect, bytes;  ///< pixels; width in percent of the height; kB of 1000 bytes
  std::map<std::string, uint64_t> formats = {};
  PictureGroups same_bytes;  ///< files that are equal
  PictureGroups alike;       ///< files that are not, but look alike (picture_look.h)
};

/// Test pictures and captions that are in the training data too.
struct Overlap {
  uint64_t same_name = 0, same_bytes = 0, alike = 0;  ///< pictures, each counted once, for the first of these
  uint64_t captions = 0;                              ///< pairs of `test` whose caption `sources` have
  std::vector<PictureGroup> examples = {};            ///< a test picture first, then what it equals
  std::vector<std::string> caption_examples = {};
};

/// All but `sources`, `test_*` and `overlap` is of the sources that are trained on.
struct DataCheck {
  std::vector<CheckedSource> sources = {};
  uint64_t pairs = 0, records = 0, pictures = 0;
  uint64_t test_pairs = 0, test_pictures = 0;
  Reasons broken = {};
  std::map<std::string, std::vector<ListedPicture>> broken_pictures = {};  ///< by reason, the first kMostExamples
  std::vector<std::string> truncated_archives = {};                        ///< test's too
  CaptionCheck captions = {};
  PictureCheck picture = {};
  Overlap overlap = {};
  bool has_test = false, with_pictures = false, with_vocabulary = false;
  int64_t max_words = 0, max_tokens = 0;
  std::shared_ptr<const ByteSource> bytes = {};  ///< of the pictures that are named
};

inline constexpr size_t kMostExamples = 20, kMostShown = 6;

/// Goes on whatever it finds. What is kept of a picture takes about 90 bytes, of a caption 24, beside the lists.
/// Error if none of `sources` can be read, or the vocabulary cannot.
DataCheck check_data(const DataCheckOptions& options);

/// What should be mended, a sentence each; empty where nothing was found. Copies that only look alike, captions of
/// several pictures and lengths are no faults.
std::vector<std::string> warnings(const DataCheck& check);

}  // namespace albef
