// The queues of momentum features that ITC compares with beside the batch (§3.2).
#pragma once
#include <ATen/core/Generator.h>
#include <torch/nn/module.h>

namespace albef {

/// Momentum features of K pairs.
struct QueueEntries {
  torch::Tensor image, text;  ///< [K, E]
  torch::Tensor ids;          ///< [K] int64, which image it is; for a queue with ids
};

/// Empty (all undefined) unless made with an owner, under whose checkpoints' top-level names its tensors are
/// registered.
struct FeatureQueue {
  static constexpr int64_t kNoId = -100;  ///< of a column in which nothing was written yet

  FeatureQueue() = default;
  /// Buffers `image_queue`, `text_queue`, `queue_ptr` and, with ids, `idx_queue` of `owner`.
  FeatureQueue(torch::nn::Module& owner, int64_t width, int64_t capacity, bool with_ids);

  int64_t capacity() const { return image.defined() ? image.size(1) : 0; }  ///< Q

  void initialise(const at::Generator& generator);  ///< random unit columns, no ids
  /// Moves the pointer back to the host, which reads it.
  void keep_pointer_on_host();
  /// Replaces the oldest columns by entries of any K; of more than Q the last Q stay. Throws c10::Error if there are no
  /// ids for a queue that has them.
  void enqueue(const QueueEntries& entries);

  torch::Tensor image, text;  ///< [E, Q] float32
  torch::Tensor ids;          ///< [1, Q] int64, or undefined
  torch::Tensor pointer;      ///< [1] int64, on the host: the column that is written next
};

}  // namespace albef
