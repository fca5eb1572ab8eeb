// albef data: making, packing and checking data sets.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "albef/base/json.h"
#include "albef/base/log.h"
#include "albef/synth/synth.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/data_commands.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct SynthArgs {
  std::filesystem::path folder;
  synth::Options options;
  std::string objects = "2..4", json;
  bool quiet = false;
};

void run(const SynthArgs& args) {
  set_quiet(args.quiet);
  check_output(args.json);
  synth::Options options = args.options;
  synth::set_objects(options.scenes, args.objects);
  const synth::Summary made = synth::write(args.folder, options);
  const OrderedJson json = {{"folder", args.folder.string()},
                            {"already_there", made.already_there},
                            {"scenes", made.scenes},
                            {"captions", made.captions},
                            {"wrong", made.wrong},
                            {"vague", made.vague},
                            {"seconds", made.seconds}};
  write_json(args.json, json);
  if (args.json != "-") {
    std::printf("%s: %lld scenes, %lld captions (%lld wrong, %lld vague), %s\n", args.folder.c_str(),
                static_cast<long long>(made.scenes), static_cast<long long>(made.captions),
                static_cast<long long>(made.wrong), static_cast<long long>(made.vague),
                made.already_there ? "already there" : str("made in ", made.seconds, " s").c_str());
  }
}

void add_synth(CLI::App& data) {
  auto args = std::make_shared<SynthArgs>();
  auto* command =
      data.add_subcommand("synth", "Draw scenes with captions, boxes, questions and statements, from a seed");
  synth::Options& o = args->options;
  command->add_option("--out", args->folder, "folder to fill: new, empty, or holding this very set")->required();
  command->add_option("--train", o.train, "scenes to train on")->capture_default_str()->check(whole_number(0, 999999));
  command->add_option("--val", o.val, "scenes to validate on")->capture_default_str()->check(whole_number(0, 999999));
  command->add_option("--test", o.test, "scenes to test on; none of them, nor of val, is in train")
      ->capture_default_str()
      ->check(whole_number(0, 999999));
  command->add_option("--size", o.size, "side of the pictures in pixels, 32 to 1024")
      ->capture_default_str()
      ->check(whole_number(32, 1024));
  command->add_option("--captions", o.captions, "captions a scene, 1 to 20")
      ->capture_default_str()
      ->check(whole_number(1, 20));
  command->add_option("--wrong", o.wrong, "share of the training captions that are false; noise.json lists them")
      ->capture_default_str()
      ->check(number(0, 1));
  command->add_option("--vague", o.vague, "share of the training captions that tell little; noise.json lists them")
      ->capture_default_str()
      ->check(number(0, 1));
  command->add_option("--objects", args->objects, "objects a scene, MIN..MAX within 1..4, or one number")
      ->capture_default_str();
  command
      ->add_option("--patterns", o.scenes.patterns, "background patterns used, 1 to 8; 1 for plain backgrounds alone")
      ->capture_default_str()
      ->check(whole_number(1, 8));
  command->add_option("--seed", o.seed, "what everything is drawn from")->capture_default_str()->check(whole_number(0));
  command->add_option("--threads", o.threads, "threads that draw; 0 for one a core")
      ->capture_default_str()
      ->check(whole_number(0, kMostThreads));
  command->add_option("--json", args->json, "write a summary as JSON to this file, - for standard output");
  command->add_flag("--quiet", args->quiet, "no progress bar");
  command->footer(
      "Example:\n  albef data synth --out scenes --train 4000 --val 200 --test 1000 --seed 7\n\n"
      "Makes images/{train,val,test}, {train,val,test}.json with captions, the same for grounding_, vqa_, ve_ and "
      "nlvr_,\n"
      "refs.json and dets.json (boxes), vqa_answer_list.json, noise.json, scenes.jsonl (what is in each picture).\n\n"
      "Each sentence of ve_ and nlvr_ stands equally often with each label, so its words alone tell nothing; the "
      "answers\n"
      "of vqa_ are balanced within each question_type. Few scenes may be too few to find a sentence's pictures: it is\n"
      "left out. Easy scenes for a first try: --objects 1..2 --patterns 1.");
  command->callback([args] { run(*args); });
}

}  // namespace

void add_data(CLI::App& app) {
  auto* data = app.add_subcommand("data", "Make, pack and check data sets");
  data->require_subcommand(1);
  add_synth(*data);
  add_data_check(*data);
  add_data_list(*data);
}

}  // namespace albef::cli
