// albef predict classify: which of some classes a picture shows, without training (zero-shot).
#include <sstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/data/record_fields.h"
#include "albef/tasks/predict/match.h"
#include "albef/text/clean.h"
#include "albef/text/words.h"
#include "apps/albef/arguments.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

struct ClassifyArgs {
  PredictFlags flags;
  std::vector<std::string> names, templates;
  std::string file;
  int64_t top = 5;
};

std::vector<std::string> classes_of(const ClassifyArgs& args) {
  auto names = args.names;
  if (!args.file.empty()) {
    constexpr uint64_t kMaxBytes = uint64_t{16} << 20;
    std::istringstream lines(read_file(args.file, kMaxBytes));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (has_words(line)) names.push_back(line);
    }
  }
  if (names.size() < 2)
    fail(names.size(), " classes, expected two or more: name them (--class), or a file (--classes)");
  Numbering numbers;
  for (const auto& name : names) {
    if (!has_words(pre_caption(name))) fail("the class '", printable(name), "' has no word that the model reads");
    if (!numbers.number(name).second) fail("the class '", printable(name), "' is named twice");
  }
  return names;
}

std::vector<std::vector<std::string>> rows_of(const OrderedJson& line) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& one : line["classes"])
    rows.push_back({rows.empty() ? pictures_text(line) : "", one["class"], percent_text(one["probability"]),
                    number_text(one["itc"])});
  return rows;
}

void run(ClassifyArgs& args) {
  auto& flags = args.flags;
  flags.also_read = args.file;
  const auto items = begin_predict(flags, {.pictures = 1, .needs_text = false});
  const auto names = classes_of(args);
  if (args.templates.empty()) args.templates = {"{}"};
  flags.load.itm = flags.load.mlm = false;
  auto loaded = load_quietly(flags, [&] { return load_model(flags.load); });
  const auto& data = loaded.settings.data;
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, longest_text(loaded.settings)};
  const MatchOptions base = {.itm = false, .loader_threads = data.loader_threads, .compute = loaded.compute};
  const auto classes = class_features(loaded.encoders, names, args.templates, encoder, base, loaded.device);
  const double temperature = loaded.model->temp.item<double>();
  const auto answer = [&](const PredictChunk& chunk, int64_t batch) {
    auto options = base;
    options.batch_size = batch;
    std::vector<std::string> paths;
    for (const uint64_t n : chunk.usable) paths.push_back(items[n].images[0]);
    const auto similarity =
        image_features(loaded.encoders, paths, *chunk.pictures, options, loaded.device).matmul(classes.t());
    const auto [probability, best] =
        (similarity / temperature).softmax(1).topk(std::min<int64_t>(args.top, std::ssize(names)), 1);
    std::vector<OrderedJson> answers;
    for (int64_t i = 0; i < std::ssize(paths); ++i) {
      OrderedJson all = OrderedJson::array();
      for (int64_t k = 0; k < best.size(1); ++k) {
        const auto c = best[i][k].item<int64_t>();
        all.push_back({{"class", names[static_cast<size_t>(c)]},
                       {"probability", probability[i][k].item<double>()},
                       {"itc", similarity[i][c].item<double>()}});
      }
      answers.push_back({{"class", all[0]["class"]}, {"classes", all}});
    }
    return answers;
  };
  predict(flags, items, data, loaded.encoders.vision->options().image_res, answer,
          {.header = {"picture", "class", "probability", "ITC"}, .rows = rows_of});
}

}  // namespace

void add_predict_classify(CLI::App& group) {
  auto args = std::make_shared<ClassifyArgs>();
  auto* command = group.add_subcommand("classify", "Which of your classes does a picture show? Zero-shot, by ITC");
  add_predict_flags(*command, args->flags, "");
  add_values(*command, "--class", args->names, "a class's name; repeated, or several in a row");
  command->add_option("--classes", args->file, "a file of names, one a line");
  add_values(*command, "--template", args->templates,
             "a sentence with {} for the name; of several the mean is taken; default: the name alone");
  command->add_option("--top", args->top, "classes that are shown")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 20));
  command->footer(
      "Examples:\n  albef predict classify --checkpoint output/run --image pictures --class dog cat horse --template "
      "'a "
      "photo of a {}' 'a picture of a {}'\n  albef predict classify --checkpoint output/run --image 'pictures/*.jpg' "
      "--classes classes.txt --json labels.jsonl");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
