#include "albef/data/question_list.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/rng.h"
#include "albef/data/record_fields.h"
#include "albef/text/unicode.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr uint64_t kMaxAnswerListBytes = uint64_t{1} << 28;
constexpr double kVisualGenomeWeight = 0.5;

const std::string kExpected =  // NOLINT(cert-err58-cpp): a short text
    R"({"question_id": integer, "question": text, "image": path, "answer": [texts]})";

bool is_blank(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    if (!unicode::is_space(unicode::next(text, at))) return false;
  }
  return true;
}

class QuestionReader {
 public:
  QuestionReader(const std::vector<std::string>& files, const QuestionRoots& roots, bool need_answers)
      : need_answers_(need_answers) {
    list_.files = files;
    list_.image_root = roots.vqa;
    list_.vg_root = roots.vg;
  }

  QuestionList read() {
    std::vector<uint32_t> answers;  // numbers of lists of answers alone, which come behind their questions
    bool any = false;
    for (uint32_t source = 0; source < list_.files.size(); ++source) {
      if (has_answers_alone(list_.files[source])) {
        answers.push_back(source);
      } else {
        any = true;
      }
    }
    if (!any && !answers.empty()) {
      fail(list_.files[answers[0]],
           ": has the answers alone; name its questions beside it, such as "
           "v2_OpenEnded_mscoco_train2014_questions.json");
    }
    for (uint32_t source = 0; source < list_.files.size(); ++source) {
      if (!std::ranges::count(answers, source)) read_list(source);
    }
    for (const uint32_t source : answers) read_answers(source);
    check_answered();
    if (list_.examples.empty()) fail(joined(list_.files), ": no records; expected a list of ", kExpected);
    return std::move(list_);
  }

 private:
  void read_list(uint32_t source) {
    const auto& name = list_.files[source];
    read_samples(name, {.images = list_.image_root, .vg = list_.vg_root}, [&](const Record& record) {
      QuestionExample example{.source = source, .record = record.number};
      alone_ = record.list == "questions";
      take({name, record, kExpected}, example);
      list_.examples.push_back(std::move(example));
    });
  }

  // Of VQA v2, whose questions are there by now.
  void read_answers(uint32_t source) {
    const auto& name = list_.files[source];
    read_samples(name, {}, [&](const Record& record) {
      const RecordFields fields(name, record, kExpected);
      const auto id = fields.whole_number("question_id");
      const auto found = unanswered_.find(id);
      if (found == unanswered_.end()) {
        const bool twice = ids_[false].contains(id);
        fail(fields.place(), ": question_id ", id,
             twice ? " was answered before; expected each once" : " is in none of the lists of questions");
      }
      auto& example = list_.examples[found->second];
      if (list_.images[example.image] != fields.text("image")) {  // in the questions' folder
        fail(fields.place(), ": the picture of question_id ", id, " is ", fields.text("image"), ", but ",
             record_name(list_.files[example.source], example.record), " asks about ", list_.images[example.image]);
      }
      take_answers(fields, &fields.required("answer"), example, /*of_vg=*/false);
      unanswered_.erase(found);
      answered_.insert(example.source);
    });
  }

  // Answers to a part of a list would be a score of other data.
  void check_answered() const {
    const QuestionExample* first = nullptr;
    for (const auto& [id, number] : unanswered_) {
      const auto& example = list_.examples[number];
      const bool needed = need_answers_ || answered_.contains(example.source);
      if (needed &&
          (first == nullptr || std::pair(example.source, example.record) < std::pair(first->source, first->record)))
        first = &example;
    }
    if (first == nullptr) return;
    fail(record_name(list_.files[first->source], first->record), ": question_id ", first->question_id,
         " has no answers; name its annotations beside it, such as v2_mscoco_train2014_annotations.json");
  }

  void take(const RecordFields& record, QuestionExample& example) {
    const bool of_vg = is_of_vg(record);
    example.question_id = question_id(record, of_vg);
    example.question = record.text("question");
    example.image = image(record.picture(record.required("image"), "image"), of_vg);
    if (alone_) {
      unanswered_.emplace(example.question_id, list_.examples.size());
      return;
    }
    const Json* answer = need_answers_ ? &record.required("answer") : record.find("answer");
    take_answers(record, answer, example, of_vg);
  }

  static void take_answers(const RecordFields& record, const Json* answer, QuestionExample& example, bool of_vg) {
    if (const Json* type = record.find("question_type")) example.question_type = record.text(*type, "question_type");
    if (const Json* type = record.find("answer_type")) example.answer_type = record.text(*type, "answer_type");
    if (answer == nullptr) return;
    example.given = answers(record, *answer, of_vg);
    weigh(example, of_vg);
  }

  static bool is_of_vg(const RecordFields& record) {
    const Json* dataset = record.find("dataset");
    if (dataset == nullptr) return false;
    const auto name = record.text(*dataset, "dataset");
    if (name != "vqa" && name != "vg")
      fail(record.place(), ": \"dataset\" is '", printable(name), "', expected vqa or vg");
    return name == "vg";
  }

  // Each data set counts its own questions, so the same number in both means nothing.
  int64_t question_id(const RecordFields& record, bool of_vg) {
    if (of_vg && record.find("question_id") == nullptr) return -1;
    const auto id = record.whole_number("question_id");
    const auto [first, is_new] = ids_[of_vg].emplace(id, record.place());
    if (!is_new)
      fail(record.place(), ": question_id ", id, " was there before (", first->second, "); expected each once");
    return id;
  }

  uint32_t image(const std::string& name, bool of_vg) {
    const auto [number, is_new] = images_.number((of_vg ? "vg " : "vqa ") + name);
    if (is_new) {
      list_.images.push_back(name);
      list_.of_vg.push_back(of_vg);
    }
    return number;
  }

  static std::vector<std::string> answers(const RecordFields& record, const Json& value, bool of_vg) {
    std::vector<std::string> given;
    if (value.is_string()) {
      given.push_back(record.text(value, "answer"));
    } else if (of_vg || !value.is_array()) {
      fail(record.place(), ": \"answer\" is ", json_kind(value), ", expected ",
           of_vg ? "a string, as Visual Genome's are" : "a list of strings");
    } else {
      for (const Json& one : value) given.push_back(record.text(one, "answer"));
    }
    if (given.empty()) fail(record.place(), ": \"answer\" is an empty list, expected one answer or more");
    if (std::any_of(given.begin(), given.end(), is_blank))
      fail(record.place(), ": \"answer\" has a blank answer; leave it out");
    return given;
  }

  static void weigh(QuestionExample& example, bool of_vg) {
    Numbering numbers;
    std::vector<size_t> counts;
    for (const auto& text : example.given) {
      const auto [number, is_new] = numbers.number(text);
      if (is_new) {
        example.answers.push_back({text, 0});
        counts.push_back(0);
      }
      ++counts[number];
    }
    for (size_t i = 0; i < counts.size(); ++i) {
      example.answers[i].weight = of_vg ? kVisualGenomeWeight : double(counts[i]) / double(example.given.size());
    }
  }

  bool need_answers_;
  bool alone_ = false;  // the list under way is of questions alone
  QuestionList list_;
  std::unordered_map<int64_t, size_t> unanswered_;  // of such lists: numbers in list_.examples, by question_id
  std::set<uint32_t> answered_;                     // lists of questions of which some were
  Numbering images_;
  std::unordered_map<int64_t, std::string> ids_[2];
};

}  // namespace

std::string QuestionList::path(uint32_t image) const {
  return (fs::path(of_vg.at(image) ? vg_root : image_root) / images.at(image)).string();
}

Place QuestionList::place(uint64_t example) const {
  const auto& e = examples.at(example);
  return {path(e.image), files.at(e.source), e.record};
}

uint64_t QuestionList::fingerprint() const {
  uint64_t mark = 0;
  for (const auto& e : examples) {
    mark = mix({mark, mix_bytes(images[e.image]), of_vg[e.image] ? 1U : 0U, static_cast<uint64_t>(e.question_id),
                mix_bytes(e.question), e.given.size()});
    for (const auto& answer : e.given) mark = mix({mark, mix_bytes(answer)});
  }
  return mark;
}

QuestionList read_questions(const std::vector<std::string>& files, const QuestionRoots& roots, bool need_answers) {
  return QuestionReader(files, roots, need_answers).read();
}

void check_pictures_exist(const QuestionList& list) {
  check_pictures({.count = static_cast<uint32_t>(list.images.size()),
                  .path = [&](uint32_t image) { return list.path(image); },
                  .named_by =
                      [&](uint32_t image) {
                        const auto first = std::find_if(list.examples.begin(), list.examples.end(),
                                                        [&](const auto& e) { return e.image == image; });
                        return record_name(list.files[first->source], first->record);
                      },
                  .setting = "vqa_root, vg_root"});
}

std::vector<std::string> read_answer_list(const std::string& file) {
  const Json list = parse_json(read_file(file, kMaxAnswerListBytes), file);
  if (!list.is_array()) fail(file, ": holds ", json_kind(list), ", expected a JSON list of answers: [\"yes\", \"no\"]");
  if (list.empty()) fail(file, ": the list is empty, expected one answer or more");
  if (list.size() > kMaxAnswers) fail(file, ": ", list.size(), " answers, expected at most ", kMaxAnswers);
  std::vector<std::string> answers;
  Numbering numbers;
  for (const Json& answer : list) {
    const std::string place = str(file, ": answer ", answers.size() + 1);
    if (!answer.is_string()) fail(place, " is ", json_kind(answer), ", expected a string");
    answers.push_back(answer.get<std::string>());
    if (is_blank(answers.back())) fail(place, " is blank");
    const auto [number, is_new] = numbers.number(answers.back());
    if (!is_new) fail(place, ", '", printable(answers.back()), "', was there before, as answer ", number + 1);
  }
  return answers;
}

}  // namespace albef
