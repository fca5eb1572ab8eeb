// albef eval ve, albef eval nlvr: accuracy on labelled sentences about pictures.
#include <algorithm>
#include <cstdio>
#include <functional>

#include "albef/tasks/common/classifier_model.h"
#include "albef/tasks/common/classify.h"
#include "albef/tasks/nlvr/task.h"
#include "albef/tasks/ve/task.h"
#include "apps/albef/eval_commands.h"
#include "apps/albef/eval_flags.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

// What a task is, to its evaluation.
struct Classification {
  ClassifierKind kind;
  LabelledFormat format;
  CommonSettings defaults;
  /// Further scores of one sample, beside its accuracy; and of all.
  std::function<void(const LabelledExample&, const float* probabilities, OrderedJson& scores)> sample_scores;
  std::function<OrderedJson(const LabelledList&, const Answers&)> more;
};

// Pictures and words, wherever the list lies.
std::vector<std::string> names_of(const LabelledList& list) {
  std::vector<std::string> names;
  for (const auto& example : list.examples) {
    std::string pictures;
    for (size_t i = 0; i < list.format.pictures; ++i)
      pictures += (i > 0 ? ", " : "") + list.images[example.images.at(i)];
    names.push_back(pictures + ": " + example.sentence);
  }
  return names;
}

SampleLines lines_of(const LabelledList& list, const std::vector<std::string>& names, const Answers& answers,
                     const Classification& task) {
  SampleLines lines;
  const auto probabilities = answers.probabilities.contiguous();
  const auto& labels = list.format.labels;
  for (size_t n = 0; n < list.examples.size(); ++n) {
    const auto& example = list.examples[n];
    const float* row = probabilities.const_data_ptr<float>() + n * labels.size();
    OrderedJson named = OrderedJson::object(), images = OrderedJson::array();
    for (size_t c = 0; c < labels.size(); ++c) named[labels[c]] = row[c];
    for (size_t i = 0; i < list.format.pictures; ++i) images.push_back(list.images[example.images.at(i)]);
    OrderedJson scores = {{"accuracy", example.label == answers.classes[n] ? 1 : 0}};
    if (task.sample_scores) task.sample_scores(example, row, scores);
    lines.push_back({{"sample", names[n]},
                     {"place", str(list.files[example.source], ":", example.record)},
                     {"images", images},
                     {"sentence", example.sentence},
                     {"label", labels[static_cast<size_t>(example.label)]},
                     {"answer", labels[static_cast<size_t>(answers.classes[n])]},
                     {"probabilities", named},
                     {"scores", scores}});
  }
  return lines;
}

void print_confusion(const LabelledList& list, const std::vector<std::vector<int64_t>>& counts) {
  size_t width = 8;
  for (const auto& label : list.format.labels) width = std::max(width, label.size() + 2);
  const int cell = static_cast<int>(width);
  std::printf("%-*s", cell, "label");
  for (const auto& label : list.format.labels) std::printf("%*s", cell, label.c_str());
  std::printf("   (columns: answers)\n");
  for (size_t row = 0; row < counts.size(); ++row) {
    std::printf("%-*s", cell, list.format.labels[row].c_str());
    for (const int64_t count : counts[row]) std::printf("%*lld", cell, static_cast<long long>(count));
    std::printf("\n");
  }
}

void run(EvalFlags& flags, const Classification& task) {
  begin_eval(flags, task.kind.task);
  auto loaded = load_classifier(flags.load, task.kind, task.defaults);
  const auto& data = loaded.settings.data;
  const auto list =
      read_labelled(flags.data, flags.image_root.empty() ? data.image_root : flags.image_root, task.format);
  check_facts(flags, loaded.settings, {{"sentences", std::to_string(list.examples.size())}});
  check_pictures_exist(list);
  const auto names = names_of(list);
  const auto against = read_against(flags, names);
  Pictures pictures(flags.pictures(data));
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, longest_text(loaded.settings)};
  const ClassifyOptions options = {
      .batch_size = flags.batch, .loader_threads = data.loader_threads, .compute = loaded.compute};
  const auto probe = probe_of(flags, list, [&](const LabelledList& some, int64_t at_once) {
    auto smaller = options;
    smaller.batch_size = at_once;
    classify(loaded.parts, some, encoder, pictures, smaller, loaded.device);
  });
  const auto answers = within_memory("the evaluation", "lower --batch-size", probe, [&] {
    return classify(loaded.parts, list, encoder, pictures, options, loaded.device);
  });
  const auto counts = confusion(list, answers);
  OrderedJson result =
      finish_eval(flags, loaded.compute, list.image_root, lines_of(list, names, answers, task), against);
  result["task"] = task.kind.task;
  result["sentences"] = list.examples.size();
  result["pictures"] = list.images.size();
  result["accuracy"] = accuracy(list, answers);
  if (task.more) result.update(task.more(list, answers));
  OrderedJson table = OrderedJson::object();
  for (size_t row = 0; row < counts.size(); ++row) {
    for (size_t column = 0; column < counts.size(); ++column)
      table[list.format.labels[row]][list.format.labels[column]] = counts[row][column];
  }
  result["confusion"] = table;
  if (flags.json != "-") {
    print_protocol(flags.protocol);
    std::printf("%zu sentences about %zu %spictures, %s weights\n", list.examples.size(), list.images.size(),
                flags.blank ? "blanked " : "", flags.weights.c_str());
    print_estimates(result);
    if (result.contains("consistency"))
      std::printf("%-30s %7.2f\n", "consistency", result["consistency"].get<double>());
    print_confusion(list, counts);
    print_published(flags.protocol, {{"accuracy", result["accuracy"].get<double>()}});
  }
  write_json(flags.json, result);
}

void add_task(CLI::App& group, const char* name, const char* help, const Classification& task) {
  auto flags = std::make_shared<EvalFlags>();
  flags->batch = 64;
  auto* command = group.add_subcommand(name, help);
  add_eval_flags(*command, *flags, "sentences answered at once");
  command->footer(str("Examples:\n  albef eval ", name, " --checkpoint output/", name, " --data ", name,
                      "_test.json --image-root pictures --json result.json\n  albef eval ", name,
                      " --checkpoint output/", name, " --data ", name,
                      "_test.json --blank --samples blank.jsonl\n  albef eval ", name, " --checkpoint output/", name,
                      " --data ", name, "_test.json --against blank.jsonl"));
  command->callback([flags, task] { run(*flags, task); });
}

}  // namespace

void add_eval_ve(CLI::App& group) {
  // Of the two labels that the picture decides about, which is likelier, whatever "neutral" gets.
  const auto two_way = [](const LabelledExample& example, const float* p, OrderedJson& scores) {
    constexpr int kContradiction = 0, kNeutral = 1, kEntailment = 2;
    if (example.label == kNeutral) return;
    const bool says_entailment = p[kEntailment] > p[kContradiction];
    scores["entailment_or_contradiction"] = says_entailment == (example.label == kEntailment) ? 1 : 0;
  };
  add_task(group, "ve", "Visual entailment: accuracy and the table of labels and answers",
           {.kind = kVe, .format = ve_format(), .defaults = VeSettings().common, .sample_scores = two_way, .more = {}});
}

void add_eval_nlvr(CLI::App& group) {
  add_task(group, "nlvr", "NLVR2: accuracy, and the share of sentences right on all their pairs of pictures",
           {.kind = kNlvr,
            .format = nlvr_format(),
            .defaults = NlvrSettings().common,
            .sample_scores = {},
            .more = [](const LabelledList& list, const Answers& answers) {
              return OrderedJson{{"consistency", consistency(list, answers)}};
            }});
}

}  // namespace albef::cli
