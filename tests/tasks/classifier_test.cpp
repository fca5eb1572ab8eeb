// Visual entailment and NLVR2 below the command line: the step, doubled layers, where weights come from, answers.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../data/photos.h"
#include "../dist/ranks_in_threads.h"
#include "../model/tiny_model.h"
#include "albef/io/checkpoint.h"
#include "albef/io/safetensors.h"
#include "albef/tasks/common/classifier_step.h"
#include "albef/tasks/nlvr/task.h"
#include "albef/tasks/nlvr/text_assignment.h"
#include "albef/tasks/ve/task.h"
#include "tiny_run.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

ClassifierOptions tiny_classifier(int64_t pictures, bool momentum_model = true) {
  const auto sizes = tiny_albef();
  return {.vision = sizes.vision,
          .text = bert_for_pictures(sizes.text, pictures),
          .classes = 3,
          .momentum_model = momentum_model};
}

Classifier tiny(int64_t pictures, bool momentum_model = true) {
  Classifier model(tiny_classifier(pictures, momentum_model));
  model->initialise(5);
  return model;
}

LabelledBatch tiny_batch(const Classifier& model, int64_t count) {
  const auto& o = model->options();
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  LabelledBatch batch;
  batch.pixels = torch::randn({o.text.images_per_text * count, 3, o.vision.image_res, o.vision.image_res}, generator);
  std::vector<std::vector<int64_t>> texts;
  for (int64_t b = 0; b < count; ++b) {
    texts.push_back({2});
    for (int64_t t = 0; t <= b % 3; ++t) texts.back().push_back(5 + b + t);
    batch.labels.push_back(b % o.classes);
  }
  batch.texts = pad_texts(texts, 0);
  return batch;
}

TEST(ClassifierStep, MixesHardLabelsWithTheMomentumModels) {
  for (const int64_t pictures : {1, 2}) {
    auto model = tiny(pictures);
    {
      const torch::NoGradGuard no_grad;
      model->online.head->out->weight.mul_(3);  // so that the two models differ
    }
    const auto batch = tiny_batch(model, 5);
    const auto before = model->momentum.head->out->weight.clone();
    const auto [loss, accuracy] = classifier_step(model, batch, {.alpha = 0.4, .momentum = 0.75});
    expect_near(model->momentum.head->out->weight, 0.75 * before + 0.25 * model->online.head->out->weight);
    const auto texts = make_texts(batch.texts, false, torch::kCPU);
    const auto logits_of = [&](ClassifierParts& parts) {
      return parts.logits(parts.vision(batch.pixels).chunk(pictures), {}, texts);
    };
    const auto p = logits_of(model->online).log_softmax(1), q = logits_of(model->momentum).softmax(1);
    const auto labels = torch::tensor(batch.labels);
    const auto wanted = 0.6 * torch::nll_loss(p, labels) - 0.4 * (q * p).sum(1).mean();
    EXPECT_NEAR(loss.item<double>(), wanted.item<double>(), 1e-5);
    EXPECT_NEAR(accuracy.item<double>(), p.argmax(1).eq(labels).to(torch::kDouble).mean().item<double>(), 1e-6);
    loss.backward();
    EXPECT_TRUE(model->online.vision->parameters()[0].grad().defined());
    EXPECT_FALSE(model->momentum.vision->parameters()[0].grad().defined());
  }
}

TEST(ClassifierStep, NeedsAMomentumModelForDistillationOnly) {
  auto model = tiny(1, /*momentum_model=*/false);
  const auto batch = tiny_batch(model, 3);
  EXPECT_GT(classifier_step(model, batch, {.alpha = 0}).loss.item<double>(), 0);
  EXPECT_THROW(classifier_step(model, batch, {.alpha = 0.4}), c10::Error);
}

BertOptions stack(int64_t layers, int64_t fusion_layer) {
  BertOptions bert;
  bert.num_hidden_layers = layers;
  bert.fusion_layer = fusion_layer;
  return bert;
}

TEST(DoubleFusionLayers, WritesThemTwiceAndOnce) {
  const auto one = [](double value) { return torch::full({1}, value); };
  Weights weights{.tensors = {{"text_encoder.bert.encoder.layer.0.x", one(0)},
                              {"text_encoder.bert.encoder.layer.1.x", one(1)},
                              {"text_encoder.bert.encoder.layer.2.x", one(2)},
                              {"text_encoder_m.encoder.layer.2.x", one(3)},
                              {"visual_encoder.blocks.2.x", one(4)}},
                  .source = "test"};
  double_fusion_layers(weights, stack(3, 1));
  std::map<std::string, double> values;
  for (const auto& [name, tensor] : weights.tensors) values[name] = tensor.item<double>();
  const std::map<std::string, double> wanted = {
      {"text_encoder.bert.encoder.layer.0.x", 0}, {"text_encoder.bert.encoder.layer.1.x", 1},
      {"text_encoder.bert.encoder.layer.2.x", 1}, {"text_encoder.bert.encoder.layer.3.x", 2},
      {"text_encoder.bert.encoder.layer.4.x", 2}, {"text_encoder_m.encoder.layer.3.x", 3},
      {"text_encoder_m.encoder.layer.4.x", 3},    {"visual_encoder.blocks.2.x", 4}};
  EXPECT_EQ(values, wanted);
  EXPECT_NE(weights.note.find("layers 1 to 2 written twice"), std::string::npos);
  double_fusion_layers(weights, stack(3, 1));  // five layers are doubled already
  EXPECT_EQ(weights.tensors.size(), wanted.size());
}

TEST(DrawAssignments, ShowsOwnOrOtherPicturesAThirdOfTheTimeEach) {
  constexpr int64_t kBatch = 6, kSteps = 400;
  std::map<int64_t, int64_t> counts;
  std::map<int64_t, int64_t> others_of_first;
  auto similarity = torch::zeros({kBatch, kBatch});
  similarity[0][1] = 3;  // picture 1 is what picture 0 is taken for
  for (int64_t step = 0; step < kSteps; ++step) {
    const auto drawn = draw_assignments(similarity, {.seed = 1, .step = static_cast<uint64_t>(step)});
    for (int64_t b = 0; b < kBatch; ++b) {
      const auto first = drawn.first[b].item<int64_t>(), second = drawn.second[b].item<int64_t>(),
                 target = drawn.targets[b].item<int64_t>();
      EXPECT_NE(first, second);
      EXPECT_EQ(target, first == b ? 0 : second == b ? 1 : 2);
      ++counts[target];
      if (b == 0 && target == 0) ++others_of_first[second];
    }
  }
  for (const int64_t target : {0, 1, 2}) EXPECT_NEAR(static_cast<double>(counts[target]), 800, 100) << target;
  double seen = 0;
  for (const auto& [other, count] : others_of_first) seen += static_cast<double>(count);
  const double share = std::exp(3.0) / (std::exp(3.0) + 4);
  EXPECT_NEAR(static_cast<double>(others_of_first[1]) / seen, share, 0.12);
  const auto again = draw_assignments(similarity, {.seed = 1, .step = 7}),
             same = draw_assignments(similarity, {.seed = 1, .step = 7});
  EXPECT_TRUE(torch::equal(again.first, same.first) && torch::equal(again.targets, same.targets));
}

TEST(DrawAssignments, OfTwoPicturesAlwaysShowBoth) {
  for (uint64_t step = 0; step < 50; ++step) {
    const auto drawn = draw_assignments(torch::zeros({2, 2}), {.seed = 1, .step = step});
    EXPECT_TRUE(drawn.targets.lt(2).all().item<bool>());
    EXPECT_TRUE(drawn.first.ne(drawn.second).all().item<bool>());
  }
  EXPECT_THROW(draw_assignments(torch::zeros({1, 1}), {}), c10::Error);
}

// A pretraining checkpoint, whose momentum model differs from the student.
class InitialWeights : public testing::Test {
 protected:
  void SetUp() override {
    auto albef = tiny_model(3);
    {
      const torch::NoGradGuard no_grad;
      for (auto& parameter : albef->momentum.vision->parameters()) parameter.add_(1);
    }
    weights_ = model_weights(*albef);
    write_safetensors(folder_ / "albef.safetensors", weights_);
    init_.checkpoint = folder_ / "albef.safetensors";
  }
  Classifier load(const InitRules& rules, int64_t pictures) {
    auto model = tiny(pictures);
    auto own = rules;
    own.passed_over = parts_of_pretraining();
    load_initial_weights(*model, init_, own, [&] { model->copy_to_momentum(); });
    return model;
  }
  TemporaryFolder folder_;
  InitSettings init_;
  TensorMap weights_;
};

TEST_F(InitialWeights, OfAClassifierTakeTheFilesMomentumModelAndCopyTheHead) {
  const auto model = load({}, 1);
  const auto ours = model_weights(*model);
  EXPECT_TRUE(torch::equal(ours.at("visual_encoder.cls_token"), weights_.at("visual_encoder.cls_token")));
  EXPECT_TRUE(torch::equal(ours.at("visual_encoder_m.cls_token"), weights_.at("visual_encoder_m.cls_token")));
  EXPECT_TRUE(torch::equal(ours.at("cls_head_m.2.weight"), ours.at("cls_head.2.weight")));
  EXPECT_TRUE(torch::equal(ours.at("text_encoder.encoder.layer.0.output.dense.weight"),
                           weights_.at("text_encoder.bert.encoder.layer.0.output.dense.weight")));
}

TEST_F(InitialWeights, OfHalfAMomentumModelCopyTheStudent) {
  auto half = weights_;
  std::erase_if(half, [](const auto& entry) { return entry.first.starts_with("text_encoder_m."); });
  write_safetensors(folder_ / "albef.safetensors", half);
  const auto ours = model_weights(*load({}, 1));
  EXPECT_TRUE(torch::equal(ours.at("visual_encoder_m.cls_token"), ours.at("visual_encoder.cls_token")));
}

TEST_F(InitialWeights, OfNlvrAreDoubledAndCopiedAfterOrBefore) {
  const auto rename = [bert = tiny_albef().text](Weights& weights) { double_fusion_layers(weights, bert); };
  const auto fresh = model_weights(*tiny(2));
  for (const auto start : {MomentumStart::kStudent, MomentumStart::kInitial}) {
    const auto ours = model_weights(*load({.passed_over = {}, .rename = rename, .momentum = start}, 2));
    const bool after = start == MomentumStart::kStudent;
    EXPECT_TRUE(
        torch::equal(ours.at("visual_encoder_m.cls_token"), (after ? ours : fresh).at("visual_encoder.cls_token")));
    const auto fusion = tiny_albef().text.fusion_layer;
    const auto name = [](int64_t layer) { return str("text_encoder.encoder.layer.", layer, ".output.dense.weight"); };
    EXPECT_TRUE(torch::equal(ours.at(name(fusion)), ours.at(name(fusion + 1))));
    EXPECT_TRUE(torch::equal(ours.at(name(fusion)),
                             weights_.at(str("text_encoder.bert.encoder.layer.", fusion, ".output.dense.weight"))));
  }
}

// Ids count the images of one list; of another they would be other images.
TEST_F(InitialWeights, OfRetrievalKeepTheQueueWithoutItsIds) {
  auto weights = weights_;
  weights["idx_queue"] = torch::zeros({1, 12}, torch::kInt64);
  write_safetensors(folder_ / "albef.safetensors", weights);
  ModelSettings settings;
  const auto sizes = tiny_albef();
  settings.image_res = sizes.vision.image_res;
  settings.patch_size = sizes.vision.patch_size;
  settings.vision_width = sizes.vision.width;
  settings.vision_depth = sizes.vision.depth;
  settings.vision_heads = sizes.vision.heads;
  settings.embed_dim = sizes.embed_dim;
  settings.queue_size = sizes.queue_size;
  settings.bert = sizes.text;
  settings.id_queue = true;
  const auto model = make_model(settings, init_, 1);
  EXPECT_TRUE(torch::equal(model->queue.image, weights.at("image_queue")));
  EXPECT_TRUE(model->queue.ids.eq(-100).all().item<bool>());
}

TEST(FineTuningSettings, AreReadFromTheAuthorsFiles) {
  constexpr char kCommon[] = R"(
image_root: 'x'
image_res: 384
bert_config: 'configs/config_bert.json'
alpha: 0.4
distill: True
optimizer: {opt: adamW, lr: 2e-5, weight_decay: 0.02}
schedular: {sched: cosine, lr: 2e-5, epochs: 5, min_lr: 1e-6, decay_rate: 1,
  warmup_lr: 1e-5, warmup_epochs: 1, cooldown_epochs: 0}
)";
  const auto parsed = [](auto settings, const std::string& text) {
    return parse_settings<decltype(settings)>(parse_yaml(text, "f"), "f");
  };
  const auto ve = parsed(VeSettings(), std::string(kCommon) + R"(
train_file: 'a.json'
val_file: 'b.json'
test_file: 'c.json'
batch_size_train: 32
batch_size_test: 64
warm_up: False
)");
  EXPECT_EQ(ve.common.augment.area_min, 0.5);
  EXPECT_EQ(longest_text(ve.common), ve.common.model.bert.max_position_embeddings);  // not cut
  EXPECT_EQ(ve.distillation.alpha_at({}, 10), 0.4);
  const auto nlvr = parsed(NlvrSettings(), std::string(kCommon) + R"(
train_file: ['a.json']
val_file: ['b.json']
test_file: ['c.json']
batch_size: 16
warm_up: True
eval_ema: False
)");
  EXPECT_EQ(nlvr.distillation.alpha_at({.step = 5, .step_in_epoch = 5}, 10), 0.2);
  EXPECT_EQ(nlvr.distillation.alpha_at({.step = 15, .epoch = 1, .step_in_epoch = 5}, 10), 0.4);
  EXPECT_THROW(parsed(NlvrSettings(), "{eval_ema: true, distill: false}"), Error);
  const auto text_assignment = parsed(TextAssignmentSettings(), R"(
train_file: ['a.json', 'b.json']
bert_config: 'configs/config_bert.json'
image_res: 256
vision_width: 768
embed_dim: 256
batch_size: 64
optimizer: {opt: adamW, lr: 2e-5, weight_decay: 0.02}
schedular: {sched: cosine, lr: 2e-5, epochs: 1, min_lr: 1e-5, decay_rate: 1,
  warmup_lr: 1e-5, warmup_epochs: 1, cooldown_epochs: 0}
)");
  EXPECT_EQ(longest_text(text_assignment.common), 25);
  EXPECT_EQ(text_assignment.common.augment.area_min, 0.2);
  EXPECT_EQ(TextAssignmentSettings().common.schedular.warmup_epochs, 1);
  EXPECT_THROW(parsed(TextAssignmentSettings(), "drop_last: false"), Error);  // the last batch may be one pair
}

constexpr int kRecords = 9;

class LabelledTasks : public testing::Test {
 protected:
  void SetUp() override {
    OrderedJson list = OrderedJson::array();
    for (int i = 0; i < kRecords; ++i) {
      list.push_back({{"images", {Photos::name(i % 7), Photos::name((3 * i + 1) % 7)}},
                      {"sentence", str("number ", i, std::string(static_cast<size_t>(i), '!'), " is here")},
                      {"label", i % 3 == 0 ? "True" : "False"}});
    }
    file_ = photos_.folder.write("nlvr.json", list.dump());
  }
  NlvrSettings settings(const std::string& name) const {
    const std::vector<std::string> own = {"train_file=" + file_, "image_root=" + photos_.folder.path(),
                                          "output_dir=" + (folder_ / name), "batch_size=2", "precision=float32"};
    return parse_settings<NlvrSettings>(parse_yaml(kTinyRun, "the test", own), "the test");
  }
  Photos photos_{7};
  TemporaryFolder folder_;
  std::string file_;
};

// 9 records: the last batch leaves one of two ranks without a sample.
TEST_F(LabelledTasks, RanksEndWithTheSameModel) {
  std::vector<TensorMap> models(2);
  in_ranks(2, [&](ThreadRank& self) {
    auto s = settings("ranks");
    const albef::Run run = open_run(s.common, self);
    auto data = read_labelled_data(s.common, nlvr_format(), run, self);
    NlvrTask task(s, std::move(data), run, self);
    train(task, s, run, self, "accuracy");
    models[static_cast<size_t>(self.rank())] = task.weights();
  });
  for (const auto& [name, tensor] : models[0]) EXPECT_TRUE(torch::equal(tensor, models[1].at(name))) << name;
  EXPECT_EQ(read_checkpoint(fs::path(folder_ / "ranks") / "checkpoints/last").state.at("pairs"), 2 * kRecords);
}

TEST_F(LabelledTasks, AnswersDoNotDependOnTheBatch) {
  auto s = settings("answers");
  SingleProcess alone;
  const albef::Run run = open_run(s.common, alone);
  const auto data = read_labelled_data(s.common, nlvr_format(), run, alone);
  Pictures pictures;
  const CaptionEncoder encoder{data.tokenizer, 30, 20};
  for (const size_t shown : {1UL, 2UL}) {  // a list about the first pictures alone, too
    auto list = data.list;
    list.format.pictures = shown;
    Classifier model(
        classifier_options(s.common.model, {.task = "", .classes = 2, .pictures = static_cast<int64_t>(shown)}, false));
    model->initialise(1);
    model->eval();
    const auto answers = [&](int64_t batch, bool packed) {
      return classify(model->online, list, encoder, pictures,
                      {.batch_size = batch, .loader_threads = 2, .compute = {.bf16 = false, .packed = packed}},
                      torch::kCPU);
    };
    const auto one = answers(1, true), all = answers(100, false);
    expect_near(one.probabilities, all.probabilities);
    expect_near(one.probabilities.sum(1), torch::ones({kRecords}));
    EXPECT_EQ(one.classes, all.classes);
    const auto counts = confusion(list, one);
    EXPECT_EQ(counts[0][0] + counts[0][1], 6);
    EXPECT_NEAR(accuracy(list, one), 100.0 * static_cast<double>(counts[0][0] + counts[1][1]) / kRecords, 1e-9);
  }
}

TEST(Consistency, CountsSentencesThatAreRightEverywhere) {
  LabelledList list;
  for (const auto& [group, label] : {std::pair(0, 1), {0, 0}, {1, 1}, {2, 1}, {2, 1}}) {
    list.examples.emplace_back();
    list.examples.back().group = static_cast<uint32_t>(group);
    list.examples.back().label = label;
  }
  EXPECT_NEAR(consistency(list, {.probabilities = {}, .classes = {1, 1, 1, 1, 1}}), 100.0 * 2 / 3, 1e-9);
}

}  // namespace
}  // namespace albef
