// albef eval vqa: answers to questions about pictures, and how far people agree with them.
#include <cstdio>
#include <optional>

#include "albef/base/files.h"
#include "albef/data/splits.h"
#include "albef/tasks/vqa/accuracy.h"
#include "albef/tasks/vqa/answer.h"
#include "albef/tasks/vqa/prior.h"
#include "albef/tasks/vqa/task.h"
#include "apps/albef/arguments.h"
#include "apps/albef/eval_commands.h"
#include "apps/albef/eval_flags.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct VqaArgs {
  EvalFlags flags;
  std::string answers, results;
  std::vector<std::string> prior;
  bool generate = false, first_token_once = false;
  int64_t k_test = 0;
  GenerateOptions generation;
};

using Answered = std::vector<std::vector<PossibleAnswer>>;

std::vector<std::string> names_of(const QuestionList& list) {
  std::vector<std::string> names;
  for (const auto& e : list.examples) names.push_back(str(list.images[e.image], ": ", e.question, " #", e.question_id));
  return names;
}

// Of all questions, and of those of its types.
OrderedJson scores_of(const QuestionExample& example, double accuracy) {
  OrderedJson scores = {{"accuracy", accuracy}};
  if (!example.answer_type.empty()) scores["accuracy, answers of type " + example.answer_type] = accuracy;
  if (!example.question_type.empty()) scores["accuracy, " + example.question_type] = accuracy;
  return scores;
}

// Below the folder that the result names; Visual Genome's lie elsewhere.
std::string image_name(const QuestionList& list, uint32_t image) {
  return list.of_vg[image] ? std::filesystem::absolute(list.path(image)).string() : list.images[image];
}

SampleLines lines_of(const QuestionList& list, const std::vector<std::string>& names, const Answered& answered) {
  SampleLines lines;
  for (size_t n = 0; n < list.examples.size(); ++n) {
    const auto& example = list.examples[n];
    OrderedJson top = OrderedJson::array(), scores = OrderedJson::object();
    for (const auto& answer : answered[n]) {
      OrderedJson one = {{"answer", answer.text}, {"score", answer.score}};
      if (answer.probability > 0) one["probability"] = answer.probability;
      top.push_back(one);
    }
    const auto& answer = answered[n].front().text;
    if (!example.given.empty()) scores = scores_of(example, question_accuracy(example.given, answer));
    lines.push_back({{"sample", names[n]},
                     {"place", str(list.files[example.source], ":", example.record)},
                     {"question_id", example.question_id},
                     {"images", OrderedJson::array({image_name(list, example.image)})},
                     {"question", example.question},
                     {"question_type", example.question_type},
                     {"answers", example.given},
                     {"answer", answer},
                     {"top", top},
                     {"scores", scores}});
  }
  return lines;
}

// What the most frequent answer of each type of question would get.
SampleLines prior_lines(const QuestionList& list, const std::vector<std::string>& names, const PriorAnswers& prior) {
  SampleLines lines;
  for (size_t n = 0; n < list.examples.size(); ++n) {
    const auto& example = list.examples[n];
    OrderedJson scores = OrderedJson::object();
    if (!example.given.empty())
      scores = scores_of(example, question_accuracy(example.given, prior.answer(example.question_type)));
    lines.push_back({{"sample", names[n]}, {"scores", scores}});
  }
  return lines;
}

// As the official evaluation gives it, two decimals.
OrderedJson official(const QuestionList& list, const SampleLines& lines) {
  VqaAccuracyMeans means;
  for (size_t n = 0; n < lines.size(); ++n) {
    const auto& example = list.examples[n];
    if (!example.given.empty())
      means.add(example.question_type, example.answer_type, lines[n]["scores"]["accuracy"].get<double>());
  }
  const auto percent = means.percent();
  return {{"overall", percent.overall},
          {"perQuestionType", percent.per_question_type},
          {"perAnswerType", percent.per_answer_type}};
}

void write_submission(const std::string& path, const QuestionList& list, const Answered& answered) {
  OrderedJson submission = OrderedJson::array();
  for (size_t n = 0; n < answered.size(); ++n)
    submission.push_back({{"question_id", list.examples[n].question_id}, {"answer", answered[n].front().text}});
  write_atomically(path, submission.dump() + "\n");
}

void check_submission(const std::string& path, const QuestionList& list) {
  if (path.empty()) return;
  for (const auto& e : list.examples) {
    if (e.question_id == -1 && list.of_vg[e.image])
      fail(list.files[e.source], ": record ", e.record, " has no question_id, which --results needs");
  }
}

void print(const VqaArgs& args, const QuestionList& list, const OrderedJson& result) {
  print_protocol(args.flags.protocol);
  std::printf("%zu questions about %zu %spictures, %s weights\n", list.examples.size(), list.images.size(),
              args.flags.blank ? "blanked " : "", args.flags.weights.c_str());
  print_estimates(result);
  if (result.contains("prior")) {
    std::printf("the most frequent answer of each type of question, and what the model has more:\n");
    print_estimates(result["prior"]);
  }
  if (result["accuracy"]["overall"].is_number()) {
    const double overall = result["accuracy"]["overall"];
    print_published(args.flags.protocol, {{"accuracy", overall}});
  }
}

// Everything that is read before the work begins.
struct VqaInputs {
  QuestionList list;
  std::vector<std::string> names;
  std::optional<PriorAnswers> prior;
  std::optional<AnswerList> answers;  // none: to be written
  SampleLines against;
};

VqaInputs read_inputs(const VqaArgs& args, const VqaSettings& settings, const AnswerEncoder& encoder) {
  const auto& flags = args.flags;
  const QuestionRoots roots = flags.image_root.empty() ? QuestionRoots{settings.vqa_root, settings.vg_root}
                                                       : QuestionRoots{flags.image_root, flags.image_root};
  VqaInputs in{.list = read_questions(flags.data, roots, /*need_answers=*/false),
               .names = {},
               .prior = {},
               .answers = {},
               .against = {}};
  check_pictures_exist(in.list);
  check_submission(args.results, in.list);
  in.names = names_of(in.list);
  in.against = read_against(flags, in.names);
  if (!args.prior.empty()) in.prior.emplace(read_questions(args.prior, roots, /*need_answers=*/true));
  if (!args.generate) {
    const auto file = args.answers.empty() ? settings.answer_list : args.answers;
    if (file.empty()) fail("no list of answers: give one (--answers), or let the model write freely (--generate)");
    in.answers = read_answers(file, encoder);
  }
  const auto positions = settings.common.model.bert.max_position_embeddings;
  if (args.generation.max_tokens >= positions) {
    fail("--max-answer-tokens is ", args.generation.max_tokens, ", expected less than the decoder's ", positions,
         " positions");
  }
  return in;
}

OrderedJson result_of(const VqaArgs& args, const VqaInputs& in, const SampleLines& lines, int64_t k_test,
                      const ComputeOptions& compute) {
  OrderedJson result = finish_eval(args.flags, compute, in.list.image_root, lines, in.against);
  result["task"] = "vqa";
  result["questions"] = in.list.examples.size();
  result["pictures"] = in.list.images.size();
  result["answers"] = in.answers ? OrderedJson(in.answers->texts.size()) : OrderedJson("written");
  if (in.answers) {
    result["k_test"] = k_test;
    result["first_token_counts"] = args.first_token_once ? 1 : 2;
  } else {
    result["beams"] = args.generation.beams;
    result["max_answer_tokens"] = args.generation.max_tokens;
    result["length_penalty"] = args.generation.length_penalty;
  }
  result["accuracy"] = official(in.list, lines);
  if (in.prior) {
    const auto of_prior = prior_lines(in.list, in.names, *in.prior);
    const auto more = estimates_json(differences(lines, of_prior, "--prior"));
    result["prior"] = {{"data", args.prior},
                       {"estimates", estimates_json(estimates(of_prior))},
                       {"against", {{"samples", "the prior"}, {"differences", more}}}};
  }
  return result;
}

void run(VqaArgs& args) {
  auto& flags = args.flags;
  flags.also_read = {args.answers};
  for (const auto& list : args.prior) flags.also_read.push_back(parse_list_name(list).path);
  begin_eval(flags, "vqa");
  const auto read = files_read(flags);
  check_output(args.results, {read.begin(), read.end()});
  check_two_outputs(args.results, flags.json, "--results and by --json");
  check_two_outputs(args.results, flags.samples, "--results and by --samples");
  if (args.generate && !args.answers.empty())
    fail("--generate writes freely, --answers names a list: give one of them");
  auto loaded = load_vqa(flags.load);
  const auto& settings = loaded.settings;
  if (args.answers.empty() && !args.generate) flags.also_read.push_back(settings.answer_list);
  const AnswerEncoder encoder(loaded.tokenizer, settings.eos, settings.common.model.bert.max_position_embeddings);
  const auto in = read_inputs(args, settings, encoder);
  const int64_t k_test = args.k_test > 0 ? args.k_test : settings.k_test;
  check_facts(flags, settings.common,
              {{"questions", std::to_string(in.list.examples.size())},
               {"answers", in.answers ? std::to_string(in.answers->texts.size()) : "written"},
               {"--k-test", std::to_string(k_test)},
               {"--count-first-token-once", args.first_token_once ? "yes" : "no"},
               {"max_words_test", std::to_string(settings.max_words_test)}});
  Pictures pictures(flags.pictures(settings.common.data));
  const AnsweringOptions options = {.batch_size = flags.batch,
                                    .loader_threads = settings.common.data.loader_threads,
                                    .compute = loaded.compute,
                                    .rank = {.k = k_test, .first_token_twice = !args.first_token_once},
                                    .generate = args.generation};
  const auto answer = [&](const QuestionList& list, int64_t at_once) {
    auto with_batch = options;
    with_batch.batch_size = at_once;
    return answer_questions(loaded.parts, list, test_questions(settings, loaded.tokenizer),
                            in.answers ? &*in.answers : nullptr, encoder.end(), pictures, with_batch, loaded.device);
  };
  const auto answered = within_memory("the evaluation", "lower --batch-size", probe_of(flags, in.list, answer),
                                      [&] { return answer(in.list, flags.batch); });
  const auto result = result_of(args, in, lines_of(in.list, in.names, answered), options.rank.k, loaded.compute);
  if (!args.results.empty()) write_submission(args.results, in.list, answered);
  if (flags.json != "-") print(args, in.list, result);
  write_json(flags.json, result);
}

}  // namespace

void add_eval_vqa(CLI::App& group) {
  auto args = std::make_shared<VqaArgs>();
  auto& o = *args;
  o.flags.batch = 16;
  auto* command = group.add_subcommand("vqa", "Visual question answering: accuracy over all and by type of question");
  add_eval_flags(*command, o.flags, "questions answered at once");
  command->add_option("--answers", o.answers,
                      "JSON list of the answers to choose from; default: the run's answer_list");
  command->add_option("--k-test", o.k_test, "answers whose whole text is scored; default: the run's")
      ->check(whole_number(1, 1 << 30));
  command->add_flag("--count-first-token-once", o.first_token_once,
                    "score an answer by its probability; the authors count its first token twice");
  command->add_flag("--generate", o.generate, "let the model write freely, without a list");
  command->add_option("--beams", o.generation.beams, "of --generate: beginnings that are kept; 1: greedy")
      ->capture_default_str()
      ->check(whole_number(1, 1000));
  command->add_option("--max-answer-tokens", o.generation.max_tokens, "of --generate, the end counted")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 20));
  command
      ->add_option("--length-penalty", o.generation.length_penalty,
                   "of --generate: answers compare by log-probability / tokens^this")
      ->capture_default_str()
      ->check(number(-10, 10));
  command->add_option("--prior", o.prior,
                      "lists to learn the most frequent answer of each type of question from, to compare with");
  command->add_option("--results", o.results, "write [{question_id, answer}], as VQA's server takes it, to this file");
  command->footer(
      "Examples:\n  albef eval vqa --checkpoint output/vqa --data vqa_test.json --image-root pictures --json "
      "result.json\n  albef eval vqa --checkpoint output/vqa --data vqa_test.json --answers my_answers.json --prior "
      "vqa_train.json\n  albef eval vqa --checkpoint output/vqa --data vqa_test.json --generate --beams 3 --results "
      "submission.json");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
