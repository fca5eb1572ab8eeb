// Ranking and writing answers, and where the decoder's weights come from.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "../model/tiny_model.h"
#include "albef/base/error.h"
#include "albef/tasks/vqa/generate.h"
#include "albef/tasks/vqa/model.h"
#include "albef/tasks/vqa/rank.h"

namespace albef {
namespace {

constexpr int64_t kStart = 2, kEnd = 3;
using Ids = std::vector<int64_t>;
using List = std::vector<Ids>;

class AnswersTest : public testing::Test {
 protected:
  AnswersTest() {
    randomise(*decoder_, 7, 0.4);
    decoder_->eval();
    keys_ = decoder_->bert->cross_keys({torch::randn({2, 3, 24})});
  }

  // log p of each token of `ids` behind the first, by the whole pass.
  std::vector<double> token_log_p(const Ids& ids, int64_t question) {
    const auto layout = TokenLayout::padded(1, std::ssize(ids)).causal(torch::kCPU);
    auto& bert = decoder_->bert;
    const auto states = bert->fuse(bert->encode(torch::tensor(ids, torch::kInt64), layout), layout, keys_,
                                   {.texts_per_image = 0, .others = torch::tensor({question}, torch::kInt64)});
    const auto log_p = torch::log_softmax(decoder_->mlm_logits(states), 1);
    std::vector<double> found;
    for (size_t t = 1; t < ids.size(); ++t) found.push_back(log_p[static_cast<int64_t>(t) - 1][ids[t]].item<double>());
    return found;
  }
  double log_p(const Ids& ids, int64_t question) {
    double sum = 0;
    for (const double one : token_log_p(ids, question)) sum += one;
    return sum;
  }

  VqaOptions options_{.vision = tiny_vit(), .text = tiny_bert(), .decoder_layers = 2};
  TextEncoder decoder_{options_.decoder()};
  std::vector<KeyValues> keys_;
  torch::NoGradGuard no_grad_;
};

TEST(AnswerTree, SharesBeginnings) {
  const AnswerTree tree(List{{2, 7, 3}, {2, 7, 8, 3}, {2, 9, 3}, {2, 7, 3}});
  EXPECT_EQ(tree.size(), 4);
  EXPECT_EQ(tree.nodes(), 7);  // start; 7, its end, 8, its end; 9, its end
  EXPECT_EQ(tree.end(0), tree.end(3));
  EXPECT_EQ(tree.first_tokens(), (Ids{7, 7, 9, 7}));
  EXPECT_EQ(tree.node(tree.end(1)).depth, 3);
  EXPECT_THROW(AnswerTree(List{}), c10::Error);
  EXPECT_THROW(AnswerTree(List{{2}}), c10::Error);
  EXPECT_THROW(AnswerTree(List{{2, 7, 3}, {4, 7, 3}}), c10::Error);
}

TEST_F(AnswersTest, AreRankedAsByTheWholePass) {
  const List answers = {{2, 7, 3},  {2, 7, 8, 3},     {2, 9, 3},         {2, 9, 8, 7, 6, 3},
                        {2, 10, 3}, {2, 10, 11, 3},   {2, 9, 8, 12, 3},  {2, 13, 3},
                        {2, 14, 3}, {2, 7, 8, 15, 3}, {2, 16, 16, 16, 3}};
  for (const int64_t k : {1, 4, 100}) {
    for (const bool twice : {true, false}) {
      const auto ranked = rank_answers(decoder_, keys_, AnswerTree(answers), {.k = k, .first_token_twice = twice});
      ASSERT_EQ(ranked.answers.sizes(), (std::vector<int64_t>{2, std::min<int64_t>(k, 11)}));
      for (int64_t q = 0; q < 2; ++q) {
        std::vector<std::pair<double, int64_t>> first;  // by the first token, but for rounding; then by number
        for (int64_t n = 0; n < std::ssize(answers); ++n)
          first.emplace_back(std::round(-1e4 * token_log_p(answers[static_cast<size_t>(n)], q)[0]) / 1e4, n);
        std::sort(first.begin(), first.end());
        std::vector<std::pair<double, int64_t>> expected;
        for (int64_t c = 0; c < ranked.answers.size(1); ++c) {
          const auto [minus_first, n] = first[static_cast<size_t>(c)];
          expected.emplace_back(log_p(answers[static_cast<size_t>(n)], q) - (twice ? minus_first : 0), n);
        }
        std::stable_sort(expected.begin(), expected.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        double sum = 0;
        for (int64_t c = 0; c < ranked.answers.size(1); ++c) {
          EXPECT_EQ(ranked.answers[q][c].item<int64_t>(), expected[static_cast<size_t>(c)].second) << k << " " << c;
          EXPECT_NEAR(ranked.scores[q][c].item<double>(), expected[static_cast<size_t>(c)].first, 2e-4);
          sum += ranked.probabilities[q][c].item<double>();
        }
        EXPECT_NEAR(sum, 1, 1e-5);
      }
    }
  }
}

TEST_F(AnswersTest, OfEqualFirstTokensTheLowerNumberIsTheCandidate) {
  const AnswerTree tree(List{{2, 7, 8, 3}, {2, 7, 9, 3}, {2, 7, 3}});
  const auto ranked = rank_answers(decoder_, keys_, tree, {.k = 1});
  EXPECT_EQ(ranked.answers[0][0].item<int64_t>(), 0);
}

TEST_F(AnswersTest, AreWrittenGreedilyTokenByToken) {
  std::vector<int64_t> not_first;
  for (int64_t id = 10; id < 50; ++id) not_first.push_back(id);
  const GenerateOptions options = {
      .beams = 1, .max_tokens = 4, .start = kStart, .end = kEnd, .forbidden = {0, 2}, .not_first = not_first};
  const auto written = generate_answers(decoder_, keys_, options);
  ASSERT_EQ(written.size(), 2u);
  for (int64_t q = 0; q < 2; ++q) {
    Ids ids = {kStart};
    for (int64_t t = 0; t < 4; ++t) {
      double best = -INFINITY;
      int64_t next = 0;
      for (int64_t id = 1; id < 50; ++id) {
        if (id == 2 || (t == 0 && (id == kEnd || id >= 10))) continue;
        auto more = ids;
        more.push_back(id);
        if (const double p = token_log_p(more, q).back(); p > best) best = p, next = id;
      }
      ids.push_back(next);
      if (next == kEnd) break;
    }
    if (ids.back() == kEnd) ids.pop_back();
    EXPECT_EQ(written[static_cast<size_t>(q)].at(0).ids, Ids(ids.begin() + 1, ids.end()));
  }
}

// As many beams as there are beginnings see everything, so the best answer is the best of all.
TEST_F(AnswersTest, AWideBeamFindsTheBestAnswerOfAll) {
  const GenerateOptions options = {.beams = 40,
                                   .max_tokens = 3,
                                   .length_penalty = 0,
                                   .start = kStart,
                                   .end = kEnd,
                                   .forbidden = {0, 1, 2},
                                   .not_first = {},
                                   .vocabulary = 9};
  const auto written = generate_answers(decoder_, keys_, options);
  for (int64_t q = 0; q < 2; ++q) {
    // Probabilities are among the words of the vocabulary, written or not.
    const auto next = [&](const Ids& ids) {
      std::vector<double> log_p;
      double all = 0;
      for (int64_t id = 0; id < 9; ++id) {
        auto more = ids;
        more.push_back(id);
        log_p.push_back(token_log_p(more, q).back());
        all += std::exp(log_p.back());
      }
      for (double& one : log_p) one -= std::log(all);
      return log_p;
    };
    double best = -INFINITY;
    Ids answer;
    const std::function<void(const Ids&, double)> offer = [&](const Ids& ids, double log_p) {
      const auto more = next(ids);
      if (ids.size() > 1 && log_p + more[kEnd] > best) {
        best = log_p + more[kEnd];
        answer = Ids(ids.begin() + 1, ids.end());
      }
      for (size_t id = 4; id < 9; ++id) {
        auto longer = ids;
        longer.push_back(static_cast<int64_t>(id));
        if (longer.size() < 4) {
          offer(longer, log_p + more[id]);
        } else if (log_p + more[id] > best) {  // three tokens: it ends there
          best = log_p + more[id];
          answer = Ids(longer.begin() + 1, longer.end());
        }
      }
    };
    offer({kStart}, 0);
    EXPECT_EQ(written[static_cast<size_t>(q)].at(0).ids, answer);
    EXPECT_NEAR(written[static_cast<size_t>(q)].at(0).score, best, 1e-4);
  }
}

TEST(DecoderWeights, AreTheMultimodalLayers) {
  VqaOptions options{.vision = tiny_vit(), .text = tiny_bert(), .decoder_layers = 3};
  Weights weights{
      .tensors = {{"text_encoder.bert.encoder.layer.1.output.dense.weight", torch::ones({24, 40})},
                  {"text_encoder.bert.encoder.layer.3.output.dense.weight", torch::ones({24, 40}) * 3},
                  {"text_encoder.bert.encoder.layer.2.crossattention.self.key.weight", torch::ones({24, 12})},
                  {"text_encoder.bert.encoder.layer.2.crossattention.self.key.bias", torch::ones({24})},
                  {"text_encoder.bert.embeddings.word_embeddings.weight", torch::ones({50, 24})},
                  {"text_encoder.cls.predictions.bias", torch::ones({50})},
                  {"text_encoder_m.bert.encoder.layer.2.output.dense.weight", torch::ones({24, 40}) * 4}},
      .source = "test"};
  make_decoder_weights(weights, options);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights.tensors) {
    if (name.starts_with("text_decoder")) names.push_back(name);
  }
  // The image tokens' projection is 12 wide, the decoder reads text states of 24.
  EXPECT_EQ(names, (std::vector<std::string>{"text_decoder.bert.embeddings.word_embeddings.weight",
                                             "text_decoder.bert.encoder.layer.0.crossattention.self.key.bias",
                                             "text_decoder.bert.encoder.layer.1.output.dense.weight",
                                             "text_decoder.cls.predictions.bias",
                                             "text_decoder_m.bert.encoder.layer.0.output.dense.weight"}));
  EXPECT_EQ(weights.tensors.at("text_decoder.bert.encoder.layer.1.output.dense.weight")[0][0].item<double>(), 3);
  const auto before = weights.tensors.size();
  options.decoder_layers = decoder_layers(weights);
  EXPECT_EQ(options.decoder_layers, 2);
  make_decoder_weights(weights, options);
  EXPECT_EQ(weights.tensors.size(), before);
  options.decoder_layers = 3;
  EXPECT_THROW(make_decoder_weights(weights, options), Error);
}

}  // namespace
}  // namespace albef
