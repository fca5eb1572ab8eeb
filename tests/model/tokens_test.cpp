#include "albef/model/tokens.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>
#include <numeric>
#include <vector>

namespace albef {
namespace {

const std::vector<int64_t> kLengths = {3, 1, 4, 2};                           // T = 10, L = 4
const auto kPlaces = std::vector<int64_t>{0, 1, 2, 4, 8, 9, 10, 11, 12, 13};  // of the rows in the grid [4, 4]

TokenLayout packed() {
  return TokenLayout::packed(kLengths, torch::kCPU);
}
torch::Tensor places() {
  return torch::tensor(kPlaces);
}
torch::Tensor keep() {
  return torch::arange(4).unsqueeze(0) < torch::tensor(kLengths).unsqueeze(1);
}
torch::Tensor random_rows(int64_t rows = 10) {
  return torch::randn({rows, 3});
}

TEST(TokenLayout, PutsPackedRowsAtTheirPlacesAndBack) {
  const auto rows = random_rows(), grid = packed().to_grid(rows);
  ASSERT_EQ(grid.sizes(), (std::vector<int64_t>{4, 4, 3}));
  EXPECT_TRUE(torch::equal(grid.flatten(0, 1).index_select(0, places()), rows));
  EXPECT_TRUE(torch::equal(packed().to_rows(grid), rows));
}

TEST(TokenLayout, KeepsARectangleAsItIs) {
  const auto layout = TokenLayout::padded(2, 4, keep().narrow(0, 0, 2));
  const auto rows = random_rows(8);
  EXPECT_FALSE(layout.is_packed());
  EXPECT_TRUE(torch::equal(layout.to_grid(rows), rows.view({2, 4, 3})));
  EXPECT_TRUE(torch::equal(layout.to_rows(rows.view({2, 4, 3})), rows));
}

TEST(TokenLayout, MasksPaddingAndNothingElse) {
  for (const auto& layout : {packed(), TokenLayout::padded(4, 4, keep())}) {
    ASSERT_EQ(layout.mask().sizes(), (std::vector<int64_t>{4, 1, 1, 4}));
    EXPECT_TRUE(torch::equal(layout.keep(), keep()));
    const auto wanted = torch::where(keep(), 0.0F, -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(torch::equal(layout.mask().view({4, 4}), wanted.to(torch::kFloat)));
  }
  EXPECT_FALSE(TokenLayout::padded(4, 4).mask().defined());
}

TEST(TokenLayout, MasksWhatComesLaterWhereCausal) {
  const auto before = torch::ones({4, 4}, torch::kBool).tril();
  const auto see = keep().unsqueeze(1).logical_and(before).unsqueeze(1);  // [B, 1, L, L]
  for (const auto& layout : {packed(), TokenLayout::padded(4, 4, keep())}) {
    const auto causal = layout.causal(torch::kCPU);
    EXPECT_TRUE(causal.is_causal() && !layout.is_causal());
    EXPECT_TRUE(torch::equal(causal.mask(), torch::where(see, 0.0F, -std::numeric_limits<float>::infinity())));
    EXPECT_TRUE(torch::equal(causal.keep(), keep()));
  }
  EXPECT_TRUE(torch::equal(TokenLayout::padded(3, 4).causal(torch::kCPU).mask().eq(0), before.view({1, 1, 4, 4})));
}

TEST(TokenLayout, KnowsFirstRowsAndPositions) {
  EXPECT_TRUE(torch::equal(packed().first_rows(torch::kCPU), torch::tensor({0, 3, 4, 8})));
  EXPECT_EQ(packed().first_row(2), 4);
  EXPECT_TRUE(torch::equal(packed().positions(torch::kCPU), torch::tensor({0, 1, 2, 0, 0, 1, 2, 3, 0, 1})));
  const auto layout = TokenLayout::padded(2, 3);
  EXPECT_TRUE(torch::equal(layout.first_rows(torch::kCPU), torch::tensor({0, 3})));
  EXPECT_EQ(layout.first_row(1), 3);
  EXPECT_TRUE(torch::equal(layout.positions(torch::kCPU), torch::tensor({0, 1, 2, 0, 1, 2})));
}

TEST(TokenLayout, IsNoPackedOneWhereAllTextsAreAsLong) {
  const auto layout = TokenLayout::packed({3, 3}, torch::kCPU);
  EXPECT_FALSE(layout.is_packed());
  EXPECT_FALSE(layout.mask().defined());
  EXPECT_EQ(layout.length(), 3);
}

// Padding has no gradient by design, so the upstream gradient here has none either, as behind a masked attention.
TEST(TokenLayout, ToGridHasTheGradientOfIndexing) {
  const auto upstream = torch::randn({4, 4, 3}) * keep().unsqueeze(-1);
  const auto rows = random_rows().requires_grad_();
  auto slots = torch::zeros({16}, torch::kInt64);
  slots.index_copy_(0, places(), torch::arange(10));
  const auto ours = torch::autograd::grad({(packed().to_grid(rows) * upstream).sum()}, {rows})[0];
  const auto wanted =
      torch::autograd::grad({(rows.index_select(0, slots).view({4, 4, 3}) * upstream).sum()}, {rows})[0];
  EXPECT_TRUE(torch::allclose(ours, wanted));
}

TEST(TokenLayout, ToRowsHasTheGradientOfIndexing) {
  const auto upstream = random_rows(), grid = torch::randn({4, 4, 3}).requires_grad_();
  const auto ours = torch::autograd::grad({(packed().to_rows(grid) * upstream).sum()}, {grid})[0];
  const auto wanted =
      torch::autograd::grad({(grid.flatten(0, 1).index_select(0, places()) * upstream).sum()}, {grid})[0];
  EXPECT_TRUE(torch::equal(ours, wanted));
}

TEST(SelectRows, HasTheGradientOfIndexing) {
  const auto rows = random_rows().requires_grad_();
  const auto index = torch::tensor({7, 0, 3}), upstream = random_rows(3);
  EXPECT_TRUE(torch::equal(select_rows(rows, index), rows.index_select(0, index)));
  const auto ours = torch::autograd::grad({(select_rows(rows, index) * upstream).sum()}, {rows})[0];
  const auto wanted = torch::autograd::grad({(rows.index_select(0, index) * upstream).sum()}, {rows})[0];
  EXPECT_TRUE(torch::equal(ours, wanted));
}

// 33 texts of 1..9 tokens: rows and rectangle are rounded up, and the spare rows change nothing and get no gradient.
TEST(TokenLayout, RoundsRowsAndLengthUpToSizesThatComeAgain) {
  for (const auto& [count, wanted] :
       {std::pair<int64_t, int64_t>{1, 1}, {31, 31}, {33, 34}, {64, 64}, {65, 68}, {2561, 2688}})
    EXPECT_EQ(rounded_rows(count), wanted) << count;
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < 33; ++b) lengths.push_back(1 + b % 9);
  const auto layout = TokenLayout::packed(lengths, torch::kCPU);
  EXPECT_EQ(layout.longest(), 9);
  EXPECT_EQ(layout.length(), 10);
  EXPECT_EQ(layout.tokens(), std::accumulate(lengths.begin(), lengths.end(), int64_t{0}));
  EXPECT_LT(layout.positions(torch::kCPU).max().item<int64_t>(), 9);

  const auto index = layout.index(std::vector<int64_t>(static_cast<size_t>(layout.tokens()), 7), torch::kCPU);
  EXPECT_EQ(index.size(0), rounded_rows(layout.tokens()));
  const auto rows = random_rows(index.size(0)).requires_grad_();
  const auto back = layout.to_rows(layout.to_grid(rows) * layout.keep().unsqueeze(-1));
  ASSERT_EQ(back.sizes(), rows.sizes());
  EXPECT_TRUE(torch::equal(back.narrow(0, 0, layout.tokens()), rows.narrow(0, 0, layout.tokens())));
  const auto gradient = torch::autograd::grad({back.sum()}, {rows})[0];
  EXPECT_TRUE(gradient.narrow(0, 0, layout.tokens()).eq(1).all().item<bool>());
  EXPECT_TRUE(gradient.narrow(0, layout.tokens(), rows.size(0) - layout.tokens()).eq(0).all().item<bool>());
}

TEST(SelectRows, GivesSpareRowsNoGradient) {
  const auto rows = random_rows().requires_grad_();
  const auto picked = select_rows(rows, torch::tensor({7, 0, 3, 0, 0}), 3);
  const auto gradient = torch::autograd::grad({(picked * picked.detach()).sum()}, {rows})[0];
  const auto wanted = torch::zeros_like(rows).index_copy(0, torch::tensor({7, 0, 3}), picked.detach().narrow(0, 0, 3));
  EXPECT_TRUE(torch::allclose(gradient, wanted));
}

TEST(TokenLayout, GathersTextsInAnyOrderWithRepeats) {
  const auto rows = random_rows().requires_grad_();
  const auto [gathered, layout] = packed().gather(rows, torch::tensor({2, 0, 2, 1}));
  const auto wanted =
      torch::cat({rows.narrow(0, 4, 4), rows.narrow(0, 0, 3), rows.narrow(0, 4, 4), rows.narrow(0, 3, 1)});
  EXPECT_TRUE(torch::equal(gathered, wanted));
  EXPECT_EQ(layout.batch(), 4);
  EXPECT_TRUE(torch::equal(layout.first_rows(torch::kCPU), torch::tensor({0, 4, 7, 11})));
  const auto upstream = random_rows(12);
  EXPECT_TRUE(torch::allclose(torch::autograd::grad({(gathered * upstream).sum()}, {rows})[0],
                              torch::autograd::grad({(wanted * upstream).sum()}, {rows})[0]));
}

TEST(TokenLayout, GathersShorterTextsIntoAShorterGrid) {
  const auto rows = random_rows();
  const auto [gathered, layout] = packed().gather(rows, torch::tensor({3, 0}));
  EXPECT_EQ(layout.length(), 3);
  EXPECT_TRUE(torch::equal(gathered, torch::cat({rows.narrow(0, 8, 2), rows.narrow(0, 0, 3)})));
}

TEST(TokenLayout, GathersPaddedTextsWithTheirMasks) {
  const auto rows = random_rows(16);
  const auto [gathered, layout] = TokenLayout::padded(4, 4, keep()).gather(rows, torch::tensor({1, 1, 3}));
  EXPECT_TRUE(torch::equal(gathered.view({3, 4, 3}), rows.view({4, 4, 3}).index_select(0, torch::tensor({1, 1, 3}))));
  EXPECT_TRUE(torch::equal(layout.keep(), keep().index_select(0, torch::tensor({1, 1, 3}))));
}

TEST(TokenLayout, RejectsTextsWithoutTokensAndMasksOfAnotherShape) {
  EXPECT_THROW(TokenLayout::packed({2, 0}, torch::kCPU), c10::Error);
  EXPECT_THROW(TokenLayout::packed({}, torch::kCPU), c10::Error);
  EXPECT_THROW(TokenLayout::padded(4, 3, keep()), c10::Error);
}

}  // namespace
}  // namespace albef
