#include "albef/text/caption_vocabulary.h"

#include <algorithm>
#include <limits>

#include "albef/base/error.h"
#include "albef/text/clean.h"
#include "albef/text/tokenizer.h"

namespace fs = std::filesystem;

namespace albef {

CaptionVocabulary make_caption_vocabulary(std::vector<std::string> captions, const VocabTrainOptions& options) {
  VocabTrainer trainer(options);
  for (auto& caption : captions) {
    caption = pre_caption(caption, std::numeric_limits<size_t>::max(), options.words.lower_case);
    trainer.add(caption);
  }
  CaptionVocabulary made{.vocabulary = trainer.train(),
                         .captions = std::ssize(captions),
                         .words = trainer.words(),
                         .distinct_words = trainer.distinct_words()};
  const Tokenizer tokenizer(made.vocabulary);
  int64_t tokens = 0, unknown = 0;
  for (const auto& caption : captions) {
    const auto ids = tokenizer.encode(caption);
    tokens += std::ssize(ids) - 1;  // without [CLS]
    unknown += std::count(ids.begin(), ids.end(), made.vocabulary.unk());
  }
  const auto words = static_cast<double>(made.words);
  made.tokens_per_word = static_cast<double>(tokens) / words;
  made.unknown_share = static_cast<double>(unknown) / words;
  return made;
}

void save_beside_no_other(const Vocabulary& vocabulary, const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "vocab.txt", ignored) && Vocabulary::load(folder) != vocabulary)
    fail(folder.string(), ": holds another vocabulary, which is kept; name another folder");
  vocabulary.save(folder);
}

}  // namespace albef
