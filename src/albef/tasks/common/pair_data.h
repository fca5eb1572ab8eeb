// Pairs of a picture and one of its captions as samples: decoded, augmented, tokenised; for pretraining and retrieval.
#pragma once
#include <cstdint>
#include <vector>

#include "albef/data/annotations.h"
#include "albef/data/loader.h"
#include "albef/data/pictures.h"
#include "albef/tasks/common/pair_batch.h"
#include "albef/text/caption.h"

namespace albef {

enum class Captions {
  kDraw,    ///< a pair per record and epoch, with one of its captions drawn (the authors')
  kExpand,  ///< a pair per caption
};

struct PairOptions {
  Captions captions = Captions::kDraw;
  bool train = true;            ///< false: pictures squashed to R x R without augmentation, any caption taken
  AugmentOptions augment = {};  ///< its resolution is the batch's R
  int64_t max_words = 30;       ///< a caption's words that are kept
  int64_t max_tokens = 25;      ///< a caption's ids that are kept, [CLS] among them
  uint64_t seed = 0;
};

/// One pair: caption `caption` of record `record`.
struct Pair {
  uint64_t record = 0, caption = 0;
  bool operator==(const Pair&) const = default;
};

struct PairSample {
  int64_t number = 0, image_id = 0;
  Image image;               ///< R x R
  std::vector<int64_t> ids;  ///< [CLS] first
};

/// A pair's number, which tells it apart and is the same in every epoch, is its record's (draw) or its caption's among
/// all (expand).
class PairSource : public DataSource<PairSample, PairBatch> {
 public:
  /// `tokenizer` and `pictures` must outlive it. Error for options out of range.
  PairSource(Annotations list, const Tokenizer& tokenizer, Pictures& pictures, const PairOptions& options);

  uint64_t size() const override;
  std::vector<DataPart> parts() const override { return list_.parts(options_.captions == Captions::kExpand); }

  /// The caption is drawn by (seed, turn, record), crop, flip and RandAugment by (seed, turn, number). Unusable in
  /// training: pictures that cannot be decoded, captions of which cleaning leaves no token.
  PairSample read(uint64_t number, uint64_t turn) const override;
  PairBatch collate(std::vector<PairSample> samples) const override;
  Place place(uint64_t number) const override { return list_.place(pair(number, 0).record); }

  Pair pair(uint64_t number, uint64_t turn) const;
  const Annotations& list() const { return list_; }

 private:
  Annotations list_;
  CaptionEncoder encoder_;
  Pictures& pictures_;
  PairOptions options_;
};

using PairLoader = Loader<PairSample, PairBatch>;

}  // namespace albef
