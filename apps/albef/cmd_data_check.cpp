// albef data check: what lists of pictures with captions hold, and what is wrong with it.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/data/data_check.h"
#include "albef/tasks/common/data_settings.h"
#include "albef/tasks/report/data_page.h"
#include "apps/albef/arguments.h"
#include "apps/albef/data_check_output.h"
#include "apps/albef/data_commands.h"
#include "apps/albef/list_flags.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct CheckArgs {
  ListFlags lists;
  std::vector<std::string> test;
  std::string config, vocab, json, html;
  DataCheckOptions options;
  int64_t threads = 0, sample = 0;
  bool no_pictures = false, strict = false, quiet = false;
};

/// The data of a run's settings, of which all other keys are passed over.
void take_config(const CheckArgs& args, DataCheckOptions& options) {
  ConfigReader reader(read_yaml(args.config), args.config);
  DataSettings data;
  data_fields(reader, data);
  pair_fields(reader, data);
  for (const auto& file : data.train_file) options.sources.push_back({.source = file});
  options.sources.insert(options.sources.end(), data.train_data.begin(), data.train_data.end());
  if (options.sources.empty()) fail(args.config, ": no train_file and no train_data, expected what is to be checked");
  if (args.test.empty()) options.test = args.lists.lists(data.val_file);
  options.image_root = data.image_root;
  options.decode.honour_exif = data.honour_exif;
  options.max_words = data.max_words;
  if (data.max_tokens > 0) options.max_tokens = data.max_tokens;
}

void run(CheckArgs& args) {
  if (args.lists.sources.empty() == args.config.empty())
    fail("expected SOURCEs, or --config with the settings of a run that name them");
  if (args.html == "-") fail("--html -: expected a file for the page");
  std::vector<std::filesystem::path> inputs(args.lists.sources.begin(), args.lists.sources.end());
  inputs.insert(inputs.end(), args.test.begin(), args.test.end());
  inputs.insert(inputs.end(), {args.config, args.vocab});
  check_output(args.json, inputs);
  check_output(args.html, inputs);
  check_two_outputs(args.json, args.html, "--json and --html");
  set_quiet(args.quiet);
  DataCheckOptions& options = args.options;
  options.sources = args.lists.lists();
  options.test = args.lists.lists(args.test);
  if (!args.config.empty()) take_config(args, options);
  if (!args.vocab.empty()) options.vocabulary = Vocabulary::load(args.vocab);
  options.pictures = !args.no_pictures;
  options.sample = static_cast<uint64_t>(args.sample);
  options.threads =
      static_cast<int>(args.threads > 0 ? args.threads : std::max(1U, std::thread::hardware_concurrency()));
  const DataCheck check = check_data(options);
  if (!args.html.empty()) write_atomically(args.html, data_page(check));
  write_json(args.json, data_check_json(check));
  if (args.json != "-") std::fputs(data_check_text(check).c_str(), stdout);
  flush_standard_output();
  exit_with(args.strict && !warnings(check).empty() ? 1 : 0);
}

constexpr const char* kFooter =
    "Examples:\n"
    "  albef data check dataset_coco.json#train --image-root coco --test dataset_coco.json#test --html check.html\n"
    "  albef data check 'cc3m/{00000..00331}.tar' --vocab bert-base-uncased --sample 20000 --json check.json\n"
    "  albef data check --config configs/pretrain.yaml --strict\n\n"
    "Ends with 0 whatever it finds; with --strict it ends with 1 if there is a warning. With 2 it ends where none of "
    "the\n"
    "sources can be read. Flags that say how a list is read are for all SOURCEs and --test; --config has its own.";

}  // namespace

void add_data_check(CLI::App& data) {
  auto args = std::make_shared<CheckArgs>();
  auto* command = data.add_subcommand("check", "Count what lists hold; find broken, missing and repeated pictures");
  add_list_flags(*command, args->lists);
  command->get_option("SOURCE")->required(false);  // --config may stand for them
  command->add_option("--config", args->config,
                      "settings of a run: its train_file and train_data, and val_file as test");
  add_values(*command, "--test", args->test, "held-out lists: what of them is in the others too");
  command->add_option("--vocab", args->vocab, "vocab.txt or its folder: counts tokens, and words that it lacks");
  command->add_option("--max-words", args->options.max_words, "words of a caption that training reads")
      ->capture_default_str()
      ->check(whole_number(1, 1000000));
  command->add_option("--max-tokens", args->options.max_tokens, "tokens that it keeps, with [CLS]")
      ->capture_default_str()
      ->check(whole_number(1, 1000000));
  command->add_flag("--no-pictures", args->no_pictures, "read the lists alone");
  command->add_option("--sample", args->sample, "look at so many pictures, evenly spread; 0: at all")
      ->capture_default_str()
      ->check(whole_number(0));
  command->add_option("--threads", args->threads, "threads that decode; 0: one a core")
      ->capture_default_str()
      ->check(whole_number(0, kMostThreads));
  command->add_option("--bad-samples", args->options.bad_samples,
                      "name each sample that cannot be used in this file, a JSON object a line");
  command->add_option("--json", args->json, "write all figures to this file; - for standard output");
  command->add_option("--html", args->html, "write a page with pictures and histograms");
  command->add_flag("--strict", args->strict, "end with 1 if there is a warning");
  command->add_flag("--quiet", args->quiet, "no progress on the terminal");
  command->footer(kFooter);
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
