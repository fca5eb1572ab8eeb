#include "albef/tasks/common/objectives.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "../model/tiny_model.h"
#include "albef/loss/itc.h"

namespace F = torch::nn::functional;

namespace albef {
namespace {

constexpr int64_t kLength = 7, kMaskId = 3;

struct Case {
  TextBatch texts;
  MaskedTexts masked;
  ObjectiveInput input{.pixels = {}, .texts = texts, .matches = {}, .excluded = {}, .choose_negatives = {}};
  NegativePairs negatives;  // those that were chosen
};

// Texts of different lengths, one of which has no masked token; a negative of each that is not its own.
std::unique_ptr<Case> make_case(int64_t batch, int64_t queue = 12) {
  torch::manual_seed(17);
  auto c = std::make_unique<Case>();
  auto& in = c->input;
  in.pixels = torch::randn({batch, 3, 16, 16});
  const auto ids = torch::randint(5, 50, {batch, kLength}, torch::kInt64);
  std::vector<std::vector<int64_t>> plain, masked;
  for (int64_t b = 0; b < batch; ++b) {
    plain.emplace_back();
    masked.emplace_back();
    c->masked.places.emplace_back();
    const int64_t length = kLength - 1 - (b * 2) % 5;  // 6 4 2 5 3: none as long as the rectangle
    for (int64_t t = 0; t < length; ++t) {
      const int64_t id = t == 0 ? 2 : ids[b][t].item<int64_t>();
      const bool chosen = t > 0 && t % 2 == 1 && b != 1;
      plain.back().push_back(id);
      masked.back().push_back(chosen ? kMaskId : id);
      if (!chosen) continue;
      c->masked.places.back().push_back(t);
      c->masked.labels.push_back(id);
    }
  }
  c->texts = pad_texts(plain, 0, kLength);
  c->masked.texts = pad_texts(masked, 0, kLength);
  in.masked = &c->masked;
  in.matches = own_pair_matches(batch, batch + queue, torch::kCPU);
  in.excluded = torch::eye(batch, torch::kBool);
  in.alpha_itc = 0.4;
  in.alpha_mlm = 0.3;
  const auto own = torch::arange(batch);
  const auto valid = torch::full({batch}, batch > 1, torch::kBool);
  c->negatives = {{(own + 1) % batch, valid}, {(own + batch - 1) % batch, valid}};
  in.choose_negatives = [&chosen = c->negatives](const torch::Tensor&, const torch::Tensor&, const torch::Tensor&) {
    return chosen;
  };
  return c;
}

struct Encoded {
  torch::Tensor image, text, image_feature, text_feature;
};

// The objectives as the paper tells them: padded texts, a pass of the multimodal encoder for each kind of pair.
class Reference {
 public:
  Reference(Albef& model, const Case& c)
      : model_(model), in_(c.input), chosen_(c.negatives), batch_(c.input.pixels.size(0)) {
    keep_ = torch::arange(kLength).unsqueeze(0) < torch::tensor(in_.texts.lengths).unsqueeze(1);
    teacher_ = encode(model->momentum, in_.texts.ids);
    online_ = encode(model->online, in_.texts.ids);
  }

  // Eq. 1, 2 and 6 of one direction.
  torch::Tensor contrast(const torch::Tensor& query, const torch::Tensor& teacher_query, const torch::Tensor& keys,
                         const torch::Tensor& queue) {
    const auto all = torch::cat({keys, queue.t()}).detach();
    const auto soft = torch::softmax(teacher_query.mm(all.t()) / model_->temp, 1).detach();
    const auto targets = in_.alpha_itc * soft + (1 - in_.alpha_itc) * in_.matches;
    return F::cross_entropy(query.mm(all.t()) / model_->temp, targets);
  }
  torch::Tensor itc() {
    return (contrast(online_.image_feature, teacher_.image_feature, teacher_.text_feature, model_->queue.text) +
            contrast(online_.text_feature, teacher_.text_feature, teacher_.image_feature, model_->queue.image)) /
           2;
  }

  torch::Tensor itm() {
    auto logits = itm_logits(online_.text, keep_, online_.image);
    auto labels = torch::ones({batch_}, torch::kInt64);
    if (chosen_.image.valid.all().item<bool>()) {
      const auto &image = chosen_.image.index, &text = chosen_.text.index;
      logits = torch::cat({logits, itm_logits(online_.text, keep_, online_.image.index_select(0, image)),
                           itm_logits(online_.text.index_select(0, text), keep_.index_select(0, text), online_.image)});
      labels = torch::cat({labels, torch::zeros({2 * batch_}, torch::kInt64)});
    }
    return F::cross_entropy(logits, labels);
  }

  torch::Tensor mlm() {
    auto labels = torch::full({batch_, kLength}, -100, torch::kInt64);
    for (int64_t b = 0, n = 0; b < batch_; ++b) {
      for (const int64_t t : in_.masked->places[static_cast<size_t>(b)])
        labels[b][t] = in_.masked->labels[static_cast<size_t>(n++)];
    }
    const auto chosen = labels.flatten().ne(-100).nonzero().squeeze(1);
    const auto logits = mlm_logits(model_->online, online_.image).index_select(0, chosen);
    const auto teacher = mlm_logits(model_->momentum, teacher_.image).index_select(0, chosen);
    const auto hard = F::cross_entropy(logits, labels.flatten().index_select(0, chosen));
    return (1 - in_.alpha_mlm) * hard + in_.alpha_mlm * F::cross_entropy(logits, torch::softmax(teacher, 1).detach());
  }

 private:
  TokenLayout layout(const torch::Tensor& keep) const { return TokenLayout::padded(keep.size(0), kLength, keep); }
  Encoded encode(Encoders& e, const std::vector<int64_t>& ids) {
    const auto image = e.vision(in_.pixels),
               text = e.text->bert->encode(torch::tensor(ids), layout(keep_)).view({batch_, kLength, -1});
    return {image, text, F::normalize(e.vision_proj(image.select(1, 0))), F::normalize(e.text_proj(text.select(1, 0)))};
  }
  torch::Tensor fuse(Encoders& e, const torch::Tensor& text, const torch::Tensor& keep, const torch::Tensor& image) {
    return e.text->bert->fuse(text.flatten(0, 1), layout(keep), e.text->bert->cross_keys(image), {});
  }
  torch::Tensor itm_logits(const torch::Tensor& text, const torch::Tensor& keep, const torch::Tensor& image) {
    return model_->itm_head(fuse(model_->online, text, keep, image).view({batch_, kLength, -1}).select(1, 0));
  }
  torch::Tensor mlm_logits(Encoders& e, const torch::Tensor& image) {
    return e.text->mlm_logits(fuse(e, encode(e, in_.masked->texts.ids).text, keep_, image));
  }

  Albef& model_;
  const ObjectiveInput& in_;
  const NegativePairs& chosen_;
  int64_t batch_;
  torch::Tensor keep_;
  Encoded online_, teacher_;
};

using Gradients = std::map<std::string, torch::Tensor>;

Gradients gradients(Albef& model, const torch::Tensor& loss) {
  model->zero_grad();
  loss.backward();
  Gradients all;
  for (const auto& item : model->named_parameters()) {
    if (item.value().grad().defined()) all[item.key()] = item.value().grad().clone();
  }
  return all;
}

// Of a tensor's largest value; and what rounding leaves where the true gradient is 0 (biases of attention keys).
void expect_same(const Gradients& ours, const Gradients& wanted) {
  ASSERT_EQ(ours.size(), wanted.size());
  for (const auto& [name, gradient] : wanted) {
    const double off = (ours.at(name) - gradient).abs().max().item<double>();
    EXPECT_LE(off, 1e-5 * gradient.abs().max().item<double>() + 1e-6) << name;
  }
}

class Objectives : public testing::TestWithParam<bool> {};  // packed

TEST_P(Objectives, AreThoseOfThePaperWithTheirGradients) {
  auto model = tiny_model();
  const auto c = make_case(5);
  Reference reference(model, *c);
  const auto itc = reference.itc(), itm = reference.itm(), mlm = reference.mlm();
  const auto ours = albef_objectives(model, c->input, {.packed = GetParam()});
  EXPECT_NEAR(ours.itc.item<double>(), itc.item<double>(), 1e-5 * itc.item<double>());
  EXPECT_NEAR(ours.itm.item<double>(), itm.item<double>(), 1e-5 * itm.item<double>());
  EXPECT_NEAR(ours.mlm.item<double>(), mlm.item<double>(), 1e-5 * mlm.item<double>());
  expect_same(gradients(model, ours.itc + 2 * ours.itm + 3 * ours.mlm), gradients(model, itc + 2 * itm + 3 * mlm));
}

TEST_P(Objectives, NeedNoMaskedText) {
  auto model = tiny_model();
  const auto c = make_case(4);
  Reference reference(model, *c);
  const auto itc = reference.itc(), itm = reference.itm();
  c->input.masked = nullptr;
  const auto ours = albef_objectives(model, c->input, {.packed = GetParam()});
  EXPECT_FALSE(ours.mlm.defined());
  EXPECT_NEAR(ours.itc.item<double>(), itc.item<double>(), 1e-5 * itc.item<double>());
  expect_same(gradients(model, ours.itc + ours.itm), gradients(model, itc + itm));
}

TEST_P(Objectives, NeedNoDistillation) {
  auto model = tiny_model();
  const auto c = make_case(3);
  c->input.alpha_itc = c->input.alpha_mlm = 0;
  Reference reference(model, *c);
  const auto itc = reference.itc(), mlm = reference.mlm();
  const auto ours = albef_objectives(model, c->input, {.packed = GetParam()});
  EXPECT_NEAR(ours.itc.item<double>(), itc.item<double>(), 1e-5 * itc.item<double>());
  EXPECT_NEAR(ours.mlm.item<double>(), mlm.item<double>(), 1e-5 * mlm.item<double>());
}

TEST_P(Objectives, TakeABatchOfOneWithoutNegatives) {
  auto model = tiny_model();
  const auto c = make_case(1);
  Reference reference(model, *c);
  const auto itm = reference.itm(), itc = reference.itc();
  c->input.choose_negatives = negative_chooser(/*hardest=*/false, 1, {.seed = 1, .step = 1});
  const auto ours = albef_objectives(model, c->input, {.packed = GetParam()});
  EXPECT_NEAR(ours.itm.item<double>(), itm.item<double>(), 1e-5 * itm.item<double>());
  expect_same(gradients(model, ours.itc + ours.itm + 0 * ours.mlm), gradients(model, itc + itm + 0 * reference.mlm()));
}

TEST_P(Objectives, TakeTextsOfWhichNoTokenIsMasked) {
  auto model = tiny_model();
  const auto c = make_case(3);
  c->masked = {c->texts, {{}, {}, {}}, {}};
  const auto ours = albef_objectives(model, c->input, {.packed = GetParam()});
  EXPECT_EQ(ours.mlm.item<float>(), 0);
  for (const auto& [name, gradient] : gradients(model, ours.itc + ours.itm + ours.mlm))
    EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << name;
}

TEST_P(Objectives, AskForNegativesWithTheSimilaritiesOfBothDirections) {
  auto model = tiny_model();
  const auto c = make_case(4);
  torch::Tensor t2i, i2t;
  c->input.choose_negatives = [&](const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& excluded) {
    t2i = a;
    i2t = b;
    EXPECT_TRUE(torch::equal(excluded, c->input.excluded));
    return c->negatives;
  };
  const auto ours = albef_objectives(model, c->input, {.packed = GetParam()});
  auto& e = model->online;
  const auto image = e.image_feature(e.vision(c->input.pixels));
  expect_near(i2t.narrow(1, 0, 4), image.mm(ours.entries.text.t()) / model->temp);
  EXPECT_FALSE(torch::allclose(t2i, i2t));
  EXPECT_FALSE(ours.entries.image.requires_grad() || ours.entries.text.requires_grad());
}

TEST_P(Objectives, AreCloseInBfloat16) {
  auto model = tiny_model();
  const auto c = make_case(5);
  const auto full = albef_objectives(model, c->input, {.packed = GetParam()});
  const auto half = albef_objectives(model, c->input, {.bf16 = true, .packed = GetParam()});
  for (const auto& [a, b] : {std::pair{half.itc, full.itc}, {half.itm, full.itm}, {half.mlm, full.mlm}}) {
    EXPECT_EQ(a.scalar_type(), torch::kFloat);
    EXPECT_NEAR(a.item<double>(), b.item<double>(), 0.03 * b.item<double>());
    EXPECT_NE(a.item<double>(), b.item<double>());  // or bfloat16 was not used
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Objectives, testing::Bool(),
                         [](const auto& info) { return info.param ? "Packed" : "Padded"; });

}  // namespace
}  // namespace albef
