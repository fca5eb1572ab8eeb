// What the evaluations of all tasks have in common: their flags, and how they say what they found.
#pragma once
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/data/question_list.h"
#include "albef/tasks/common/sample_scores.h"
#include "albef/train/memory.h"
#include "apps/albef/follow_protocol.h"
#include "apps/albef/model_flags.h"

namespace albef::cli {

struct EvalFlags : ModelFlags {
  std::vector<std::string> data;
  std::string image_root, json, samples, against;
  std::vector<std::string> also_read;  ///< files that a task's own flags name; set before begin_eval()
  int64_t batch = 32;
  bool blank = false;
  FollowedProtocol protocol;

  PictureOptions pictures(const DataSettings& settings) const;
};

/// `batch_help`: of what --batch-size counts.
void add_eval_flags(CLI::App& command, EvalFlags& flags, const char* batch_help);

/// Checks what would be written, sets what a protocol of `task` asks for, and sets up log, threads and signals. Before
/// long work.
void begin_eval(EvalFlags& flags, const std::string& task);
/// The same, once all is read: an Error that names all that is not as the protocol has it, unless --deviate allows it.
/// `facts`: what the task's evaluation does (tasks/common/protocol.h); what the flags and the checkpoint tell is added.
void check_facts(EvalFlags& flags, const CommonSettings& settings, Facts facts);

/// The lists, what is read beside them, and also_read.
std::vector<std::string> files_read(const EvalFlags& flags);

/// What --against names, none without it. Error unless it is of these samples. Before long work.
SampleLines read_against(const EvalFlags& flags, const std::vector<std::string>& samples);

/// What goes into the result of any task: checkpoint, weights, precision, the estimates of `lines`, and their
/// differences to `against` where --against is given; with --protocol that, and what was read by its SHA-256. Writes
/// --samples, and says then where they are and the folder `image_root` that the pictures lie below, for `albef report`.
OrderedJson finish_eval(const EvalFlags& flags, const ComputeOptions& compute, const std::string& image_root,
                        const SampleLines& lines, const SampleLines& against);

inline const std::string& example_text(const LabelledExample& example) {
  return example.sentence;
}
inline const std::string& example_text(const QuestionExample& example) {
  return example.question;
}

/// What an evaluation of a list's `examples` can be tried with where memory runs out: `evaluate` is given the longest
/// of them, and how many at once.
template <class List, class Evaluate>
BatchProbe probe_of(const EvalFlags& flags, const List& list, const Evaluate& evaluate) {
  const auto attempt = [&list, evaluate](int64_t size) {
    List longest = list;
    const auto bytes = [](const auto& example) { return example_text(example).size(); };
    std::ranges::stable_sort(longest.examples, std::ranges::greater(), bytes);
    longest.examples.resize(static_cast<size_t>(size));
    evaluate(longest, size);
  };
  return {.batch = std::min(flags.batch, std::ssize(list.examples)), .attempt = attempt};
}

/// For people, a line a metric: "accuracy  61.25  (95 %: 59.10 to 63.30)", then print_differences().
void print_estimates(const OrderedJson& result);
/// The same of differences, with their signs: how results hold them (estimates_json).
void print_signed(const OrderedJson& differences);
/// The same of the differences to --against, if it was given.
void print_differences(const OrderedJson& result);

}  // namespace albef::cli
