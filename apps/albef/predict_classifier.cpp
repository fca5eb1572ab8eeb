// albef predict ve, albef predict nlvr: whether a sentence follows from pictures.
#include <algorithm>
#include <numeric>

#include "albef/tasks/common/classifier_model.h"
#include "albef/tasks/common/classify.h"
#include "albef/tasks/nlvr/task.h"
#include "albef/tasks/ve/task.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

struct Classification {
  ClassifierKind kind;
  LabelledFormat format;
  CommonSettings defaults;
};

// Each label with its probability, the likeliest first.
std::string ranked(const OrderedJson& probabilities) {
  std::vector<std::pair<double, std::string>> all;
  for (const auto& [label, p] : probabilities.items()) all.emplace_back(-p.get<double>(), label);
  std::stable_sort(all.begin(), all.end());
  std::string text;
  for (const auto& [p, label] : all) text += (text.empty() ? "" : ", ") + label + " " + percent_text(-p);
  return text;
}

void run(PredictFlags& flags, const Classification& task) {
  auto format = task.format;
  format.add_jpg = false;  // pictures are named by their files
  const auto items = begin_predict(flags, {.pictures = format.pictures});
  auto loaded = load_quietly(flags, [&] { return load_classifier(flags.load, task.kind, task.defaults); });
  const auto& data = loaded.settings.data;
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, longest_text(loaded.settings)};
  const auto answer = [&](const PredictChunk& chunk, int64_t batch) {
    const ClassifyOptions options = {
        .batch_size = batch, .loader_threads = data.loader_threads, .compute = loaded.compute};
    const auto found = classify(loaded.parts, labelled_items(items, chunk.usable, format), encoder, *chunk.pictures,
                                options, loaded.device);
    std::vector<OrderedJson> answers;
    for (size_t i = 0; i < chunk.usable.size(); ++i) {
      OrderedJson probabilities = OrderedJson::object();
      for (size_t c = 0; c < format.labels.size(); ++c) {
        probabilities[format.labels[c]] =
            found.probabilities[static_cast<int64_t>(i)][static_cast<int64_t>(c)].item<double>();
      }
      answers.push_back(
          {{"label", format.labels[static_cast<size_t>(found.classes[i])]}, {"probabilities", probabilities}});
    }
    return answers;
  };
  const AnswerTable table = {
      .header = {format.pictures == 1 ? "picture" : "pictures", "text", "label", "probabilities"},
      .rows = [](const OrderedJson& line) {
        return std::vector<std::vector<std::string>>{
            {pictures_text(line), line["text"], line["label"], ranked(line["probabilities"])}};
      }};
  predict(flags, items, data, loaded.parts.vision->options().image_res, answer, table);
}

void add_task(CLI::App& group, const char* name, const char* help, const char* examples, const Classification& task) {
  auto flags = std::make_shared<PredictFlags>();
  auto* command = group.add_subcommand(name, help);
  add_predict_flags(*command, *flags, "each is judged about each picture, or pair of pictures");
  command->footer(examples);
  command->callback([flags, task] { run(*flags, task); });
}

}  // namespace

void add_predict_ve(CLI::App& group) {
  add_task(group, "ve", "Does the text follow from the picture? entailment, neutral or contradiction",
           "Examples:\n  albef predict ve --checkpoint output/ve --image dog.jpg --text 'an animal is outside'\n"
           "  albef predict ve --checkpoint output/ve --input items.jsonl --json answers.jsonl\n"
           "  where items.jsonl has lines such as {\"image\": \"dog.jpg\", \"text\": \"an animal is outside\"}",
           {.kind = kVe, .format = ve_format(), .defaults = VeSettings().common});
}

void add_predict_nlvr(CLI::App& group) {
  add_task(group, "nlvr", "Is the text true of two pictures? True or False",
           "Examples:\n  albef predict nlvr --checkpoint output/nlvr --image left.jpg right.jpg --text 'both show a "
           "dog'\n  albef predict nlvr --checkpoint output/nlvr --input items.jsonl --json answers.jsonl\n"
           "  where items.jsonl has lines such as {\"images\": [\"left.jpg\", \"right.jpg\"], \"text\": \"both show a "
           "dog\"}",
           {.kind = kNlvr, .format = nlvr_format(), .defaults = NlvrSettings().common});
}

}  // namespace albef::cli
