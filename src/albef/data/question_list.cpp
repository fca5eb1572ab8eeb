#include "albef/data/question_list.h"

#include <algorithm>
#include <filesystem>
#include <limits>

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
    read_all_records(list_.files, kExpected, [this](const RecordFields& record, uint32_t source, uint64_t number) {
      QuestionExample example{.source = source, .record = number};
      take(record, example);
      list_.examples.push_back(std::move(example));
    });
    return std::move(list_);
  }

 private:
  void take(const RecordFields& record, QuestionExample& example) {
    const bool of_vg = is_of_vg(record);
    example.question_id = question_id(record, of_vg);
    example.question = record.text("question");
    example.image = image(record.picture(record.required("image"), "image"), of_vg);
    if (const Json* type = record.find("question_type")) example.question_type = record.text(*type, "question_type");
    if (const Json* type = record.find("answer_type")) example.answer_type = record.text(*type, "answer_type");
    const Json* answer = need_answers_ ? &record.required("answer") : record.find("answer");
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
    const Json& value = record.required("question_id");
    const bool too_large = value.is_number_unsigned() &&
                           value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (!value.is_number_integer() || too_large) {
      fail(record.place(), ": \"question_id\" is ", value.is_number() ? value.dump() : json_kind(value),
           ", expected a 64-bit integer");
    }
    const auto id = value.get<int64_t>();
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
  QuestionList list_;
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
