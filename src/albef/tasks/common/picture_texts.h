// Texts about pictures in batches, for evaluation: in the order of their pictures, so that a picture is read and
// encoded once for the texts about it that stand in one batch. Pictures are read ahead.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "albef/base/text_batch.h"
#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/data/prefetch.h"
#include "albef/text/caption.h"

namespace albef {

/// What there is to read. Functions are called from several threads.
struct PictureTextList {
  uint64_t items = 0;                                            ///< texts
  size_t pictures = 1;                                           ///< that each is about
  std::function<uint32_t(uint64_t item, size_t place)> picture;  ///< its number
  std::function<std::string(uint32_t picture)> path;
  std::function<std::vector<int64_t>(uint64_t item)> ids;  ///< [CLS] first
  int64_t pad_id = 0;
};

/// A list's sentences. Both must outlive it.
PictureTextList sentences_of(const LabelledList& list, const CaptionEncoder& encoder);

struct PictureTexts {
  std::vector<uint64_t> items;                   ///< [B]
  torch::Tensor pixels;                          ///< [I, R, R, 3] uint8 of the pictures that they are about, each once
  std::vector<std::vector<int64_t>> picture_of;  ///< [place][B] numbers in `pixels`
  TextBatch texts;                               ///< [B]
};

class PictureTextReader {
 public:
  /// `list` and `pictures` must outlive it. Error for a batch size below 1.
  PictureTextReader(const PictureTextList& list, Pictures& pictures, int64_t resolution, int64_t batch_size,
                    int64_t threads);

  /// Nothing behind the last batch. Error naming a picture that cannot be read. A stop that was asked for is an
  /// Interrupted, since nothing is worth keeping then.
  std::optional<PictureTexts> next();

 private:
  PictureTexts make(uint64_t number, const std::stop_token& stop) const;

  const PictureTextList& list_;
  Pictures& pictures_;
  int64_t resolution_;
  uint64_t batch_size_;
  std::vector<uint64_t> order_;
  OrderedPrefetcher<PictureTexts> ahead_;  // last: its threads use all of the above
};

}  // namespace albef
