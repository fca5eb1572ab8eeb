// albef vocab train: a WordPiece vocabulary from the user's own captions.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/data/captions.h"
#include "albef/data/splits.h"
#include "albef/text/caption_vocabulary.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace fs = std::filesystem;

namespace albef::cli {
namespace {

struct VocabArgs {
  std::vector<fs::path> files;
  fs::path out;
  VocabTrainOptions options;
  std::string json;
};

OrderedJson summary(const VocabArgs& args, const CaptionVocabulary& made) {
  const auto& words = made.vocabulary.options();
  return {{"folder", args.out.string()},
          {"size", made.vocabulary.size()},
          {"lower_case", words.lower_case},
          {"strip_accents", words.strip_accents},
          {"captions", made.captions},
          {"words", made.words},
          {"distinct_words", made.distinct_words},
          {"tokens_per_word", made.tokens_per_word},
          {"unknown_share", made.unknown_share}};
}

void run(const VocabArgs& args) {
  std::vector<fs::path> inputs;
  for (const auto& list : args.files) inputs.emplace_back(parse_list_name(list.string()).path);
  check_output(args.json, inputs);
  make_writable_folder(args.out);
  const auto made = make_caption_vocabulary(read_captions(args.files), args.options);
  save_beside_no_other(made.vocabulary, args.out);
  write_json(args.json, summary(args, made));
  if (args.json == "-") return;
  std::printf("%s: %lld tokens from %lld captions; %.2f tokens a word, %.3f %% of the words unknown\n",
              args.out.c_str(), static_cast<long long>(made.vocabulary.size()), static_cast<long long>(made.captions),
              made.tokens_per_word, 100 * made.unknown_share);
}

void add_vocab_train(CLI::App& vocab) {
  auto args = std::make_shared<VocabArgs>();
  auto* command =
      vocab.add_subcommand("train", "Make a WordPiece vocabulary from captions; the same ones give the same");
  VocabTrainOptions& o = args->options;
  const CLI::CheckedTransformer yes_or_no(std::map<std::string, bool>{{"yes", true}, {"no", false}});
  command
      ->add_option("files", args->files,
                   "lists of any task, the authors' or publishers' (FILE#SPLIT where it has splits), folders, tables, "
                   "shards, or "
                   ".txt, a caption a line")
      ->required();
  command->add_option("--out", args->out, "folder for vocab.txt and tokenizer_config.json")->required();
  command->add_option("--size", o.size, "tokens, special ones included; fewer if the captions hold no more")
      ->capture_default_str()
      ->check(whole_number(kMinVocabSize, kMaxVocabSize));
  command->add_option("--lower-case", o.words.lower_case, "write all words in lower case")
      ->transform(yes_or_no)
      ->option_text("yes|no [yes]");
  command
      ->add_option("--strip-accents", o.words.strip_accents,
                   "drop all marks on letters; no for Hindi, Thai and others that need them")
      ->transform(yes_or_no)
      ->option_text("yes|no [yes]");
  command->add_option("--min-frequency", o.min_frequency, "characters and pieces seen less often are left out")
      ->capture_default_str()
      ->check(whole_number(1));
  command->add_option("--json", args->json, "write a summary as JSON to this file, - for standard output");
  command->footer(
      "Example:\n  albef vocab train --size 6000 --out vocab captions_train.json\n\n"
      "Both options of writing are kept in tokenizer_config.json and obeyed wherever the vocabulary is used.");
  command->callback([args] { run(*args); });
}

}  // namespace

void add_vocab(CLI::App& app) {
  auto* vocab = app.add_subcommand("vocab", "Make vocabularies");
  vocab->require_subcommand(1);
  add_vocab_train(*vocab);
}

}  // namespace albef::cli
