// albef predict match: how well pictures and texts belong together.
#include "albef/tasks/predict/match.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

struct MatchArgs {
  PredictFlags flags;
  bool no_itm = false;
};

void run(MatchArgs& args) {
  auto& flags = args.flags;
  const auto items = begin_predict(flags, {});
  flags.load.itm = !args.no_itm;
  flags.load.mlm = false;
  auto loaded = load_quietly(flags, [&] { return load_model(flags.load); });
  const auto& data = loaded.settings.data;
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, longest_text(loaded.settings)};
  const LabelledFormat format = {.pictures = 1, .labels = {}};
  const auto answer = [&](const PredictChunk& chunk, int64_t batch) {
    const MatchOptions options = {
        .itm = !args.no_itm, .batch_size = batch, .loader_threads = data.loader_threads, .compute = loaded.compute};
    const auto matches = match(loaded.model, loaded.encoders, labelled_items(items, chunk.usable, format), encoder,
                               *chunk.pictures, options, loaded.device);
    std::vector<OrderedJson> answers;
    for (int64_t i = 0; i < std::ssize(chunk.usable); ++i) {
      OrderedJson one = {{"itc", matches.similarity[i].item<double>()}};
      if (options.itm) one["itm"] = matches.probability[i].item<double>();
      answers.push_back(one);
    }
    return answers;
  };
  const AnswerTable table = {
      .header = {"picture", "text", "ITC", "ITM"}, .rows = [](const OrderedJson& line) {
        return std::vector<std::vector<std::string>>{{pictures_text(line), line["text"], number_text(line["itc"]),
                                                      line.contains("itm") ? percent_text(line["itm"]) : "-"}};
      }};
  predict(flags, items, data, loaded.encoders.vision->options().image_res, answer, table);
}

}  // namespace

void add_predict_match(CLI::App& group) {
  auto args = std::make_shared<MatchArgs>();
  auto* command = group.add_subcommand(
      "match", "Do picture and text belong together? ITC: cosine of their features; ITM: probability of a match");
  add_predict_flags(*command, args->flags, "each is matched with each picture");
  command->add_flag("--no-itm", args->no_itm, "ITC alone, without the multimodal encoder");
  command->footer(
      "Examples:\n  albef predict match --checkpoint output/run --image dog.jpg --text 'a dog' 'a cat'\n  albef "
      "predict "
      "match --checkpoint output/run --image pictures --text 'a dog on a beach' --json scores.jsonl\n  albef predict "
      "match --checkpoint output/run --input pairs.jsonl --json - | sort\n"
      "  where pairs.jsonl has lines such as {\"image\": \"dog.jpg\", \"text\": \"a dog\", \"id\": 7}");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
