#include "albef/model/feature_queue.h"

#include <algorithm>

namespace albef {

FeatureQueue::FeatureQueue(torch::nn::Module& owner, int64_t width, int64_t capacity, bool with_ids) {
  image = owner.register_buffer("image_queue", torch::zeros({width, capacity}));
  text = owner.register_buffer("text_queue", torch::zeros({width, capacity}));
  if (with_ids) ids = owner.register_buffer("idx_queue", torch::full({1, capacity}, kNoId, torch::kInt64));
  pointer = owner.register_buffer("queue_ptr", torch::zeros({1}, torch::kInt64));
}

void FeatureQueue::initialise(const at::Generator& generator) {
  const torch::NoGradGuard no_grad;
  for (auto& queue : {image, text}) {
    queue.normal_(0, 1, generator);
    queue.div_(queue.norm(2, {0}, /*keepdim=*/true).clamp_min_(1e-12));
  }
  if (ids.defined()) ids.fill_(kNoId);
  pointer.zero_();
}

void FeatureQueue::keep_pointer_on_host() {
  if (pointer.defined()) pointer.set_data(pointer.cpu());
}

void FeatureQueue::enqueue(const QueueEntries& entries) {
  const torch::NoGradGuard no_grad;
  const int64_t size = capacity(), offered = entries.image.size(0);
  TORCH_CHECK(!ids.defined() || entries.ids.defined(), "FeatureQueue: entries without the ids that the queue keeps");
  if (size == 0) return;
  const int64_t count = std::min(offered, size);
  int64_t* next = pointer.data_ptr<int64_t>();
  const int64_t begin = (*next + offered - count) % size, before_end = std::min(count, size - begin);
  const auto write = [&](torch::Tensor queue, const torch::Tensor& columns) {  // columns [any, K]
    const auto kept = columns.narrow(1, offered - count, count);
    queue.narrow(1, begin, before_end).copy_(kept.narrow(1, 0, before_end));
    queue.narrow(1, 0, count - before_end).copy_(kept.narrow(1, before_end, count - before_end));
  };
  write(image, entries.image.t());
  write(text, entries.text.t());
  if (ids.defined()) write(ids, entries.ids.unsqueeze(0));
  *next = (*next + offered) % size;
}

}  // namespace albef
