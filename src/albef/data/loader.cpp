#include "albef/data/loader.h"

#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/data/records.h"
#include "albef/text/clean.h"
#include "albef/text/words.h"

namespace albef {
namespace {

constexpr uint64_t kMaxSubstitutes = 100;  // tried for one place before the data are given up
constexpr uint64_t kWindow = 1 << 16;      // samples that are judged together, so that late damage shows too

// Whether more are unusable than a true share of `limit` would make by chance: its probability is below
// exp(-tried * KL(share || limit)) (Chernoff), which must be under exp(-25), 1e-11.
bool too_many(const BadWindow& window, double limit) {
  const auto tried = static_cast<double>(window.tried);
  const double share = static_cast<double>(window.unusable) / std::max(tried, 1.0);
  if (share <= limit) return false;
  if (limit == 0) return true;
  const double divergence =
      share * std::log(share / limit) + (share < 1 ? (1 - share) * std::log((1 - share) / (1 - limit)) : 0);
  return tried * divergence > 25;
}

struct BadCaption : Error {
  using Error::Error;
};

const LoaderOptions& checked(const LoaderOptions& options) {
  validate(options.augment);
  if (options.max_tokens < 1 || options.max_words < 1) fail("max_tokens and max_words must be 1 or more");
  if (!(options.max_bad_share >= 0 && options.max_bad_share <= 1)) {
    fail("max_bad_share is ", options.max_bad_share, ", expected 0 to 1");
  }
  return options;
}

}  // namespace

Loader::Loader(const PairList& list, const Tokenizer& tokenizer, Pictures& pictures, BadSamples& bad,
               const LoaderOptions& options, const Position& begin, uint64_t epochs)
    : list_(list),
      tokenizer_(tokenizer),
      pictures_(pictures),
      bad_(bad),
      options_(checked(options)),
      sampler_(list, options.sampler),
      begin_(begin),
      window_(options.window),
      ahead_([this](uint64_t step, const std::stop_token& stop) { return make(step, stop); }, 0,
             sampler_.steps_between(begin, epochs), options.threads, options.prefetch) {}

std::optional<Batch> Loader::next() {
  std::optional<Made> made = ahead_.next();
  if (!made) return std::nullopt;
  account(*made);
  made->batch.wait_seconds = ahead_.waited();
  return std::move(made->batch);
}

// Here and not in the threads, so that lists and errors come at the same batch in every run.
void Loader::account(const Made& made) {
  for (const BadSample& sample : made.bad) bad_.add(sample);
  if (!made.bad.empty()) last_bad_ = made.bad.back();
  window_.unusable += made.bad.size();
  window_.tried += made.bad.size() + static_cast<uint64_t>(made.batch.size);
  if (!made.hopeless && !too_many(window_, options_.max_bad_share)) {
    if (window_.tried >= kWindow) window_ = {};
    return;
  }
  fail(window_.unusable, " of ", window_.tried, " samples could not be used (", bad_.summary(),
       "), the last: ", last_bad_.image, " of ", record_name(last_bad_.file, last_bad_.record), ", ", last_bad_.reason,
       "; check image_root",
       options_.max_bad_share < 1 ? str(", or raise max_bad_share (now ", options_.max_bad_share, ")") : "");
}

Loader::Made Loader::make(uint64_t step, const std::stop_token& stop) const {
  const Slice slice = sampler_.slice(begin_, step);
  Made made;
  Batch& batch = made.batch;
  batch.epoch = slice.epoch;
  batch.next = slice.next;
  batch.resolution = options_.augment.resolution;
  batch.pixels.reserve((slice.end - slice.begin) * 3 * static_cast<uint64_t>(batch.resolution * batch.resolution));
  std::vector<std::vector<int64_t>> texts;
  for (uint64_t index = slice.begin; index < slice.end && !stop.stop_requested(); ++index) {
    std::optional<Sample> one = sample(slice.epoch, index, made.bad);
    made.hopeless = !one;
    if (!one) break;
    batch.pixels.insert(batch.pixels.end(), one->image.pixels.begin(), one->image.pixels.end());
    texts.push_back(std::move(one->ids));
    batch.image_ids.push_back(list_.image_id(one->pair.record));
    batch.samples.push_back(static_cast<int64_t>(one->pair.number));
  }
  TextBatch padded = pad_texts(texts, tokenizer_.vocabulary().pad());
  batch.size = padded.size;
  batch.length = padded.length;
  batch.ids = std::move(padded.ids);
  batch.lengths = std::move(padded.lengths);
  return made;
}

std::optional<Loader::Sample> Loader::sample(uint64_t epoch, uint64_t index, std::vector<BadSample>& bad) const {
  Pair pair = sampler_.at(epoch, index);
  for (uint64_t attempt = 1; attempt <= kMaxSubstitutes; ++attempt) {
    std::string reason;
    try {
      return load(epoch, pair);
    } catch (const PictureError& error) {
      if (!options_.train) throw;
      reason = error.reason();
    } catch (const BadCaption& error) {
      reason = error.what();
    }
    const PairList::Place place = list_.place(pair.record);
    bad.push_back({list_.image(pair.record), reason, place.file, place.number, static_cast<int64_t>(epoch)});
    pair = sampler_.substitute(epoch, index, attempt);
  }
  return std::nullopt;
}

Loader::Sample Loader::load(uint64_t epoch, const Pair& pair) const {
  const WordOptions& words = tokenizer_.vocabulary().options();
  const std::string caption =
      pre_caption(list_.caption(pair.record, pair.caption), static_cast<size_t>(options_.max_words), words.lower_case);
  if (options_.train && !has_words(caption, words)) throw BadCaption("caption empty after cleaning");
  Sample sample{pair, {}, tokenizer_.encode(caption, static_cast<size_t>(options_.max_tokens))};
  const std::string path = list_.image(pair.record);
  if (options_.train) {
    Rng rng(Purpose::kAugment, {options_.sampler.seed, epoch, pair.number});
    sample.image = pictures_.augmented(path, options_.augment, rng);
  } else {
    sample.image = pictures_.whole(path, options_.augment.resolution, options_.augment.interpolation);
  }
  return sample;
}

}  // namespace albef
