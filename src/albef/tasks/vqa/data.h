// Questions about pictures with their answers as samples: decoded, augmented, tokenised.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "albef/data/data_source.h"
#include "albef/data/pictures.h"
#include "albef/data/question_list.h"
#include "albef/tasks/vqa/answer_tree.h"
#include "albef/tasks/vqa/settings.h"
#include "albef/tasks/vqa/step.h"
#include "albef/text/caption.h"

namespace albef {

/// Answers as the decoder writes them: [CLS], tokens, the end.
class AnswerEncoder {
 public:
  /// Error if `eos` is not one token of the vocabulary. `positions`: of the decoder, which no answer may exceed.
  AnswerEncoder(const Tokenizer& tokenizer, std::string eos, int64_t positions);

  /// Error beginning with `place` for an answer that has no token, or more than there are positions.
  std::vector<int64_t> encode(const std::string& answer, const std::string& place) const;
  /// Of an encoded answer: some word of it is none of the vocabulary's.
  bool has_unknown(const std::vector<int64_t>& ids) const;
  int64_t end() const { return end_; }  ///< id of `eos`

 private:
  const Tokenizer& tokenizer_;
  std::string eos_;
  int64_t end_, positions_;
};

/// The answers that evaluation chooses from.
struct AnswerList {
  std::vector<std::string> texts;
  AnswerTree tree;
};

/// Error naming file and answer for one that cannot be encoded; a warning where words are not in the vocabulary.
AnswerList read_answers(const std::string& file, const AnswerEncoder& encoder);
/// The same of texts, none of them blank and each once; `source` is for messages.
AnswerList make_answers(std::vector<std::string> texts, const std::string& source, const AnswerEncoder& encoder);

struct VqaSample {
  Image image;                                ///< R x R
  std::vector<int64_t> question;              ///< ids, [CLS] first
  std::vector<std::vector<int64_t>> answers;  ///< ids each
  std::vector<double> weights;
};

class VqaSource : public DataSource<VqaSample, VqaBatch> {
 public:
  /// The list's answers are known to fit: see check_answers(). Tokenizer and pictures must outlive it.
  VqaSource(QuestionList list, const QuestionEncoder& questions, const AnswerEncoder& answers, Pictures& pictures,
            const AugmentOptions& augment, uint64_t seed);

  uint64_t size() const override { return list_.examples.size(); }
  /// Crop, flip and RandAugment are drawn by (seed, epoch, number). Unusable: pictures that cannot be decoded.
  VqaSample read(uint64_t number, uint64_t epoch) const override;
  VqaBatch collate(std::vector<VqaSample> samples) const override;
  Place place(uint64_t number) const override { return list_.place(number); }

 private:
  QuestionList list_;
  QuestionEncoder questions_;
  AnswerEncoder answers_;
  Pictures& pictures_;
  AugmentOptions augment_;
  uint64_t seed_;
};

/// Error naming file and record of the first answer that cannot be encoded.
void check_answers(const QuestionList& list, const AnswerEncoder& encoder);

}  // namespace albef
