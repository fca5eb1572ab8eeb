#include "albef/model/feature_queue.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace albef {
namespace {

constexpr int64_t kWidth = 8, kCapacity = 12;

// Entries that tell which they are: features of pair n are all n, those of its text all -n-1, its id n.
QueueEntries numbered(int64_t from, int64_t count) {
  const auto ids = torch::arange(from, from + count);
  const auto image = ids.to(torch::kFloat).unsqueeze(1).expand({count, kWidth});
  return {image, -image - 1, ids};
}

TEST(FeatureQueue, IsRegisteredUnderTheAuthorsNames) {
  torch::nn::Module with, without;
  const FeatureQueue ids(with, kWidth, kCapacity, /*with_ids=*/true), none(without, kWidth, kCapacity, false);
  EXPECT_EQ(with.named_buffers().keys(),
            (std::vector<std::string>{"image_queue", "text_queue", "idx_queue", "queue_ptr"}));
  EXPECT_EQ(without.named_buffers().keys(), (std::vector<std::string>{"image_queue", "text_queue", "queue_ptr"}));
  EXPECT_EQ(ids.capacity(), kCapacity);
  EXPECT_EQ(FeatureQueue().capacity(), 0);
  EXPECT_TRUE(ids.ids.eq(-100).all().item<bool>());
}

// Against a ring that is written entry by entry.
TEST(FeatureQueue, TakesBatchesOfAnySize) {
  torch::nn::Module owner;
  FeatureQueue queue(owner, kWidth, kCapacity, /*with_ids=*/true);
  std::vector<int64_t> ring(kCapacity, FeatureQueue::kNoId);
  int64_t next = 0, written = 100;
  for (const int64_t count : {5, 5, 5, 12, 1, 30, 11, 0, 13, 24}) {
    queue.enqueue(numbered(written, count));
    for (int64_t n = 0; n < count; ++n) ring[static_cast<size_t>(next++ % kCapacity)] = written + n;
    written += count;
    ASSERT_EQ(queue.pointer.item<int64_t>(), next % kCapacity) << "after a batch of " << count;
    ASSERT_TRUE(torch::equal(queue.ids[0], torch::tensor(ring))) << "after a batch of " << count;
    const auto filled = torch::tensor(ring).ne(FeatureQueue::kNoId);
    const auto wanted = torch::where(filled, torch::tensor(ring), 0).to(torch::kFloat);
    for (const int64_t row : {int64_t{0}, kWidth - 1}) {
      ASSERT_TRUE(torch::equal(queue.image[row], wanted)) << "after a batch of " << count;
      ASSERT_TRUE(torch::equal(queue.text[row], torch::where(filled, -wanted - 1, wanted)));
    }
  }
}

TEST(FeatureQueue, WritesIntoWhatItsOwnerHolds) {
  torch::nn::Module owner;
  FeatureQueue queue(owner, kWidth, kCapacity, /*with_ids=*/false);
  owner.to(torch::kCPU);
  queue.enqueue(numbered(3, 2));
  EXPECT_EQ(owner.named_buffers()["image_queue"][0][1].item<double>(), 4);
  EXPECT_EQ(owner.named_buffers()["queue_ptr"].item<int64_t>(), 2);
}

TEST(FeatureQueue, NeedsTheIdsThatItKeepsAndNoRoom) {
  torch::nn::Module with, empty;
  FeatureQueue queue(with, kWidth, kCapacity, /*with_ids=*/true), none(empty, kWidth, 0, /*with_ids=*/false);
  auto entries = numbered(1, 3);
  none.enqueue(entries);
  EXPECT_EQ(none.pointer.item<int64_t>(), 0);
  entries.ids.reset();
  EXPECT_THROW(queue.enqueue(entries), c10::Error);
}

}  // namespace
}  // namespace albef
