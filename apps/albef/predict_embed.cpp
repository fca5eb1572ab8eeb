// albef predict embed: features of pictures and texts in their joint space.
#include <cstdio>

#include "albef/base/error.h"
#include "albef/io/npy.h"
#include "albef/io/safetensors.h"
#include "albef/tasks/predict/match.h"
#include "albef/tasks/retrieval/rerank.h"
#include "apps/albef/output.h"
#include "apps/albef/predict_commands.h"
#include "apps/albef/predict_flags.h"

namespace albef::cli {
namespace {

constexpr const char* kNpy = ".npy";
constexpr const char* kSafetensors = ".safetensors";

struct EmbedArgs {
  PredictFlags flags;
  std::string out;
};

bool has_pictures(const std::vector<PredictItem>& items) {
  return std::ranges::any_of(items, [](const auto& item) { return !item.images.empty(); });
}
bool has_texts(const std::vector<PredictItem>& items) {
  return std::ranges::any_of(items, [](const auto& item) { return !item.text.empty(); });
}

void check_out(const EmbedArgs& args, const std::vector<PredictItem>& items) {
  const bool npy = args.out.ends_with(kNpy);
  if (!npy && !args.out.ends_with(kSafetensors))
    fail("--out ", printable(args.out), ": expected a file that ends in .npy or .safetensors");
  if (npy && has_pictures(items) && has_texts(items))
    fail("--out ", printable(args.out),
         ": a .npy file holds one table, and there are pictures and texts; write .safetensors, or one kind");
  check_predict_output(args.flags, args.out, items);
  check_two_outputs(args.out, args.flags.json, "--out and by --json");
}

// Rows of both tables as they come.
struct Tables {
  std::vector<torch::Tensor> image, text;
  int64_t images = 0, texts = 0;

  static torch::Tensor joined(const std::vector<torch::Tensor>& rows, int64_t width) {
    return rows.empty() ? torch::empty({0, width}) : torch::cat(rows);
  }
};

void write(const EmbedArgs& args, const Tables& tables, const std::vector<PredictItem>& items, int64_t width) {
  const auto image = Tables::joined(tables.image, width), text = Tables::joined(tables.text, width);
  if (args.out.ends_with(kNpy)) {
    write_npy(args.out, has_texts(items) ? text : image);
  } else {
    TensorMap all;
    if (has_pictures(items)) all.emplace("image", image);
    if (has_texts(items)) all.emplace("text", text);
    write_safetensors(args.out, all, {{"checkpoint", args.flags.load.checkpoint}});
  }
  if (args.flags.json != "-")
    std::printf("%s: %lld pictures, %lld texts, %lld numbers each\n", args.out.c_str(),
                static_cast<long long>(tables.images), static_cast<long long>(tables.texts),
                static_cast<long long>(width));
}

void run(EmbedArgs& args) {
  auto& flags = args.flags;
  const auto items = begin_predict(flags, {.pictures = 0, .needs_text = false});
  check_out(args, items);
  flags.load.itm = flags.load.mlm = false;
  auto loaded = load_quietly(flags, [&] { return load_model(flags.load); });
  const auto& data = loaded.settings.data;
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, longest_text(loaded.settings)};
  Tables tables;
  const auto answer = [&](const PredictChunk& chunk, int64_t batch) {
    const MatchOptions options = {
        .itm = false, .batch_size = batch, .loader_threads = data.loader_threads, .compute = loaded.compute};
    std::vector<std::string> paths;
    std::vector<std::vector<int64_t>> ids;
    std::vector<OrderedJson> answers;
    for (const uint64_t n : chunk.usable) {
      OrderedJson rows = OrderedJson::object();
      if (!items[n].images.empty()) {
        rows["image_row"] = tables.images + std::ssize(paths);
        paths.push_back(items[n].images[0]);
      }
      if (!items[n].text.empty()) {
        rows["text_row"] = tables.texts + std::ssize(ids);
        ids.push_back(encoder.encode(items[n].text));
      }
      answers.push_back(rows);
    }
    auto image = paths.empty() ? torch::Tensor()
                               : image_features(loaded.encoders, paths, *chunk.pictures, options, loaded.device);
    auto text = ids.empty() ? torch::Tensor()
                            : encode_texts(loaded.encoders, ids, batch, loaded.compute, loaded.device).features.cpu();
    if (image.defined()) tables.image.push_back(image);  // both or none, should memory run out
    if (text.defined()) tables.text.push_back(text);
    tables.images += std::ssize(paths);
    tables.texts += std::ssize(ids);
    return answers;
  };
  const auto write_tables = [&] { write(args, tables, items, loaded.encoders.vision_proj->options.out_features()); };
  predict(flags, items, data, loaded.encoders.vision->options().image_res, answer,
          {.header = {}, .rows = [](const OrderedJson&) { return std::vector<std::vector<std::string>>(); }},
          write_tables);
}

}  // namespace

void add_predict_embed(CLI::App& group) {
  auto args = std::make_shared<EmbedArgs>();
  auto* command =
      group.add_subcommand("embed", "Features of pictures and texts, for a search or a classifier of your own");
  add_predict_flags(*command, args->flags, "texts");
  command
      ->add_option("--out", args->out,
                   "FILE.npy: [N, E] float32; FILE.safetensors: \"image\" [N, E] and \"text\" [M, E]. Rows have length "
                   "1, so a product of two is their cosine")
      ->required();
  command->footer(
      "Examples:\n  albef predict embed --checkpoint output/run --image pictures --out pictures.npy --json rows.jsonl\n"
      "  albef predict embed --checkpoint output/run --image pictures --text 'a dog' 'a cat' --out all.safetensors\n"
      "  --json says which row is whose: {\"image\": \"pictures/dog.jpg\", \"image_row\": 0}");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
