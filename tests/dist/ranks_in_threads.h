// Several ranks as threads of one process, for tests of what ranks do together.
#pragma once
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <barrier>
#include <functional>
#include <thread>

#include "albef/dist/communicator.h"

namespace albef {

/// What the ranks share: a place for each to leave something in, and a point where all meet.
class Meeting {
 public:
  explicit Meeting(int64_t world)
      : world(world), tensors(static_cast<size_t>(world)), bits(tensors.size()), point_(world) {}
  void wait() { point_.arrive_and_wait(); }

  const int64_t world;
  std::vector<std::vector<torch::Tensor>> tensors;
  std::vector<uint64_t> bits;

 private:
  std::barrier<> point_;
};

class ThreadRank : public Communicator {
 public:
  ThreadRank(Meeting& meeting, int64_t rank) : meeting_(meeting), rank_(rank) {}
  int64_t rank() const override { return rank_; }
  int64_t world() const override { return meeting_.world; }

  void all_reduce(const std::vector<torch::Tensor>& tensors) override {
    const torch::NoGradGuard no_grad;
    ++calls;
    mine() = tensors;
    meeting_.wait();
    std::vector<torch::Tensor> sums;
    for (size_t i = 0; i < tensors.size(); ++i) {
      auto sum = torch::zeros_like(tensors[i]);
      for (const auto& theirs : meeting_.tensors) sum.add_(theirs.at(i));
      sums.push_back(sum);
    }
    meeting_.wait();
    for (size_t i = 0; i < tensors.size(); ++i) tensors[i].copy_(sums[i]);
    meeting_.wait();
  }
  torch::Tensor all_gather(const torch::Tensor& rows) override {
    mine() = {rows.detach()};
    meeting_.wait();
    std::vector<torch::Tensor> all;
    for (const auto& theirs : meeting_.tensors) all.push_back(theirs.at(0));
    const auto joined = torch::cat(all);
    meeting_.wait();
    return joined;
  }
  uint64_t agree(uint64_t bits) override {
    ++agreements;
    meeting_.bits[static_cast<size_t>(rank_)] = bits;
    meeting_.wait();
    uint64_t joined = 0;
    for (const uint64_t theirs : meeting_.bits) joined |= theirs;
    meeting_.wait();
    return joined;
  }

  int64_t calls = 0, agreements = 0;

 private:
  std::vector<torch::Tensor>& mine() { return meeting_.tensors[static_cast<size_t>(rank_)]; }
  Meeting& meeting_;
  int64_t rank_;
};

/// Calls f(communicator) in `world` threads, one a rank, and waits for them.
inline void in_ranks(int64_t world, const std::function<void(ThreadRank&)>& f) {
  Meeting meeting(world);
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < world; ++rank) {
    threads.emplace_back([&meeting, &f, rank] {
      ThreadRank self(meeting, rank);
      f(self);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace albef
