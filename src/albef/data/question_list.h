// Lists of questions about pictures, with the answers that people gave: VQA v2's and Visual Genome's as shipped
// (published.h) or as the authors' JSON has them, or one's own.
//
// A JSON list of {"question_id": integer, "question": text, "image": path, "dataset": "vqa" or "vg", "answer":
// [texts]}. Without "dataset" a record is VQA's. Visual Genome's have one text as "answer", and need no question_id;
// lists that are to be answered may have none. "question_type" and "answer_type" are read where they stand, other
// fields are not. As in labelled lists, nothing is passed over.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "albef/data/bad_samples.h"

namespace albef {

struct WeightedAnswer {
  std::string text;
  double weight;  ///< in its question's loss: (0, 1]
};

struct QuestionExample {
  uint32_t image = 0;                                ///< number in QuestionList::images
  int64_t question_id = -1;                          ///< -1 where a Visual Genome record has none
  std::string question = {};                         ///< as the file has it
  std::string question_type = {}, answer_type = {};  ///< "" if not given
  std::vector<std::string> given = {};               ///< answers as the file has them, one an annotator
  /// Each answer once, in the order of first appearance: VQA's weigh their share of the annotations, Visual Genome's
  /// 0.5.
  std::vector<WeightedAnswer> answers = {};
  uint32_t source = 0;  ///< number in QuestionList::files
  uint64_t record = 0;  ///< 1 for the first of its file
};

/// Folders that the pictures lie below: those of "vg" records below `vg`, all others below `vqa`.
struct QuestionRoots {
  std::string vqa = {}, vg = {};
};

struct QuestionList {
  std::vector<std::string> files;
  std::string image_root;           ///< of VQA's pictures
  std::string vg_root;              ///< of Visual Genome's
  std::vector<std::string> images;  ///< names as the files have them, each once a data set
  std::vector<bool> of_vg;          ///< for each of them
  std::vector<QuestionExample> examples;

  std::string path(uint32_t image) const;  ///< of images[image]
  Place place(uint64_t example) const;
  /// Of names, questions and answers; not of where the files lie.
  uint64_t fingerprint() const;
};

/// All files as one list. Throws Error naming file and record for what is missing, of the wrong type or not UTF-8, for
/// an unknown data set, a question_id that its data set had before, an empty list of answers, a blank answer, with
/// `need_answers` for a record without them, and if there is no record at all.
QuestionList read_questions(const std::vector<std::string>& files, const QuestionRoots& roots, bool need_answers);

/// Error naming the record of the first picture that is no file, and how many there are.
void check_pictures_exist(const QuestionList& list);

inline constexpr size_t kMaxAnswers = 1'000'000;  ///< of an answer list

/// The answers that a model may choose among: a JSON list of texts. Error for an empty list, more than kMaxAnswers,
/// what is no text, a blank one, and one that was there before (naming both places, counted from 1).
std::vector<std::string> read_answer_list(const std::string& file);

}  // namespace albef
