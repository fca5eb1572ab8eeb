// The batches of a run's training data, which goes on where a checkpoint left them.
#pragma once
#include <memory>

#include "albef/base/json.h"
#include "albef/data/loader.h"
#include "albef/dist/communicator.h"
#include "albef/tasks/common/data_options.h"
#include "albef/train/task.h"

namespace albef {

template <class Sample, class Batch>
class TrainingStream {
 public:
  /// `source` and `bad` must outlive it.
  TrainingStream(const DataSource<Sample, Batch>& source, BadSamples& bad, const CommonSettings& settings,
                 const Communicator& ranks)
      : source_(source), bad_(bad), options_(loader_options(settings, /*train=*/true)) {
    options_.order.rank = ranks.rank();
    options_.order.world = ranks.world();
    const Mixture mixture(source.parts());
    shards_held_ = mixture.arrange(options_.order);
    steps_per_epoch_ = static_cast<int64_t>(Order(mixture.size(), options_.order).steps_per_epoch());
  }

  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  size_t shards_held() const { return shards_held_; }  ///< that are in use at once: see Mixture

  /// Task::start: `counters` are what counters() gave when the checkpoint was written, or {}.
  void start(const RunPosition& position, const OrderedJson& counters) {
    Position begin = {.epoch = static_cast<uint64_t>(position.epoch)};
    if (position.step_in_epoch > 0) {  // a version that did not keep the index trained in one process
      const auto by_steps = static_cast<uint64_t>(position.step_in_epoch * options_.order.batch_size);
      begin.index = counters.value("epoch_index", by_steps);
    }
    options_.window = {counters.value("samples_tried", uint64_t{0}), counters.value("samples_unusable", uint64_t{0})};
    constexpr uint64_t kForEver = uint64_t{1} << 32;  // epochs: the trainer ends the run
    loader_ = std::make_unique<Loader<Sample, Batch>>(source_, bad_, options_, begin, kForEver);
    taken();
  }

  /// Error where the data are at fault.
  Loaded<Batch> next() {
    auto loaded = loader_->next();
    if (!loaded) fail("the training data ended before the run did");
    return std::move(*loaded);
  }

  /// The step on the batch delivered last was taken; until then a resumed run begins with that batch again.
  void taken() {
    position_ = loader_->position();
    window_ = loader_->window();
  }

  /// Lets go of the batches that were read ahead. No next() any more.
  void stop() { loader_.reset(); }

  OrderedJson counters() const {
    return {{"samples_tried", window_.tried}, {"samples_unusable", window_.unusable}, {"epoch_index", position_.index}};
  }

 private:
  const DataSource<Sample, Batch>& source_;
  BadSamples& bad_;
  LoaderOptions options_;
  int64_t steps_per_epoch_ = 0;
  size_t shards_held_ = 0;
  Position position_;  // behind the last step
  BadWindow window_;
  std::unique_ptr<Loader<Sample, Batch>> loader_;
};

}  // namespace albef
