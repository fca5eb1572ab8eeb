#include <gtest/gtest.h>
#include <torch/torch.h>

#include <numeric>

#include "../data/temporary_folder.h"
#include "../model/tiny_model.h"
#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/tasks/retrieval/metrics.h"
#include "albef/tasks/retrieval/rerank.h"

namespace albef {
namespace {

// Scores in which the wanted one of each row is preceded by as many others as `ranks` says.
torch::Tensor ranked(const std::vector<int64_t>& ranks, const std::vector<int64_t>& wanted, int64_t columns) {
  auto scores = torch::zeros({static_cast<int64_t>(ranks.size()), columns});
  for (size_t row = 0; row < ranks.size(); ++row) {
    double above = static_cast<double>(ranks[row]), below = -1;
    for (int64_t column = 0; column < columns; ++column) {
      if (column != wanted[row]) scores[static_cast<int64_t>(row)][column] = above > 0 ? above-- : below--;
    }
  }
  return scores;
}

TEST(RetrievalMetrics, AreSharesOfQueriesFoundWithinTheFirstK) {
  // Four pictures with three texts each. Picture 0 is found by its second text at once, by the others late.
  const std::vector<int64_t> text_image = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
  auto i2t = ranked({0, 4, 5, 9}, {1, 3, 6, 9}, 12);
  for (int64_t row = 1; row < 4; ++row) {  // the other texts of the row's own picture come after everything
    i2t[row].narrow(0, 3 * row + 1, 2).fill_(-100);
  }
  // Moving two own texts behind leaves fewer in front: count by hand where they stood before.
  std::vector<int64_t> text_ranks;
  for (int64_t row = 0; row < 4; ++row)
    text_ranks.push_back((i2t[row] > i2t[row][row == 0 ? 1 : 3 * row]).sum().item<int64_t>());
  EXPECT_EQ(text_ranks, (std::vector<int64_t>{0, 3, 5, 9}));
  const auto t2i = ranked({0, 0, 0, 1, 2, 3, 0, 0, 3, 3, 3, 3}, text_image, 4);
  const auto m = retrieval_metrics(i2t, t2i, text_image);
  EXPECT_DOUBLE_EQ(m.at("txt_r1"), 25);
  EXPECT_DOUBLE_EQ(m.at("txt_r5"), 50);
  EXPECT_DOUBLE_EQ(m.at("txt_r10"), 100);
  EXPECT_DOUBLE_EQ(m.at("img_r1"), 100 * 5 / 12.0);
  EXPECT_DOUBLE_EQ(m.at("img_r5"), 100);
  EXPECT_DOUBLE_EQ(m.at("txt_r_mean"), 175 / 3.0);
  EXPECT_DOUBLE_EQ(m.at("img_r_mean"), (100 * 5 / 12.0 + 200) / 3);
  EXPECT_DOUBLE_EQ(m.at("r_mean"), (m.at("txt_r_mean") + m.at("img_r_mean")) / 2);
}

TEST(RetrievalMetrics, AreThoseOfTheListWhateverIsAskedFor) {
  const auto scores = torch::rand({60, 60});
  std::vector<int64_t> text_image(60);
  std::iota(text_image.begin(), text_image.end(), 0);
  const auto usual = retrieval_metrics(scores, scores.t(), text_image);
  for (const std::vector<int64_t>& recall_at : {std::vector<int64_t>{1, 5, 10}, {1, 5, 10, 50}, {3}, {5, 1000}}) {
    const auto metrics = retrieval_metrics(scores, scores.t(), text_image, recall_at);
    const auto chance = chance_metrics(60, text_image, recall_at);
    const auto list = retrieval_metric_list(recall_at);
    EXPECT_EQ(metrics.size(), list.size());
    EXPECT_EQ(chance.size(), list.size());
    for (const auto& metric : list) {
      ASSERT_TRUE(metrics.contains(metric.name)) << metric.name;
      EXPECT_TRUE(chance.contains(metric.name)) << metric.name;
      if (const auto same = usual.find(metric.name); same != usual.end()) {
        EXPECT_EQ(metrics.at(metric.name), same->second) << metric.name;
      }
    }
  }
  const auto m = retrieval_metrics(scores, scores.t(), text_image, {50, 60});
  EXPECT_GE(m.at("img_r50"), usual.at("img_r10"));
  EXPECT_EQ(m.at("txt_r60"), 100);
  EXPECT_EQ(m.at("r_mean"), usual.at("r_mean")) << "the authors' means, of 1, 5 and 10";
}

TEST(RetrievalMetrics, AreListedInTheOrderOfTables) {
  std::vector<std::string> names;
  for (const auto& metric : retrieval_metric_list({1, 50})) names.push_back(metric.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"txt_r1", "txt_r50", "txt_r_mean", "img_r1", "img_r50", "img_r_mean", "r_mean"}));
  EXPECT_EQ(retrieval_metric_list({50}).front().title, "R@50");
}

TEST(RetrievalMetrics, AskForRecallsAtAscendingPlaces) {
  check_recall_at({1, 5, 10, 50}, "x");
  check_recall_at({7}, "x");
  for (const std::vector<int64_t>& bad : {std::vector<int64_t>{}, {0, 1}, {-1}, {5, 1}, {1, 1}})
    EXPECT_NE(complaint<Error>([&] { check_recall_at(bad, "x"); }), "");
  EXPECT_EQ(complaint<Error>([&] {
              check_recall_at({5, 1}, "run.yaml: recall_at");
            }),
            "run.yaml: recall_at is [5, 1], expected whole numbers of at least 1, each larger than the one before: "
            "[1, 5, 10]");
}

TEST(ChanceMetrics, CountEveryTextOfAPicture) {
  const auto chance = chance_metrics(4, {0, 0, 1, 2, 3});
  EXPECT_DOUBLE_EQ(chance.at("img_r1"), 25);
  EXPECT_DOUBLE_EQ(chance.at("img_r5"), 100);
  EXPECT_DOUBLE_EQ(chance.at("txt_r1"), 100 * (0.4 + 3 * 0.2) / 4);
  EXPECT_DOUBLE_EQ(chance.at("txt_r5"), 100);
  EXPECT_DOUBLE_EQ(chance.at("img_r_mean"), 75);
}

TEST(RetrievalMetrics, CountAPictureWithItsBestText) {
  const auto i2t = torch::tensor({{1.F, 9.F, 5.F, 4.F}, {9.F, 8.F, 1.F, 2.F}}), t2i = torch::zeros({4, 2});
  const auto m = retrieval_metrics(i2t, t2i, {0, 0, 1, 1});
  EXPECT_DOUBLE_EQ(m.at("txt_r1"), 50);
}

TEST(RetrievalMetrics, PutTheLowerIndexFirstAmongEquals) {
  const auto same = torch::zeros({3, 3});
  const auto r1 = [&](Ties ties) {
    return retrieval_metrics(same, same, {0, 1, 2}, kAuthorsRecallAt, ties).at("img_r1");
  };
  EXPECT_DOUBLE_EQ(r1(Ties::kLowerIndex), 100 / 3.0);
  EXPECT_DOUBLE_EQ(r1(Ties::kFavourable), 100);
  EXPECT_DOUBLE_EQ(r1(Ties::kUnfavourable), 0);
}

TEST(RetrievalMetrics, RejectNaNAndMatricesThatDoNotFit) {
  const auto good = torch::zeros({2, 2});
  EXPECT_THROW(retrieval_metrics(torch::full({2, 2}, std::nan("")), good, {0, 1}), c10::Error);
  EXPECT_THROW(retrieval_metrics(good, torch::full({2, 2}, std::nan("")), {0, 1}), c10::Error);
  EXPECT_THROW(retrieval_metrics(good, torch::zeros({3, 2}), {0, 1}), c10::Error);
  EXPECT_THROW(retrieval_metrics(good, good, {0}), c10::Error);
  EXPECT_THROW(retrieval_metrics(torch::zeros({0, 0}), torch::zeros({0, 0}), {}), c10::Error);
}

// Six pictures, nine texts of different lengths.
class Rerank : public testing::Test {
 protected:
  Rerank() {
    set_quiet(true);
    model_->eval();
    const torch::NoGradGuard no_grad;
    for (int64_t t = 0; t < 9; ++t) {
      texts_.push_back({2});
      for (int64_t i = 0; i < t % 5; ++i) texts_.back().push_back(5 + (7 * t + 11 * i) % 45);
    }
    torch::manual_seed(2);
    tokens_ = model_->online.vision(torch::randn({6, 3, 16, 16}));
    encoded_ = encode_texts(model_->online, texts_, 4, {}, torch::kCPU);
    similarity_ = torch::randn({6, 9});
  }
  RetrievalScores rerank_with(const RerankOptions& options) {
    return rerank(model_, model_->online, similarity_, encoded_, [&](int64_t n) { return tokens_.narrow(0, n, 1); },
                  options, {});
  }
  // Each pair by itself, all tokens computed.
  torch::Tensor brute_force() {
    const torch::NoGradGuard no_grad;
    auto scores = torch::zeros({6, 9});
    auto& bert = model_->online.text->bert;
    for (int64_t n = 0; n < 6; ++n) {
      for (int64_t t = 0; t < 9; ++t) {
        const auto& ids = texts_[static_cast<size_t>(t)];
        const auto layout = TokenLayout::padded(1, static_cast<int64_t>(ids.size()));
        const auto states = bert->encode(torch::tensor(ids), layout);
        scores[n][t] =
            model_->itm_head(bert->fuse(states, layout, bert->cross_keys(tokens_.narrow(0, n, 1)), {}))[0][1];
      }
    }
    return scores;
  }
  // -100 but for the k columns of each row with the largest similarity.
  static torch::Tensor top(const torch::Tensor& scores, const torch::Tensor& similarity, int64_t k) {
    const auto columns = std::get<1>(similarity.topk(k, 1));
    return torch::full(scores.sizes(), -100.0F).scatter(1, columns, scores.gather(1, columns));
  }

  Albef model_ = tiny_model();
  std::vector<std::vector<int64_t>> texts_;
  torch::Tensor tokens_, similarity_;
  EncodedTexts encoded_;
};

TEST_F(Rerank, EqualsBruteForceOverAllPairs) {
  for (const int64_t k : {9, 256}) {  // more than there are: all
    const auto got = rerank_with({.k_test = k, .batch_size = 4});
    expect_near(got.i2t, brute_force());
    expect_near(got.t2i, brute_force().t());
    EXPECT_EQ(got.pairs, 54);
  }
}

TEST_F(Rerank, ScoresTheBestByItcOfEachDirectionAndNoOthers) {
  const auto all = brute_force();
  const auto got = rerank_with({.k_test = 3, .batch_size = 2});
  expect_near(got.i2t, top(all, similarity_, 3));
  expect_near(got.t2i, top(all.t(), similarity_.t(), 3));
  EXPECT_EQ(got.i2t.ne(-100).sum().item<int64_t>(), 18);
  const auto either = got.i2t.ne(-100).logical_or(got.t2i.t().ne(-100));
  EXPECT_EQ(got.pairs, either.sum().item<int64_t>());  // a pair that both ask for is scored once
}

TEST_F(Rerank, TakesTheLowerIndexOfEqualSimilarities) {
  similarity_.zero_();
  const auto got = rerank_with({.k_test = 2});
  EXPECT_TRUE(torch::equal(got.i2t.ne(-100), torch::arange(9).lt(2).expand({6, 9})));
}

TEST_F(Rerank, AddsTheSimilarityIfAskedTo) {
  const auto got = rerank_with({.k_test = 9, .add_itc = true});
  expect_near(got.i2t, brute_force() + similarity_);
  expect_near(got.t2i, (brute_force() + similarity_).t());
}

TEST_F(Rerank, AsksForEachPicturesTokensOnceAndInOrder) {
  std::vector<int64_t> asked;
  rerank(model_, model_->online, similarity_, encoded_,
         [&](int64_t n) {
           asked.push_back(n);
           return tokens_.narrow(0, n, 1);
         },
         {.k_test = 1}, {});
  EXPECT_EQ(asked, (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(Rerank, EncodesTextsAlikeInAnyBatch) {
  for (const int64_t batch : {1, 9, 100}) {
    for (const bool packed : {false, true}) {
      const auto other = encode_texts(model_->online, texts_, batch, {.packed = packed}, torch::kCPU);
      expect_near(other.features, encoded_.features);
      ASSERT_EQ(other.states.size(), 9U);
      for (size_t t = 0; t < 9; ++t) expect_near(other.states[t], encoded_.states[t]);
    }
  }
}

}  // namespace
}  // namespace albef
