#include "albef/model/ema.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace albef {
namespace {

using torch::nn::Linear;

TEST(Ema, CopiesAndMovesTheAveragesOfAllPairs) {
  torch::manual_seed(1);
  Linear a(3, 2), b(4, 4), a_average(3, 2), b_average(4, 4);
  Ema ema({{a.ptr(), a_average.ptr()}, {b.ptr(), b_average.ptr()}});
  EXPECT_FALSE(a_average->weight.requires_grad() || b_average->bias.requires_grad());
  EXPECT_TRUE(a->weight.requires_grad());
  const auto before = b_average->weight.clone();
  ema.update(0.9);
  EXPECT_TRUE(torch::allclose(b_average->weight, 0.9 * before + 0.1 * b->weight));
  ema.copy();
  EXPECT_TRUE(torch::equal(a_average->weight, a->weight) && torch::equal(b_average->bias, b->bias));
  EXPECT_FALSE(a_average->weight.is_same(a->weight));
  ema.update(0.5);
  EXPECT_TRUE(torch::equal(a_average->weight, a->weight));
}

TEST(Ema, MovesATensorOfTwoNamesOnce) {
  const auto shared = Linear(2, 2), shared_average = Linear(2, 2);
  auto module = std::make_shared<torch::nn::Module>(), copy = std::make_shared<torch::nn::Module>();
  for (const char* name : {"one", "other"}) {
    module->register_module(name, shared);
    copy->register_module(name, shared_average);
  }
  Ema ema({{module, copy}});
  const auto before = shared_average->weight.clone();
  ema.update(0.9);
  EXPECT_TRUE(torch::allclose(shared_average->weight, 0.9 * before + 0.1 * shared->weight));
}

TEST(Ema, RejectsAnAverageOfAnotherForm) {
  EXPECT_THROW(Ema({{Linear(3, 2).ptr(), Linear(2, 3).ptr()}}), c10::Error);
  EXPECT_THROW(Ema({{Linear(3, 2).ptr(), Linear(torch::nn::LinearOptions(3, 2).bias(false)).ptr()}}), c10::Error);
  Ema().update(0.5);
  Ema().copy();
}

}  // namespace
}  // namespace albef
