// The sentences of an evaluation in batches, with the pictures that they are about, read ahead by threads.
#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "albef/base/text_batch.h"
#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/data/prefetch.h"
#include "albef/text/caption.h"

namespace albef {

struct SentenceBatch {
  std::vector<uint64_t> examples;                              ///< [B] numbers in the list
  torch::Tensor pixels;                                        ///< [I, R, R, 3] uint8 of the pictures, each once
  std::array<std::vector<int64_t>, kMostPictures> picture_of;  ///< [B] per place in the sentence: which of I
  TextBatch texts;
};

struct SentenceBatchOptions {
  int64_t batch_size = 64;  ///< sentences at once
  int threads = 2;
  int64_t resolution = 384;  ///< R
};

/// Sentences about the same pictures follow each other. For example:
///   SentenceBatches batches(list, encoder, pictures, {.resolution = 96});
///   while (auto batch = batches.next()) ...
class SentenceBatches {
 public:
  /// What is given must outlive it. Error for a batch of less than one sentence.
  SentenceBatches(const LabelledList& list, const CaptionEncoder& encoder, Pictures& pictures,
                  const SentenceBatchOptions& options);

  /// Nothing behind the last batch. Error naming a picture that cannot be read.
  std::optional<SentenceBatch> next() { return ahead_.next(); }

 private:
  SentenceBatch make(uint64_t number, const std::stop_token& stop) const;

  const LabelledList& list_;
  const CaptionEncoder& encoder_;
  Pictures& pictures_;
  SentenceBatchOptions options_;
  std::vector<uint64_t> order_;
  OrderedPrefetcher<SentenceBatch> ahead_;  // last: its threads use all of the above
};

}  // namespace albef
