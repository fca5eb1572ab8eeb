#include "albef/model/vit.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tiny_model.h"

namespace albef {
namespace {

TEST(Vit, GivesATokenAPatchAndOneMore) {
  VisionTransformer vit(tiny_vit());
  randomise(*vit, 1);
  EXPECT_EQ(tiny_vit().tokens(), 5);
  EXPECT_EQ(vit(torch::randn({2, 3, 16, 16})).sizes(), (std::vector<int64_t>{2, 5, 12}));
  EXPECT_EQ(VitOptions{}.tokens(), 257);
}

// Cutting patches out and multiplying is a convolution whose stride is its kernel.
TEST(Vit, EmbedsPatchesAsAConvolutionRowAfterRow) {
  auto options = tiny_vit();
  options.depth = 0;
  VisionTransformer vit(options);
  randomise(*vit, 2);
  const auto p = vit->named_parameters();
  const auto pixels = torch::randn({2, 3, 16, 16});
  const auto patches =
      torch::conv2d(pixels, p["patch_embed.proj.weight"], p["patch_embed.proj.bias"], 8).flatten(2).transpose(1, 2);
  const auto x = torch::cat({p["cls_token"].expand({2, 1, 12}), patches}, 1) + p["pos_embed"];
  expect_near(vit(pixels), torch::layer_norm(x, {12}, p["norm.weight"], p["norm.bias"], 1e-6));
}

TEST(Vit, LooksAtEveryPatchOfItsOwnPictureOnly) {
  VisionTransformer vit(tiny_vit());
  randomise(*vit, 3);
  const auto pixels = torch::randn({2, 3, 16, 16});
  auto altered = pixels.clone();
  altered[0].narrow(1, 8, 8).narrow(2, 8, 8).zero_();
  const auto before = vit(pixels), after = vit(altered);
  EXPECT_TRUE(torch::allclose(before[1], after[1], 0, 1e-6));
  EXPECT_GT((before[0] - after[0]).abs().amax(1).min().item<float>(), 1e-3);  // each token, [CLS] too
}

TEST(Vit, SaysWhichSizesDoNotFit) {
  EXPECT_THROW(VisionTransformer(VitOptions{.image_res = 20, .patch_size = 8, .width = 12, .depth = 1, .heads = 3}),
               c10::Error);
  EXPECT_THROW(VisionTransformer(VitOptions{.image_res = 16, .patch_size = 8, .width = 12, .depth = 1, .heads = 5}),
               c10::Error);
  VisionTransformer vit(tiny_vit());
  EXPECT_THROW(vit(torch::randn({1, 3, 16, 24})), c10::Error);
  EXPECT_THROW(vit(torch::randn({1, 4, 16, 16})), c10::Error);
}

TEST(NormalisePixels, SubtractsMeanAndDividesByDeviationAChannel) {
  auto rgb = torch::zeros({1, 2, 2, 3}, torch::kUInt8);
  rgb[0][1][0] = torch::tensor({255, 128, 0}, torch::kUInt8);
  const auto out = normalise_pixels(rgb);
  ASSERT_EQ(out.sizes(), (std::vector<int64_t>{1, 3, 2, 2}));
  EXPECT_TRUE(out.is_contiguous());
  EXPECT_NEAR(out[0][0][1][0].item<double>(), (1 - 0.48145466) / 0.26862954, 1e-5);
  EXPECT_NEAR(out[0][1][1][0].item<double>(), (128 / 255.0 - 0.4578275) / 0.26130258, 1e-5);
  EXPECT_NEAR(out[0][2][1][0].item<double>(), -0.40821073 / 0.27577711, 1e-5);
  EXPECT_NEAR(out[0][0][0][1].item<double>(), -0.48145466 / 0.26862954, 1e-5);
}

}  // namespace
}  // namespace albef
