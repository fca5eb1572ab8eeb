// Speed of the parts, on synthetic input: no data, vocabulary or weights are opened.
#pragma once
#include <string>

#include "albef/base/json.h"
#include "albef/tasks/pretrain/settings.h"

namespace albef {

/// Each returns one object with a rate, ms_p50, ms_p90, precision, threads, device, and where it computes with a model
/// gflop_per_pair (or _per_image) needed, gemm_share (of the rate of a large matrix product measured in the same run)
/// and peak_memory_bytes.
OrderedJson bench_step(const PretrainSettings& settings, int64_t steps);
OrderedJson bench_rerank(const PretrainSettings& settings, int64_t texts, int64_t tokens, int64_t repeats);
OrderedJson bench_encode(const PretrainSettings& settings, int64_t repeats);

/// Batches of synthetic JPEGs of 385x256 in a temporary folder, decoded, augmented and tokenised as the settings say.
OrderedJson bench_loader(PretrainSettings settings, int64_t batches);
/// Cleaning and tokenising of made-up captions, one thread.
OrderedJson bench_tokenize(int64_t repeats);

}  // namespace albef
