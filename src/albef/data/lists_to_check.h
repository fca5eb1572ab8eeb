// Several sources, read each on its own so that one that cannot be does not hide the others, as one body.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "albef/data/annotations.h"
#include "albef/data/data_check.h"

namespace albef {

/// Records and captions are numbered through all lists, those to train on first.
class ListsToCheck {
 public:
  /// Fills in check.sources. Error if none of the sources to train on can be read.
  ListsToCheck(const DataCheckOptions& options, BadSamples& bad, DataCheck& check);

  uint64_t records() const { return records_; }
  uint64_t captions() const { return captions_; }
  bool is_test_record(uint64_t record) const { return record >= train_records_; }
  bool is_test_caption(uint64_t caption) const { return caption >= train_captions_; }
  size_t source(uint64_t record) const { return list_of(record).source; }  ///< number in check.sources

  std::string image(uint64_t record) const;
  std::string file(uint64_t record) const;  ///< what image() names, or is a part of
  ListedPicture listed(uint64_t record) const;
  uint64_t first_caption(uint64_t record) const;
  uint64_t caption_count(uint64_t record) const;
  std::string_view caption(uint64_t record, uint64_t i) const;
  std::string_view caption(uint64_t number) const;  ///< by its number among all

  const std::shared_ptr<PictureStore>& pictures() const { return pictures_; }

 private:
  struct List {
    Annotations pairs;
    size_t source;
    uint64_t first_record, first_caption;
  };
  void read(const ListOptions& list, bool test, const DataCheckOptions& options, BadSamples& bad, DataCheck& check);
  const List& list_of(uint64_t record) const;

  std::shared_ptr<PictureStore> pictures_ = std::make_shared<PictureStore>();
  std::vector<List> lists_;
  uint64_t records_ = 0, captions_ = 0, train_records_ = 0, train_captions_ = 0;
};

}  // namespace albef
