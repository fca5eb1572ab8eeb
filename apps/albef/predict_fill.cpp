// albef predict fill: masked words, as the trained model and its momentum average fill them in.
#include "albef/base/error.h"
#include "albef/data/eval_images.h"
#include "albef/model/autocast.h"
#include "albef/tasks/common/fill_masks.h"
#include "albef/tasks/predict/masked.h"
#include "apps/albef/arguments.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

struct FillArgs {
  PredictFlags flags;
  int64_t top = 5;
};

OrderedJson guesses_json(const FilledMask& mask) {
  OrderedJson guesses = OrderedJson::array();
  for (const auto& guess : mask.guesses)
    guesses.push_back({{"token", guess.token}, {"probability", guess.probability}});
  return guesses;
}

std::vector<std::vector<std::string>> rows_of(const OrderedJson& line) {
  std::vector<std::vector<std::string>> rows;
  const auto guess = [](const OrderedJson& guesses, size_t rank) -> std::string {
    if (rank >= guesses.size()) return "";
    return guesses[rank]["token"].get<std::string>() + " " + percent_text(guesses[rank]["probability"]);
  };
  for (const auto& mask : line["masks"]) {
    for (size_t rank = 0; rank < mask["student"].size(); ++rank) {
      const bool first = rank == 0;
      rows.push_back({first ? pictures_text(line) : "", first ? mask["masked"].get<std::string>() : "",
                      guess(mask["student"], rank), mask.contains("momentum") ? guess(mask["momentum"], rank) : "-"});
    }
  }
  return rows;
}

void run(FillArgs& args) {
  auto& flags = args.flags;
  if (flags.weights == "momentum") fail("--weights momentum: both are shown side by side; leave it out");
  const auto items = begin_predict(flags, {});
  flags.load.itm = false;
  flags.load.both = true;
  auto loaded = load_quietly(flags, [&] { return load_model(flags.load); });
  const auto& vocabulary = loaded.tokenizer.vocabulary();
  const auto& data = loaded.settings.data;
  const int64_t side = loaded.model->online.vision->options().image_res;
  std::vector<MaskedText> texts;
  for (const auto& item : items)
    texts.push_back(mask_text(item.text, loaded.tokenizer, data.max_words, longest_text(loaded.settings)));

  // Of the picture asked about last: texts about one picture come in a row.
  struct Seen {
    std::string image;
    torch::Tensor student, momentum;  // tokens
  } seen;
  const auto see = [&](const std::string& path, Pictures& pictures) {
    if (seen.image == path) return;
    const torch::NoGradGuard no_grad;
    const Autocast autocast(loaded.device, loaded.compute.bf16);
    const auto image = pictures.whole(path, static_cast<int>(side), Interpolation::kBicubic);
    const auto pixels = pixels_on(
        loaded.device, torch::from_blob(const_cast<uint8_t*>(image.pixels.data()), {1, side, side, 3}, torch::kUInt8));
    seen = {path, loaded.model->online.vision(pixels),
            loaded.has_momentum ? loaded.model->momentum.vision(pixels) : torch::Tensor()};
  };
  const auto answer_one = [&](const MaskedText& text) {
    const auto fill = [&](Encoders& encoders, const torch::Tensor& tokens) {
      return fill_masks(encoders, vocabulary, tokens, text.ids, text.places, args.top, loaded.compute);
    };
    const auto student = fill(loaded.model->online, seen.student);
    const auto momentum = loaded.has_momentum ? fill(loaded.model->momentum, seen.momentum) : std::vector<FilledMask>();
    OrderedJson masks = OrderedJson::array();
    for (size_t i = 0; i < student.size(); ++i) {
      OrderedJson mask = {{"masked", text.shown(student[i].place, loaded.tokenizer)},
                          {"student", guesses_json(student[i])}};
      if (!momentum.empty()) mask["momentum"] = guesses_json(momentum[i]);
      masks.push_back(mask);
    }
    return OrderedJson{{"masks", masks}};
  };
  const auto answer = [&](const PredictChunk& chunk, int64_t) {
    std::vector<OrderedJson> answers;
    for (const uint64_t n : chunk.usable) {
      see(items[n].images[0], *chunk.pictures);
      answers.push_back(answer_one(texts[n]));
    }
    return answers;
  };
  predict(flags, items, data, side, answer, {.header = {"picture", "text", "student", "momentum"}, .rows = rows_of});
}

}  // namespace

void add_predict_fill(CLI::App& group) {
  auto args = std::make_shared<FillArgs>();
  auto* command =
      group.add_subcommand("fill", "Fills in masked words: the trained model and its momentum average, side by side");
  add_predict_flags(*command, args->flags, "with [MASK] where a word is missing; without, each word is masked in turn");
  command->add_option("--top", args->top, "words that are shown")
      ->capture_default_str()
      ->check(whole_number(1, 1 << 20));
  command->footer(
      "Examples:\n  albef predict fill --checkpoint output/run --image dog.jpg --text 'a [MASK] runs on the [MASK]'\n"
      "  albef predict fill --checkpoint output/run --image dog.jpg --text 'a dog runs on the beach' --top 3 --json -");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
