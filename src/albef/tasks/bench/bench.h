// Speed of the parts, on synthetic input: no data, vocabulary or weights are opened.
#pragma once
#include "albef/base/json.h"
#include "albef/tasks/bench/measure.h"
#include "albef/tasks/common/settings.h"
#include "albef/train/task.h"

namespace albef {

/// Each returns one object with a rate, ms_p50, ms_p90, precision, threads, device, and where it computes with a model
/// gflop_per_pair (or _per_image) needed, gemm_share (of the rate of a large matrix product measured in the same run)
/// and peak_memory_bytes.
/// A training step of any task whose batch has the settings' size and needs so many operations a pair.
OrderedJson bench_step(Task& task, double flop_per_pair, const CommonSettings& settings, const Machine& machine,
                       int64_t steps);
OrderedJson bench_rerank(const CommonSettings& settings, int64_t texts, int64_t tokens, int64_t repeats);
OrderedJson bench_encode(const CommonSettings& settings, int64_t repeats);

struct AnswerBenchOptions {
  int64_t answers = 3128, questions = 16, k = 128, question_tokens = 12;
};

/// Ranking a made-up list of answers (tasks/vqa/rank.h) by a decoder of random weights, beside the plain way: each
/// question with each of its k candidates through the decoder, padded to the longest. Best times of `repeats` in turns,
/// and how far the two differ.
OrderedJson bench_answers(const CommonSettings& settings, const AnswerBenchOptions& options, int64_t repeats);

struct LoaderBenchOptions {
  std::string source;                      ///< a list of pictures and captions; empty: synthetic ones
  std::vector<int64_t> size = {640, 480};  ///< width and height of the synthetic pictures, JPEGs
  bool reduced_decode = true;              ///< AugmentOptions::reduced_decode
};

/// Batches of pictures decoded, augmented and tokenised as the settings say. The vocabulary is made from the captions.
OrderedJson bench_loader(CommonSettings settings, const LoaderBenchOptions& options, int64_t batches);
/// Cleaning and tokenising of made-up captions, one thread.
OrderedJson bench_tokenize(int64_t repeats);

}  // namespace albef
