// A vocabulary of the user's own captions: made, judged by the captions it is of, and kept.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "albef/text/vocab_train.h"

namespace albef {

struct CaptionVocabulary {
  Vocabulary vocabulary;
  int64_t captions = 0;
  int64_t words = 0, distinct_words = 0;          ///< of all captions
  double tokens_per_word = 0, unknown_share = 0;  ///< how well it writes them: [UNK] a word, 0 to 1
};

/// Trains on the captions as the model will see them, cleaned by pre_caption but not cut. Error as VocabTrainer's.
CaptionVocabulary make_caption_vocabulary(std::vector<std::string> captions, const VocabTrainOptions& options);

/// Vocabulary::save, but an Error if another vocabulary is in the folder: what was trained with that one would no
/// longer be readable.
void save_beside_no_other(const Vocabulary& vocabulary, const std::filesystem::path& folder);

}  // namespace albef
