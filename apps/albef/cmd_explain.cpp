// albef explain: where the model looks for each word of a sentence.
#include <cstdio>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/tasks/common/data_options.h"
#include "albef/tasks/predict/explain.h"
#include "albef/tasks/predict/items.h"
#include "albef/text/caption.h"
#include "albef/train/memory.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/model_flags.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct ExplainArgs {
  ModelFlags model;
  std::string image, text, out, mode = "itm";
  int64_t layer = -1, side = 256;
};

void run(ExplainArgs& args) {
  auto& load = args.model.load;
  check_output(args.out, {args.image, load.checkpoint, load.config, load.vocab});
  const bool html = args.out.ends_with(".html") || args.out.ends_with(".htm");
  if (!html && !args.out.ends_with(".png"))
    fail("--out ", printable(args.out), ": expected a name that ends in .png or .html");
  begin_model(args.model);
  const auto item = combine({args.image}, {args.text}, 1).front();
  Pictures().size(args.image);  // what is no picture is told before the model is loaded
  load.itm = args.mode == "itm";
  load.mlm = false;
  auto loaded = load_quietly(args.model, [&] { return load_model(load); });
  const auto& data = loaded.settings.data;
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, loaded.settings.model.bert.max_position_embeddings};
  const auto ids = encoder.encode(item.text);
  if (ids.size() < 2) fail("the text '", printable(item.text), "' has no word that the model reads");
  Pictures pictures(picture_options(data));
  const int64_t side = loaded.encoders.vision->options().image_res;
  const auto seen = pictures.whole(args.image, static_cast<int>(side), Interpolation::kBicubic);
  const auto pixels = torch::from_blob(const_cast<uint8_t*>(seen.pixels.data()), {1, side, side, 3}, torch::kUInt8);
  const auto found =
      within_memory("the explanation", "take a shorter text, or smaller pictures (--set image_res=)", [&] {
        return explain(loaded.model, loaded.encoders, pixels, ids, loaded.tokenizer.vocabulary(),
                       {.itc = args.mode == "itc", .layer = args.layer, .compute = loaded.compute}, loaded.device);
      });
  const ExplainPageOptions page = {.side = static_cast<int>(args.side),
                                   .picture_name = args.image,
                                   .text = item.text,
                                   .checkpoint = load.checkpoint};
  const auto original = pictures.original(args.image);
  write_atomically(args.out, html ? explanation_html(found, original, page) : explanation_png(found, original, page));
  std::printf("%s\n", args.out.c_str());
}

}  // namespace

void add_explain(CLI::App& app) {
  auto args = std::make_shared<ExplainArgs>();
  auto& o = *args;
  auto* command = app.add_subcommand("explain", "Where the model looks for each word: Grad-CAM as a picture or a page");
  add_model_flags(*command, o.model);
  command->add_option("image", o.image, "the picture")->required();
  command->add_option("text", o.text, "a sentence about it")->required();
  command->add_option("--out", o.out, "FILE.png, or FILE.html: a page that needs nothing beside itself")->required();
  command
      ->add_option("--mode", o.mode, "itm: cross-attention, word by word; itc: the image encoder, the whole sentence")
      ->capture_default_str()
      ->check(CLI::IsMember({"itm", "itc"}));
  command->add_option("--layer", o.layer, "whose attention, from 0; default: as the authors', 8 of 12")
      ->check(whole_number(0, 1023));
  command->add_option("--side", o.side, "pixels of a panel's longer side")
      ->capture_default_str()
      ->check(whole_number(32, 1024));
  add_verbose_flag(*command, o.model);
  command->footer(
      "Examples:\n  albef explain --checkpoint output/run dog.jpg 'a brown dog on a beach' --out dog.png\n"
      "  albef explain --checkpoint output/run dog.jpg 'a brown dog on a beach' --mode itc --layer 9 --out dog.html");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
