// albef vocab train: a WordPiece vocabulary from the user's own captions.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/base/utf8.h"
#include "albef/data/records.h"
#include "albef/text/clean.h"
#include "albef/text/tokenizer.h"
#include "albef/text/vocab_train.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace fs = std::filesystem;

namespace albef::cli {
namespace {

struct VocabArgs {
  std::vector<std::string> files;
  fs::path out;
  VocabTrainOptions options;
  std::string json;
};

using Captions = std::vector<std::string>;

void append_record(const Json& value, const std::string& place, Captions& captions) {
  const auto found = value.find("caption");
  if (found == value.end()) fail(place, " has no \"caption\"; expected a string or a list of strings");
  const Json list = found->is_array() ? *found : Json::array({*found});
  for (const Json& caption : list) {
    if (!caption.is_string()) fail(place, ": a caption is ", json_kind(caption), ", expected a string");
    captions.push_back(caption.get<std::string>());
  }
}

void append_lines(const fs::path& path, Captions& captions) {
  std::istringstream lines(read_file(path));
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (utf8_error(line) != std::string_view::npos)
      fail(path.string(), ":", number, ": is not UTF-8; convert the file");
    captions.push_back(std::move(line));
  }
}

Captions read_captions(const std::vector<std::string>& files) {
  Captions captions;
  for (const fs::path path : files) {
    if (path.extension() == ".txt") {
      append_lines(path, captions);
    } else if (path.extension() == ".json") {
      read_records(path, [&](const Record& record) {
        const auto place = record_name(path, record.number);
        if (record.oversize) fail(place, " is longer than ", kMaxRecordBytes, " bytes");
        append_record(record.value, place, captions);
      });
    } else {
      fail(path.string(), ": expected a .json list of records with \"caption\" or a .txt with a caption a line");
    }
  }
  return captions;
}

/// Error if another vocabulary is in the folder: what was trained with that one would no longer be readable.
void save(const Vocabulary& vocabulary, const fs::path& folder) {
  std::error_code ignored;
  const bool taken = fs::exists(folder / "vocab.txt", ignored);
  if (taken && Vocabulary::load(folder) != vocabulary) {
    fail(folder.string(), ": holds another vocabulary, which is kept; name another folder with --out");
  }
  vocabulary.save(folder);
}

/// How well the vocabulary writes the captions it was made from.
OrderedJson summary(const VocabArgs& args, const Vocabulary& vocabulary, const VocabTrainer& trainer,
                    const Captions& captions) {
  const Tokenizer tokenizer(vocabulary);
  int64_t tokens = 0, unknown = 0;
  for (const auto& caption : captions) {
    const auto ids = tokenizer.encode(caption);
    tokens += static_cast<int64_t>(ids.size()) - 1;  // without [CLS]
    unknown += std::count(ids.begin(), ids.end(), vocabulary.unk());
  }
  const auto share = [](int64_t part, int64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); };
  return {{"folder", args.out.string()},
          {"size", vocabulary.size()},
          {"lower_case", vocabulary.options().lower_case},
          {"strip_accents", vocabulary.options().strip_accents},
          {"captions", captions.size()},
          {"words", trainer.words()},
          {"distinct_words", trainer.distinct_words()},
          {"tokens_per_word", share(tokens, trainer.words())},
          {"unknown_share", share(unknown, trainer.words())}};
}

// Captions are cleaned first: the vocabulary is to fit what the model will see.
void run(const VocabArgs& args) {
  check_output(args.json, {args.files.begin(), args.files.end()});
  make_writable_folder(args.out);
  VocabTrainer trainer(args.options);
  auto captions = read_captions(args.files);
  for (auto& caption : captions) {
    caption = pre_caption(caption, std::numeric_limits<size_t>::max(), args.options.words.lower_case);
    trainer.add(caption);
  }
  const auto vocabulary = trainer.train();
  save(vocabulary, args.out);
  const OrderedJson result = summary(args, vocabulary, trainer, captions);
  write_json(args.json, result);
  if (args.json == "-") return;
  std::printf("%s: %lld tokens from %zu captions; %.2f tokens a word, %.3f %% of the words unknown\n", args.out.c_str(),
              static_cast<long long>(vocabulary.size()), captions.size(), result["tokens_per_word"].get<double>(),
              100 * result["unknown_share"].get<double>());
}

void add_train(CLI::App& vocab) {
  auto args = std::make_shared<VocabArgs>();
  auto* command =
      vocab.add_subcommand("train", "Make a WordPiece vocabulary from captions; the same ones give the same");
  VocabTrainOptions& o = args->options;
  const CLI::CheckedTransformer yes_or_no(std::map<std::string, bool>{{"yes", true}, {"no", false}});
  command
      ->add_option("files", args->files,
                   "annotation lists (.json, \"caption\" a string or a list) or .txt, a caption a line")
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
  add_train(*vocab);
}

}  // namespace albef::cli
