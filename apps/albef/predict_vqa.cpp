// albef predict vqa: answers to questions about pictures.
#include <filesystem>
#include <optional>

#include "albef/base/error.h"
#include "albef/data/record_fields.h"
#include "albef/tasks/vqa/answer.h"
#include "albef/tasks/vqa/model.h"
#include "albef/tasks/vqa/task.h"
#include "apps/albef/arguments.h"
#include "apps/albef/output.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

struct VqaArgs {
  PredictFlags flags;
  std::string answers;
  std::vector<std::string> answer;
  bool generate = false, first_token_once = false;
  int64_t top = 5, k_test = 0;
  GenerateOptions generation;
};

QuestionList questions_of(const std::vector<PredictItem>& items, const std::vector<uint64_t>& which) {
  QuestionList list{
      .files = {"the command line"}, .image_root = {}, .vg_root = {}, .images = {}, .of_vg = {}, .examples = {}};
  Numbering numbers;
  for (const uint64_t n : which) {
    const auto [number, is_new] = numbers.number(items[n].images[0]);
    if (is_new) {
      list.images.push_back(items[n].images[0]);
      list.of_vg.push_back(false);
    }
    list.examples.push_back({.image = number, .question = items[n].text, .record = n + 1});
  }
  return list;
}

AnswerList answers_of(const std::vector<std::string>& given, const AnswerEncoder& encoder) {
  Numbering numbers;
  for (const auto& text : given) {
    if (!numbers.number(text).second) fail("--answer '", printable(text), "' was there before; name each once");
  }
  return make_answers(given, "--answer", encoder);
}

// None: written freely.
std::optional<AnswerList> choices(const VqaArgs& args, const VqaSettings& settings, const AnswerEncoder& encoder) {
  if (int{args.generate} + int{!args.answers.empty()} + int{!args.answer.empty()} > 1)
    fail("--answers, --answer and --generate are three ways to answer: give one of them");
  if (args.generate) return std::nullopt;
  if (!args.answer.empty()) return answers_of(args.answer, encoder);
  const auto file = args.answers.empty() ? settings.answer_list : args.answers;
  if (file.empty())
    fail("no answers to choose from: name a list (--answers) or some (--answer), or let the model write (--generate)");
  if (std::error_code ignored; args.answers.empty() && !std::filesystem::exists(file, ignored)) {
    fail(file,
         ": the run's answer_list is not there; name a list (--answers) or some (--answer), or let the model write "
         "(--generate)");
  }
  check_output(args.flags.json, {file});
  return read_answers(file, encoder);
}

std::vector<std::vector<std::string>> rows_of(const OrderedJson& line) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& one : line["answers"]) {
    const bool first = rows.empty();
    const auto share = one.contains("probability") ? percent_text(one["probability"]) : number_text(one["score"]);
    rows.push_back(
        {first ? pictures_text(line) : "", first ? line["text"].get<std::string>() : "", one["answer"], share});
  }
  return rows;
}

void run(VqaArgs& args) {
  auto& flags = args.flags;
  flags.also_read = args.answers;
  const auto items = begin_predict(flags, {});
  auto loaded = load_quietly(flags, [&] { return load_vqa(flags.load); });
  const auto& settings = loaded.settings;
  const auto& data = settings.common.data;
  const auto positions = settings.common.model.bert.max_position_embeddings;
  if (args.generation.max_tokens >= positions)
    fail("--max-answer-tokens is ", args.generation.max_tokens, ", expected less than the decoder's ", positions);
  const AnswerEncoder encoder(loaded.tokenizer, settings.eos, positions);
  const auto list = choices(args, settings, encoder);
  const auto questions = test_questions(settings, loaded.tokenizer);
  const auto answer = [&](const PredictChunk& chunk, int64_t batch) {
    const AnsweringOptions options = {
        .batch_size = batch,
        .loader_threads = data.loader_threads,
        .compute = loaded.compute,
        .rank = {.k = args.k_test > 0 ? args.k_test : settings.k_test, .first_token_twice = !args.first_token_once},
        .generate = args.generation,
        .kept = args.top};
    const auto found =
        answer_questions(loaded.parts, questions_of(items, chunk.usable), questions, list ? &*list : nullptr,
                         encoder.end(), *chunk.pictures, options, loaded.device);
    std::vector<OrderedJson> lines;
    for (const auto& best : found) {
      OrderedJson all = OrderedJson::array();
      for (const auto& one : best) {
        OrderedJson entry = {{"answer", one.text}, {"score", one.score}};
        if (list) entry["probability"] = one.probability;
        all.push_back(entry);
      }
      lines.push_back({{"answer", best.front().text}, {"answers", all}});
    }
    return lines;
  };
  predict(flags, items, data, loaded.parts.vision->options().image_res, answer,
          {.header = {"picture", "question", "answer", list ? "probability" : "score"}, .rows = rows_of});
}

}  // namespace

void add_predict_vqa(CLI::App& group) {
  auto args = std::make_shared<VqaArgs>();
  auto& o = *args;
  o.flags.batch = 16;
  o.generation.beams = 3;  // a single question has the time
  auto* command = group.add_subcommand("vqa", "Answers questions about pictures");
  add_predict_flags(*command, o.flags, "questions; each is asked about each picture");
  command->add_option("--answers", o.answers,
                      "JSON list of the answers to choose from; default: the run's answer_list");
  add_values(*command, "--answer", o.answer, "an answer to choose from; repeated, or several in a row");
  command->add_flag("--generate", o.generate, "let the model write freely, without a list");
  command->add_option("--top", o.top, "answers that are shown")->capture_default_str()->check(whole_number(1, 1 << 20));
  command->add_option("--k-test", o.k_test, "answers whose whole text is scored; default: the run's")
      ->check(whole_number(1, 1 << 30));
  command->add_flag("--count-first-token-once", o.first_token_once,
                    "score an answer by its probability; the authors count its first token twice");
  command->add_option("--beams", o.generation.beams, "of --generate: beginnings that are kept; 1: greedy")
      ->capture_default_str()
      ->check(whole_number(1, 1000));
  command->add_option("--max-answer-tokens", o.generation.max_tokens, "of --generate, the end counted")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 9));
  command->footer(
      "Examples:\n  albef predict vqa --checkpoint output/vqa --image dog.jpg --text 'what colour is the dog'\n"
      "  albef predict vqa --checkpoint output/vqa --image pictures --text 'is it raining' --answer yes no maybe\n"
      "  albef predict vqa --checkpoint output/vqa --input questions.jsonl --generate --json -");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
