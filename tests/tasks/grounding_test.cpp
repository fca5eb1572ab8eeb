#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <string>

#include "albef/base/error.h"
#include "albef/tasks/common/data_options.h"
#include "albef/tasks/grounding/boxes.h"
#include "albef/tasks/grounding/eval.h"
#include "albef/tasks/grounding/settings.h"

namespace albef {
namespace {

// One cell of heat; the map's other cells are 0.
torch::Tensor one_hot(int64_t grid, int64_t row, int64_t column) {
  auto map = torch::zeros({grid, grid});
  map[row][column] = 1;
  return map;
}

TEST(HeatMap, SumsWhatAResizedPictureWouldHold) {
  torch::manual_seed(3);
  const auto map = torch::randn({5, 4});
  constexpr int kWidth = 61, kHeight = 37;
  const auto resized = at::upsample_bicubic2d(map.view({1, 1, 5, 4}), {kHeight, kWidth}, /*align_corners=*/false)
                           .view({kHeight, kWidth});
  const HeatMap heat(map, {kWidth, kHeight});
  const auto expect_sum = [&](const Box& box, int top, int bottom, int left, int right) {
    const double expected =
        resized.narrow(0, top, bottom - top).narrow(1, left, right - left).to(torch::kDouble).sum().item<double>();
    EXPECT_NEAR(heat.sum(box), expected, 1e-3);
  };
  expect_sum({0, 0, kWidth, kHeight}, 0, kHeight, 0, kWidth);
  expect_sum({10.7, 3.9, 20.5, 8.4}, 3, 12, 10, 31);  // 10.7 + 20.5 = 31.2, 3.9 + 8.4 = 12.3
  expect_sum({-9, -0.5, 30, 5}, 0, 4, 0, 21);
  expect_sum({50, 30, 100, 100}, 30, kHeight, 50, kWidth);
  EXPECT_EQ(heat.sum({70, 3, 10, 10}), 0);
  EXPECT_EQ(heat.sum({5.1, 3, 0.5, 10}), 0);
}

TEST(HeatMap, OfOneCellIsFlat) {
  const HeatMap heat(torch::full({1, 1}, 2.0), {7, 5});
  EXPECT_NEAR(heat.sum({1, 1, 3, 2}), 12, 1e-9);
}

TEST(HeatMap, FindsTheHottestPointAndTheRegionAroundIt) {
  auto map = one_hot(4, 1, 2);
  map[3][0] = 0.8;  // as hot as the threshold asks for, but apart
  const auto hottest = HeatMap(map, {80, 40}).hottest(0.5);
  EXPECT_NEAR(hottest.x, 50, 10);
  EXPECT_NEAR(hottest.y, 15, 5);
  EXPECT_TRUE(contains(hottest.around, hottest.x, hottest.y));
  EXPECT_GE(hottest.around.left, 30);
  EXPECT_LE(hottest.around.left + hottest.around.width, 70);
  EXPECT_GE(hottest.around.top, 5);
  EXPECT_LE(hottest.around.top + hottest.around.height, 25);
  const auto whole = HeatMap(torch::ones({4, 4}), {80, 40}).hottest(0.5).around;
  EXPECT_EQ(whole.width * whole.height, 80 * 40);
  const auto narrow = HeatMap(map, {80, 40}).hottest(0.9).around;
  EXPECT_LT(narrow.width * narrow.height, hottest.around.width * hottest.around.height);
  const auto none = HeatMap(torch::zeros({4, 4}), {80, 40}).hottest(0.5).around;
  EXPECT_EQ(none.width, 80);
  EXPECT_EQ(none.height, 40);
}

TEST(HeatMap, OfAHugePictureTakesLittle) {
  const HeatMap heat(one_hot(24, 5, 7), {kLongestSide, kLongestSide});
  const double cell = kLongestSide / 24.0;
  const auto hottest = heat.hottest(0.5);
  EXPECT_NEAR(hottest.x, 7.5 * cell, cell);
  EXPECT_NEAR(hottest.y, 5.5 * cell, cell);
  EXPECT_NEAR(heat.sum({0, 0, kLongestSide, kLongestSide}), cell * cell, 1e-3 * cell * cell);
}

TEST(Boxes, OverlapAsTheAuthorsCountIt) {
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0 / 150);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {0, 5, 10, 15}), 50.0 / 200);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 10, 10}, {9, 0, 10, 10}), 0);  // one column: edges do not differ
  EXPECT_DOUBLE_EQ(intersection_over_union({3, 3, 1, 1}, {3, 3, 1, 1}), 0);      // as is every box of one pixel
  EXPECT_TRUE(is_right({0, 0, 10, 10}, {0, 0, 10, 20}));                         // exactly half
  EXPECT_FALSE(is_right({0, 0, 10, 10}, {0, 0, 10, 21}));
}

TEST(Proposals, AreChosenByHeatOverTheRootOfTheirArea) {
  const HeatMap heat(torch::ones({2, 2}), {100, 100});
  const std::vector<Box> proposals = {{0, 0, 10, 10}, {50, 50, 20, 20}, {10, 10, 20, 20}};
  EXPECT_NEAR(box_score(heat, proposals[1], 0.5), 20, 1e-9);
  EXPECT_EQ(best_proposal(heat, proposals, 0.5), 1U);  // the first of two equal ones
  EXPECT_EQ(best_proposal(heat, {proposals[0], proposals[2]}, 1.5), 0U);
}

TEST(Proposals, WithoutHeatAreTheBestOrTheAnswerBefore) {
  const HeatMap cold(-torch::ones({2, 2}), {100, 100});
  const std::vector<Box> proposals = {{0, 0, 30, 30}, {50, 50, 20, 20}};
  EXPECT_EQ(best_proposal(cold, proposals, 0.5), 1U);
  EXPECT_EQ(best_proposal(cold, proposals, 0.5, /*only_positive=*/true), std::nullopt);
  const HeatMap nothing(torch::zeros({2, 2}), {100, 100});
  EXPECT_EQ(best_proposal(nothing, proposals, 0.5), 0U);
}

GroundingSettings settings(const std::string& text) {
  return parse_settings<GroundingSettings>(parse_yaml(text, "Grounding.yaml"), "Grounding.yaml");
}

TEST(GroundingSettings, ReadTheAuthorsFileAsItIs) {
  const auto s = settings(R"(train_file: ['data/refcoco+_train.json']
test_file: ['data/refcoco+_val.json','data/refcoco+_test.json']
refcoco_data: 'data'
det_file: 'data/refcoco+/dets.json'
coco_file: 'data/refcoco+/cocos.json'
image_root: '/export/share/datasets/vision/coco/images/'
bert_config: 'configs/config_bert.json'
image_res: 384
batch_size: 32
queue_size: 65536
momentum: 0.995
vision_width: 768
embed_dim: 256
temp: 0.07
alpha: 0.4
distill: True
warm_up: True
optimizer: {opt: adamW, lr: 1e-5, weight_decay: 0.02}
schedular: {sched: cosine, lr: 1e-5, epochs: 5, min_lr: 1e-6, decay_rate: 1, warmup_lr: 1e-5, warmup_epochs: 1,
            cooldown_epochs: 0}
)");
  EXPECT_EQ(s.det_file, "data/refcoco+/dets.json");
  EXPECT_EQ(s.common.data.caption_field, "text");
  EXPECT_EQ(s.common.model.temp_min, 0);
  EXPECT_TRUE(s.common.model.id_queue);
  const auto augment = pair_options(s.common, /*train=*/true).augment;
  EXPECT_TRUE(augment.resize_only);
  EXPECT_TRUE(augment.flip);
  EXPECT_EQ(augment.randaugment_ops, 2);
  EXPECT_EQ(settings("val_file: 'refs.json#val'").refs, "");  // RefCOCO's own files have the boxes
}

// Two phrases about one picture, of which the second gets no heat.
class Found : public testing::Test {
 protected:
  Found() {
    list_.format = grounding_format();
    list_.images = {"a.png"};
    list_.examples.resize(2);
    truth_.sizes = {{100, 100}};
    truth_.proposals = {{{50, 0, 50, 50}, {0, 50, 50, 50}, {0, 50, 60, 50}}};
    truth_.referents = {{"1", "testA", "dog", {0, 50, 50, 50}}, {"1", "val", "", {50, 0, 50, 50}}};
    heat_ = torch::stack({one_hot(4, 3, 0), torch::zeros({4, 4})});
  }
  LabelledList list_;
  GroundingTruth truth_;
  torch::Tensor heat_;
};

TEST_F(Found, AreScoredBesideWhatNeedsNoModel) {
  const auto found = find_boxes(heat_, list_, truth_, {});
  const auto scores = grounding_scores(found[0], list_, truth_, 0);
  EXPECT_EQ(scores.at("accuracy"), 1);
  EXPECT_EQ(scores.at("accuracy_testA_d"), 1);
  EXPECT_EQ(scores.at("type_dog"), 1);
  EXPECT_EQ(scores.at("pointing"), 1);
  EXPECT_DOUBLE_EQ(scores.at("random_proposal"), 2.0 / 3);
  EXPECT_EQ(scores.at("largest_proposal"), 1);
  EXPECT_EQ(scores.at("whole_picture"), 0);
  EXPECT_EQ(scores.at("centre_pointing"), 0);
  EXPECT_FALSE(scores.contains("accuracy_val_d"));
  for (const auto& [score, baseline] : grounding_baselines(/*proposals=*/true))
    EXPECT_TRUE(scores.contains(score) && scores.contains(baseline)) << score << " " << baseline;
  truth_.proposals.clear();
  const auto alone = grounding_scores(find_boxes(heat_, list_, truth_, {})[0], list_, truth_, 0);
  EXPECT_TRUE(alone.contains("accuracy_testA"));
  EXPECT_FALSE(alone.contains("random_proposal"));
  for (const auto& [score, baseline] : grounding_baselines(/*proposals=*/false))
    EXPECT_TRUE(alone.contains(score) && alone.contains(baseline)) << score << " " << baseline;
}

TEST_F(Found, WithoutHeatAreAnswersByEitherRule) {
  const auto ours = find_boxes(heat_, list_, truth_, {}),
             theirs = find_boxes(heat_, list_, truth_, {.authors_fallback = true});
  EXPECT_EQ(grounding_scores(ours[1], list_, truth_, 1).at("accuracy"), 1);  // the first of the proposals
  EXPECT_EQ(grounding_scores(theirs[1], list_, truth_, 1).at("accuracy"), 0);
  EXPECT_EQ(theirs[1].answer.top, theirs[0].answer.top);
  const auto first = find_boxes(heat_.flip(0), list_, truth_, {.authors_fallback = true});
  EXPECT_EQ(first[0].answer.left, 50);  // there is none before it: the best
}

}  // namespace
}  // namespace albef
