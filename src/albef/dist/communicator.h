// What the processes (ranks) that train one model together tell each other. Every rank calls the same functions in the
// same order; each waits there for the others.
#pragma once
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace albef {

class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int64_t rank() const = 0;   ///< 0 .. world()-1; rank 0 alone writes files
  virtual int64_t world() const = 0;  ///< how many there are
  bool is_first() const { return rank() == 0; }

  /// Each tensor becomes its sum over all ranks, in place. The same count and shapes on every rank.
  virtual void all_reduce(const std::vector<torch::Tensor>& tensors) = 0;

  /// The rows [K, ...] of every rank, one behind the other by rank: [sum of K, ...]. K may differ and be 0. Carries no
  /// gradient.
  virtual torch::Tensor all_gather(const torch::Tensor& rows) = 0;

  /// The bits that any rank has set: what all of them do next.
  virtual uint64_t agree(uint64_t bits) = 0;
};

/// One process alone: every answer is its own.
class SingleProcess final : public Communicator {
 public:
  int64_t rank() const override { return 0; }
  int64_t world() const override { return 1; }
  void all_reduce(const std::vector<torch::Tensor>& tensors) override;
  torch::Tensor all_gather(const torch::Tensor& rows) override;
  uint64_t agree(uint64_t bits) override { return bits; }
};

/// Every rank calls f; Error on all where it threw on any, the own failure on those where it did.
void on_all(Communicator& ranks, const std::function<void()>& f);

/// Rank 0 calls f, and the others wait until it is done. What it throws there, they are told of as an Error.
void on_first(Communicator& ranks, const std::function<void()>& f);

}  // namespace albef
