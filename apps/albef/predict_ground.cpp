// albef predict ground: where in a picture a phrase is found.
#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/image/draw.h"
#include "albef/image/png_writer.h"
#include "albef/tasks/grounding/eval.h"
#include "albef/tasks/grounding/settings.h"
#include "apps/albef/heat_flags.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

struct GroundArgs {
  PredictFlags flags;
  HeatFlags heat;
  std::string draw;
};

double tenths(double pixels) {
  return std::round(10 * pixels) / 10;
}

OrderedJson found_json(const HeatMap::Hottest& found, ImageSize size) {
  const auto& box = found.around;
  return {{"box", {tenths(box.left), tenths(box.top), tenths(box.width), tenths(box.height)}},
          {"point", {tenths(found.x), tenths(found.y)}},
          {"size", {size.width, size.height}}};
}

// The picture with the box and the phrase on it.
std::string drawn(Image picture, const HeatMap::Hottest& found, const std::string& phrase) {
  constexpr Colour kFrame = {0x2f, 0x7f, 0xe0}, kInk = {255, 255, 255};
  constexpr int kSmallest = 8;
  const int side = std::max(picture.width, picture.height);
  const int line = std::max(2, side / 160);
  int letters = std::max(14, side / 28);
  while (letters > kSmallest && text_width(phrase, letters) + 2 * line > picture.width) --letters;
  draw_box(picture, found.around, kFrame, line);
  const auto dot = std::max(2, line);
  fill(picture, {static_cast<int>(found.x) - dot, static_cast<int>(found.y) - dot, 2 * dot + 1, 2 * dot + 1}, kFrame);
  const int left = std::clamp(static_cast<int>(found.around.left), 0,
                              std::max(0, picture.width - text_width(phrase, letters) - 2 * line)),
            top = std::max(0, static_cast<int>(found.around.top) - letters);
  fill(picture, {left, top, text_width(phrase, letters) + 2 * line, letters}, kFrame);
  draw_text(picture, phrase, left + line, top, letters, kInk);
  return encode_png(picture);
}

// "00012_dog.png": the item's number keeps pictures of one name apart.
std::filesystem::path drawing_path(const GroundArgs& args, uint64_t item, const std::string& image) {
  char number[24];
  std::snprintf(number, sizeof number, "%05llu_", static_cast<unsigned long long>(item + 1));
  return std::filesystem::path(args.draw) / (number + std::filesystem::path(image).stem().string() + ".png");
}

void make_drawing_folder(const std::string& draw, const std::vector<PredictItem>& items) {
  make_writable_folder(draw);
  for (const auto& item : items) {
    std::error_code ignored;
    if (std::filesystem::equivalent(std::filesystem::absolute(item.images[0]).parent_path(), draw, ignored))
      fail("--draw ", printable(draw), ": holds pictures that are read, such as ", printable(item.images[0]),
           "; name another folder");
  }
}

void run(GroundArgs& args) {
  auto& flags = args.flags;
  const auto items = begin_predict(flags, {});
  if (!args.draw.empty()) make_drawing_folder(args.draw, items);
  flags.load.itm = !args.heat.itc();
  flags.load.mlm = false;
  auto loaded = load_quietly(flags, [&] { return load_model(flags.load, GroundingSettings().common); });
  take_run_settings(args.heat, loaded);
  const auto& data = loaded.settings.data;
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, loaded.settings.model.bert.max_position_embeddings};
  heat_layer(loaded.encoders, args.heat.options(flags.batch, data.loader_threads, loaded.compute));  // before any work
  const auto answer = [&](const PredictChunk& chunk, int64_t batch) {
    const auto options = args.heat.options(batch, data.loader_threads, loaded.compute);
    const auto maps =
        heat_maps(loaded.model, loaded.encoders, labelled_items(items, chunk.usable, {.pictures = 1, .labels = {}}),
                  encoder, *chunk.pictures, options, loaded.device);
    std::vector<OrderedJson> answers;
    for (size_t i = 0; i < chunk.usable.size(); ++i) {
      const auto& item = items[chunk.usable[i]];
      const auto size = chunk.pictures->size(item.images[0]);
      const auto found = HeatMap(maps[static_cast<int64_t>(i)], size).hottest(args.heat.threshold);
      answers.push_back(found_json(found, size));
      if (args.draw.empty()) continue;
      const auto path = drawing_path(args, chunk.usable[i], item.images[0]);
      write_atomically(path, drawn(chunk.pictures->original(item.images[0]), found, item.text));
      answers.back()["drawn"] = path.string();
    }
    return answers;
  };
  const AnswerTable table = {.header = {"picture", "phrase", "box: left, top, width, height", "hottest point"},
                             .rows = [](const OrderedJson& line) {
                               const auto numbers = [](const OrderedJson& list) {
                                 std::string text;
                                 for (const auto& number : list)
                                   text += (text.empty() ? "" : ", ") + number_text(number, 0);
                                 return text;
                               };
                               return std::vector<std::vector<std::string>>{
                                   {pictures_text(line), line["text"], numbers(line["box"]), numbers(line["point"])}};
                             }};
  predict(flags, items, data, loaded.encoders.vision->options().image_res, answer, table);
}

}  // namespace

void add_predict_ground(CLI::App& group) {
  auto args = std::make_shared<GroundArgs>();
  args->flags.batch = 16;
  auto* command =
      group.add_subcommand("ground", "Where in the picture is that? A box around the hottest place (Grad-CAM)");
  add_predict_flags(*command, args->flags, "phrases; each is looked for in each picture");
  command->add_option("--draw", args->draw, "folder for the pictures with their boxes drawn on them, PNG");
  add_heat_flags(*command, args->heat);
  command->footer(
      "Examples:\n  albef predict ground --checkpoint output/grounding --image dog.jpg --text 'the brown dog' --draw "
      "boxes\n  albef predict ground --checkpoint output/grounding --input phrases.jsonl --json boxes.jsonl\n"
      "Boxes are [left, top, width, height] in pixels of the picture.");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
