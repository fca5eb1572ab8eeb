// Lists of pictures with captions: what is in them, and reading them from the user's files.
//
// A JSON file is a list of {"image": path, "caption": text or [texts], "image_id": integer or text}; image_id may be
// missing, "caption" have another name, other fields are ignored; or see published.h. In a folder (with subfolders,
// and folders that links lead to, each once, in the order of the paths) each picture has its captions in a text file of
// the same name, one a line: dog.jpg, dog.txt. data/formats.h has the table of such formats. A source may be a pattern
// that stands for several: data/patterns.h.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "albef/data/bad_samples.h"
#include "albef/data/list_options.h"
#include "albef/data/mixture.h"
#include "albef/data/picture_store.h"

namespace albef {

struct AnnotationSource {
  std::string file, image_root;  ///< pictures with relative names lie below the root
  uint64_t first_record = 0;     ///< its records are those up to the next source's first
  uint32_t list = 0;             ///< number of the entry that it is of
  bool is_shard = false;         ///< a piece of a list that comes in several
  bool fetched = false;          ///< see DataPart
};

/// What annotations consist of, about 36 bytes a record beside the strings. N records, S strings.
struct AnnotationArrays {
  std::string_view bytes;              ///< per record: its picture's name, then its captions
  std::span<const uint64_t> starts;    ///< [S+1] where each of those strings begins, and the end
  std::span<const uint64_t> first;     ///< [N+1] number of each record's first string, and the end
  std::span<const int64_t> image_ids;  ///< [N] equal for records of one image
  std::span<const uint32_t> numbers;   ///< [N] 1 for the first record of its source
  std::span<const AnnotationSource> sources;
  std::span<const double> weights;  ///< per entry: see DataPart
};

/// Records in the order of their files. A record is a picture with one or more captions; its captions are numbered
/// through all records too. A view: copies share what the arrays lie in, be it memory or a mapped file.
class Annotations {
 public:
  /// `storage` keeps alive what `arrays` points to.
  Annotations(const AnnotationArrays& arrays, std::shared_ptr<const void> storage,
              std::shared_ptr<PictureStore> pictures = std::make_shared<PictureStore>())
      : arrays_(arrays), storage_(std::move(storage)), pictures_(std::move(pictures)) {}

  uint64_t records() const { return arrays_.image_ids.size(); }
  uint64_t captions() const { return arrays_.starts.size() - 1 - records(); }

  std::string image(uint64_t record) const;  ///< the picture's path, below its source's image root
  uint64_t caption_count(uint64_t record) const { return arrays_.first[record + 1] - arrays_.first[record] - 1; }
  std::string_view caption(uint64_t record, uint64_t i) const { return text(arrays_.first[record] + 1 + i); }
  int64_t image_id(uint64_t record) const { return arrays_.image_ids[record]; }
  Place place(uint64_t record) const;

  uint64_t first_caption(uint64_t record) const { return arrays_.first[record] - record; }  ///< its number among all
  uint64_t record_of_caption(uint64_t caption) const;

  /// The entries with their weights, and the shards of each; `expand`: in captions, not records.
  std::vector<DataPart> parts(bool expand) const;
  const std::shared_ptr<PictureStore>& pictures() const { return pictures_; }  ///< what image() names

  /// Of names, captions and which images are the same; not of where the files lie. Other lists have another.
  uint64_t fingerprint() const;

 private:
  const AnnotationSource& source(uint64_t record) const;
  std::string_view text(uint64_t i) const {
    return arrays_.bytes.substr(arrays_.starts[i], arrays_.starts[i + 1] - arrays_.starts[i]);
  }

  AnnotationArrays arrays_;
  std::shared_ptr<const void> storage_;
  std::shared_ptr<PictureStore> pictures_;
};

struct AnnotationOptions {
  std::string image_root = {};            ///< of entries without their own; empty: below the working directory
  std::string caption_field = "caption";  ///< likewise; "text" in grounding's
  bool strict = false;  ///< a caption that cannot be used is an Error (evaluation) instead of being passed over
  std::shared_ptr<PictureStore> pictures = {};  ///< that containers are added to; null: a new one
};

/// Thrown where all could be read and nothing of it can be used.
struct NoUsablePair : Error {
  using Error::Error;
};

inline constexpr size_t kMaxCaptionBytes = size_t{1} << 20;

/// All entries as one list. Records with the same image_id, in any of the files, have the same id; a record without one
/// is identified by its picture's path. Ids are 0, 1, 2, ... in the order of first appearance.
/// Captions that show nothing (see has_words), are longer than kMaxCaptionBytes or not UTF-8 go to `bad`, and so does
/// the record if it has no other. Throws Error naming file and record for what is missing, empty, no JSON list or of
/// the wrong type, and NoUsablePair if nothing is left.
Annotations read_mixed(const std::vector<ListOptions>& lists, const AnnotationOptions& options, BadSamples& bad);
/// The same of lists that need no options.
Annotations read_annotations(const std::vector<std::string>& sources, const AnnotationOptions& options,
                             BadSamples& bad);

/// What retrieval is evaluated on: N pictures, M texts, and for each text the picture that it belongs to.
struct EvalList {
  std::vector<std::string> images;                  ///< [N] paths, each once, in the order of first appearance
  std::vector<std::string> texts;                   ///< [M] captions as they stand in the files, in their order
  std::vector<int64_t> text_image;                  ///< [M] in 0..N-1
  std::shared_ptr<const ByteSource> pictures = {};  ///< what `images` names
};

EvalList eval_list(const Annotations& pairs);
/// The same of files, in which no caption may be unusable.
EvalList read_eval_list(const std::vector<std::string>& sources, const std::string& image_root);

}  // namespace albef
