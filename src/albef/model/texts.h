// Texts as the model reads them.
#pragma once
#include "albef/base/text_batch.h"
#include "albef/model/tokens.h"

namespace albef {

/// B texts on the device.
struct TextTokens {
  torch::Tensor ids;  ///< [rows] int64
  TokenLayout layout;
};

/// Of texts on the host, each of at least one token. Padding beyond the longest text is dropped, in a packed layout all
/// of it. Throws c10::Error if there is no text, or the ids are not those of `size` times `length`.
TextTokens make_texts(const TextBatch& texts, bool packed, torch::Device device);

}  // namespace albef
