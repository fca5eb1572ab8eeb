#include "apps/albef/eval_flags.h"

#include <cstdio>

#include "albef/base/error.h"
#include "albef/data/formats.h"
#include "albef/data/patterns.h"
#include "albef/data/published.h"
#include "albef/data/record_fields.h"
#include "albef/data/splits.h"
#include "albef/tasks/common/data_options.h"
#include "apps/albef/arguments.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

void print(const OrderedJson& estimates, const char* format) {
  for (const auto& [metric, e] : estimates.items()) {
    std::printf(format, printable(metric).c_str(), e.at("mean").get<double>(), e.at("low").get<double>(),
                e.at("high").get<double>());
  }
}

}  // namespace

PictureOptions EvalFlags::pictures(const DataSettings& settings) const {
  auto options = picture_options(settings);
  options.blank = blank;
  return options;
}

void add_eval_flags(CLI::App& command, EvalFlags& flags, const char* batch_help) {
  add_model_flags(command, flags);
  command
      .add_option("--data", flags.data,
                  "the task's lists: the authors' JSON, or publishers' files (FILE#SPLIT where it has splits)")
      ->required();
  command.add_option("--image-root", flags.image_root, "folder that the pictures are relative to; default: the run's");
  command.add_option("--batch-size", flags.batch, batch_help)->capture_default_str()->check(whole_number(1, 1 << 30));
  command.add_flag("--blank", flags.blank, "show the model gray pictures: how far it gets without them");
  command.add_option("--samples", flags.samples,
                     "write what was found for each sample to this file, a JSON object a line");
  command.add_option("--against", flags.against,
                     "such a file of another model on the same list: the difference, with its 95 % interval");
  add_protocol_flags(command, flags.protocol);
  command.add_option("--json", flags.json, "write the result to this file; - for standard output");
}

std::vector<std::string> files_read(const EvalFlags& flags) {
  std::vector<std::string> files;
  for (const auto& list : flags.data) {
    const auto path = parse_list_name(list).path;
    if (path.starts_with(kPipe)) {
      if (flags.protocol.protocol)
        fail(list, ": a command's output has no checksum, which --protocol tells; use files");
      continue;
    }
    for (auto& file : expand_pattern(path)) files.push_back(std::move(file));
    if (std::filesystem::is_regular_file(path) && !has_format_of_its_own(path) && is_referring(list))
      files.push_back(boxes_beside(list));
  }
  for (const auto& file : flags.also_read) {
    if (!file.empty()) files.push_back(file);
  }
  return files;
}

void begin_eval(EvalFlags& flags, const std::string& task) {
  begin_protocol(flags.protocol, task, flags.data);
  const auto read = files_read(flags);
  std::vector<std::filesystem::path> inputs(read.begin(), read.end());
  inputs.insert(inputs.end(), {flags.load.checkpoint, flags.load.config, flags.load.vocab, flags.against});
  check_output(flags.json, inputs);
  check_output(flags.samples, inputs);
  if (flags.samples == "-") fail("--samples -: expected a file; the result alone can go to standard output");
  check_two_outputs(flags.json, flags.samples, "--json and by --samples");
  begin_model(flags);
}

void check_facts(EvalFlags& flags, const CommonSettings& settings, Facts facts) {
  if (!flags.protocol.protocol) return;
  facts.merge(checkpoint_facts(flags.load.checkpoint));
  std::vector<std::string> splits;
  for (const auto& list : flags.data) {
    const auto named = parse_list_name(list).splits;
    splits.insert(splits.end(), named.begin(), named.end());
  }
  std::ranges::sort(splits);
  splits.erase(std::unique(splits.begin(), splits.end()), splits.end());
  if (!splits.empty()) facts["splits"] = joined(splits);
  facts["image_res"] = std::to_string(settings.model.image_res);
  facts["max_words"] = std::to_string(settings.data.max_words);
  facts["max_tokens_test"] = std::to_string(settings.data.max_tokens_test);
  facts["shrink"] = std::to_string(settings.data.shrink);
  facts["honour_exif"] = settings.data.honour_exif ? "true" : "false";
  facts["--weights"] = flags.weights;
  facts["--blank"] = flags.blank ? "yes" : "no";
  finish_check(flags.protocol, facts);
}

SampleLines read_against(const EvalFlags& flags, const std::vector<std::string>& samples) {
  if (flags.against.empty()) return {};
  auto lines = read_sample_lines(flags.against);
  check_same_samples(lines, samples, flags.against);
  return lines;
}

OrderedJson finish_eval(const EvalFlags& flags, const ComputeOptions& compute, const std::string& image_root,
                        const SampleLines& lines, const SampleLines& against) {
  OrderedJson result = {{"checkpoint", flags.load.checkpoint},
                        {"data", flags.data},
                        {"weights", flags.weights},
                        {"blank", flags.blank},
                        {"precision", compute.bf16 ? "bf16" : "float32"},
                        {"estimates", estimates_json(estimates(lines))}};
  if (flags.protocol.protocol) {
    result["protocol"] = protocol_json(flags.protocol);
    result["checkpoint_sha256"] = sha256_of_checkpoint(flags.load.checkpoint);
    for (const auto& file : files_read(flags)) result["data_sha256"][file] = sha256_of_file(file);
  }
  if (!flags.against.empty()) {
    result["against"] = {{"samples", flags.against},
                         {"differences", estimates_json(differences(lines, against, flags.against))}};
  }
  if (!flags.samples.empty()) {
    write_sample_lines(flags.samples, lines);
    result.update({{"samples", flags.samples}, {"image_root", image_root}});
  }
  return result;
}

void print_estimates(const OrderedJson& result) {
  print(result.at("estimates"), "%-30s %7.2f  (95 %%: %.2f to %.2f)\n");
  print_differences(result);
}

void print_signed(const OrderedJson& differences) {
  print(differences, "%-30s %+7.2f  (95 %%: %+.2f to %+.2f)\n");
}

void print_differences(const OrderedJson& result) {
  if (!result.contains("against")) return;
  std::printf("less %s:\n", result["against"].at("samples").get<std::string>().c_str());
  print_signed(result["against"].at("differences"));
}

}  // namespace albef::cli
