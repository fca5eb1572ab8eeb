// Labelled sentences about pictures as samples: decoded, augmented, tokenised; for visual entailment and NLVR2.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "albef/data/data_source.h"
#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/tasks/common/labelled_batch.h"
#include "albef/text/caption.h"

namespace albef {

struct LabelledSample {
  int64_t label = 0;
  std::array<Image, kMostPictures> images;  ///< R x R
  std::vector<int64_t> ids;                 ///< [CLS] first
};

class LabelledSource : public DataSource<LabelledSample, LabelledBatch> {
 public:
  /// `tokenizer` and `pictures` must outlive it. Error for options out of range.
  LabelledSource(LabelledList list, const CaptionEncoder& encoder, Pictures& pictures, const AugmentOptions& augment,
                 uint64_t seed);

  uint64_t size() const override { return list_.examples.size(); }
  /// Crop, flip and RandAugment are drawn by (seed, epoch, number) for the first picture, and by the picture's place in
  /// the sentence too for the next. Unusable: pictures that cannot be decoded.
  LabelledSample read(uint64_t number, uint64_t epoch) const override;
  LabelledBatch collate(std::vector<LabelledSample> samples) const override;
  Place place(uint64_t number) const override { return list_.place(number); }

 private:
  LabelledList list_;
  CaptionEncoder encoder_;
  Pictures& pictures_;
  AugmentOptions augment_;
  uint64_t seed_;
};

}  // namespace albef
