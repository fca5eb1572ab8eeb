// What all training tasks have in common whose batches come from a stream of samples: all that the trainer asks beside
// the model, a step's losses and the scores on held-out data.
#pragma once
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "albef/data/picture_store.h"
#include "albef/model/compute.h"
#include "albef/tasks/common/run.h"
#include "albef/tasks/common/step_keys.h"
#include "albef/tasks/common/training_stream.h"
#include "albef/text/tokenizer.h"

namespace albef {

/// Rank 0 lists what cannot be used; the others count it.
std::filesystem::path bad_samples_file(const RunOptions& run, const Communicator& ranks);

/// Of the given data, for Task::data(): {"records": 60, ..., "fingerprint": "00ab..."}.
OrderedJson data_mark(OrderedJson counts, uint64_t fingerprint);

template <class Sample, class Batch>
class StreamTask : public Task {
 public:
  int64_t steps_per_epoch() const override { return stream_->steps_per_epoch(); }
  void start(const RunPosition& position, const OrderedJson& counters) override { stream_->start(position, counters); }
  StepResult step(const RunPosition& position) override {
    const auto loaded = stream_->next();
    StepResult result = loaded.size > 0 ? forward(loaded.batch, position) : without_samples();
    result.pairs = loaded.all;
    result.share = static_cast<double>(loaded.size) / static_cast<double>(loaded.all);
    result.data_wait = loaded.wait_seconds;
    return result;
  }
  void after_update() override { stream_->taken(); }
  int64_t batch_size() const override {
    return std::min(settings_.data.batch_size, static_cast<int64_t>(source_->size()));
  }
  torch::Tensor attempt(int64_t samples, const RunPosition& position) override {
    stream_->stop();
    return forward(some_batch(samples, static_cast<uint64_t>(position.epoch)), position).loss;
  }
  OrderedJson data() override { return data_; }
  OrderedJson counters() override { return stream_->counters(); }
  std::map<std::string, torch::Tensor> weights() override { return model_weights(module()); }
  std::map<std::string, std::string> files() override { return vocabulary_files_; }

 protected:
  using Source = DataSource<Sample, Batch>;

  /// A derived class's constructor calls train_on().
  StreamTask(const CommonSettings& settings, Tokenizer tokenizer, const Run& run, Communicator& ranks,
             std::shared_ptr<PictureStore> store = std::make_shared<PictureStore>())
      : settings_(settings),
        ranks_(ranks),
        device_(run.device),
        compute_(run.compute()),
        tokenizer_(std::move(tokenizer)),
        store_(std::move(store)),
        pictures_(picture_options(settings.data), store_),
        bad_(bad_samples_file(settings.run, ranks)),
        vocabulary_files_(vocabulary_files(settings)) {}

  /// `mark`: data_mark() of train_file. The source may refer to tokenizer_ and pictures_.
  void train_on(std::unique_ptr<Source> source, OrderedJson mark) {
    source_ = std::move(source);
    data_["train_file"] = std::move(mark);
    stream_.emplace(*source_, bad_, settings_, ranks_);
    store_->hold(stream_->shards_held());
  }

  virtual StepResult forward(const Batch& batch, const RunPosition& position) = 0;  ///< loss and values
  virtual StepResult without_samples() { return {}; }  ///< of a rank whose share of a short batch is empty

  StepKeys keys(const RunPosition& position) const {
    return {.seed = static_cast<uint64_t>(settings_.run.seed),
            .epoch = static_cast<uint64_t>(position.epoch),
            .step = static_cast<uint64_t>(position.step),
            .rank = static_cast<uint64_t>(ranks_.rank())};
  }

  CommonSettings settings_;
  Communicator& ranks_;
  torch::Device device_;
  ComputeOptions compute_;
  Tokenizer tokenizer_;
  std::shared_ptr<PictureStore> store_;  ///< what pictures_ reads from
  Pictures pictures_;
  BadSamples bad_;
  OrderedJson data_ = OrderedJson::object();

 private:
  // Of the first samples that can be read.
  Batch some_batch(int64_t size, uint64_t epoch) const {
    std::vector<Sample> samples;
    for (uint64_t number = 0; std::ssize(samples) < size && number < source_->size(); ++number) {
      try {
        samples.push_back(source_->read(number, epoch));
      } catch (const UnusableSample&) {  // another one does
      }
    }
    return source_->collate(std::move(samples));
  }

  std::map<std::string, std::string> vocabulary_files_;
  std::unique_ptr<Source> source_;
  std::optional<TrainingStream<Sample, Batch>> stream_;  // last: its threads use the members above
};

}  // namespace albef
