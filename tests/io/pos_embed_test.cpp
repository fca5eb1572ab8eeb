#include "albef/io/pos_embed.h"

#include <torch/torch.h>

#include "albef/io/safetensors.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

TEST(PosEmbed, ResizesAsTheAuthorsDo) {
  const TensorMap tables = read_safetensors(kGoldens / "pos_embed.safetensors").tensors;
  int compared = 0;
  for (const auto& [name, want] : tables) {
    const size_t to = name.find("_to");
    if (to == std::string::npos) continue;
    const auto got = resize_pos_embed(tables.at(name.substr(0, to)), std::stoll(name.substr(to + 3)));
    ASSERT_EQ(got.sizes(), want.sizes()) << name;
    EXPECT_LE((got - want).abs().max().item<double>(), 1e-5 * want.abs().max().item<double>()) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(PosEmbed, KeepsTheClassTokenAndATableThatFits) {
  const auto table = torch::arange(2 * 10, torch::kFloat).view({1, 10, 2});
  EXPECT_TRUE(torch::equal(resize_pos_embed(table, 5).select(1, 0), table.select(1, 0)));
  EXPECT_TRUE(resize_pos_embed(table, 3).is_same(table));
  EXPECT_EQ(resize_pos_embed(table.to(torch::kHalf), 4).scalar_type(), torch::kHalf);
}

TEST(PosEmbed, RefusesATableThatIsNoSquare) {
  EXPECT_THROW(resize_pos_embed(torch::zeros({1, 7, 2}), 3), c10::Error);
  EXPECT_THROW(resize_pos_embed(torch::zeros({10, 2}), 3), c10::Error);
  EXPECT_EQ(pos_embed_grid(1), -1);
  EXPECT_EQ(pos_embed_grid(0), -1);
  EXPECT_EQ(pos_embed_grid(577), 24);
}

}  // namespace
}  // namespace albef
