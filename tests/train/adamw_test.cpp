#include "albef/train/adamw.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

// One parameter of each kind: a scalar, a matrix, a bias, a gain, a table; one without a gradient, one that is frozen.
struct ToyImpl : torch::nn::Module {
  ToyImpl() {
    torch::manual_seed(1);
    temp = register_parameter("temp", torch::randn({}));
    linear = register_module("linear", torch::nn::Linear(3, 4));
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({4})));
    table = register_parameter("table", torch::randn({5, 4}));
    unused = register_parameter("unused", torch::randn({2, 2}));
    frozen = register_parameter("frozen", torch::randn({2, 2}), /*requires_grad=*/false);
  }
  torch::Tensor loss(int64_t step) {
    torch::manual_seed(100 + static_cast<uint64_t>(step));
    return (norm(linear(torch::randn({6, 3}))) * table[step % 5] * temp).pow(2).sum() + table.sin().sum();
  }
  torch::Tensor temp, table, unused, frozen;
  torch::nn::Linear linear{nullptr};
  torch::nn::LayerNorm norm{nullptr};
};
TORCH_MODULE(Toy);

void take_steps(Toy& toy, AdamW& optimizer, int64_t from, int64_t to) {
  for (int64_t step = from; step < to; ++step) {
    optimizer.zero_grad();
    toy->loss(step).backward();
    optimizer.step(0.01 * static_cast<double>(step + 1));
  }
}

void expect_same(Toy& a, Toy& b, double tolerance) {
  const auto p = a->named_parameters(), q = b->named_parameters();
  for (const auto& item : p) {
    EXPECT_LE((item.value() - q[item.key()]).abs().max().item<double>(), tolerance) << item.key();
  }
}

TEST(AdamW, StepsAsLibTorchsWithBiasesAndGainsUndecayed) {
  Toy ours, theirs;
  const AdamWOptions options = {.weight_decay = 0.3, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6};
  AdamW optimizer(*ours, options);
  const auto group = [](std::vector<torch::Tensor> parameters, double decay) {
    auto o = std::make_unique<torch::optim::AdamWOptions>(1e-3);
    o->weight_decay(decay).betas({0.8, 0.95}).eps(1e-6);
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(o));
  };
  torch::optim::AdamW reference(std::vector<torch::optim::OptimizerParamGroup>{
      group({theirs->linear->bias, theirs->norm->weight, theirs->norm->bias}, 0),
      group({theirs->temp, theirs->linear->weight, theirs->table, theirs->unused}, 0.3)});
  for (int64_t step = 0; step < 8; ++step) {
    take_steps(ours, optimizer, step, step + 1);
    reference.zero_grad();
    theirs->loss(step).backward();
    for (auto& g : reference.param_groups()) g.options().set_lr(0.01 * static_cast<double>(step + 1));
    reference.step();
    expect_same(ours, theirs, 2e-6);
  }
}

TEST(AdamW, MovesPartsAtTheirOwnRates) {
  Toy ours, theirs;
  AdamW optimizer(*ours, {.weight_decay = 0.3, .lr_factor = {{"linear", 0.1}, {"linear.bias", 10}, {"temp", 0}}});
  const auto group = [](std::vector<torch::Tensor> parameters, double decay) {
    auto o = std::make_unique<torch::optim::AdamWOptions>(1e-3);
    o->weight_decay(decay);
    return torch::optim::OptimizerParamGroup(std::move(parameters), std::move(o));
  };
  torch::optim::AdamW reference(std::vector<torch::optim::OptimizerParamGroup>{
      group({theirs->norm->weight, theirs->norm->bias}, 0), group({theirs->linear->bias}, 0),
      group({theirs->table}, 0.3), group({theirs->linear->weight}, 0.3)});
  const double factors[] = {1, 10, 1, 0.1};
  for (int64_t step = 0; step < 8; ++step) {
    take_steps(ours, optimizer, step, step + 1);
    reference.zero_grad();
    theirs->loss(step).backward();
    for (size_t i = 0; i < 4; ++i)
      reference.param_groups()[i].options().set_lr(0.01 * static_cast<double>(step + 1) * factors[i]);
    reference.step();
    expect_same(ours, theirs, 2e-5);
  }
  EXPECT_EQ(optimizer.names_in_reference_order(), AdamW(*theirs, {}).names_in_reference_order());
}

TEST(AdamW, LeavesParametersWithoutAGradientAlone) {
  Toy toy, untouched;
  AdamW optimizer(*toy, {.weight_decay = 0.3});
  take_steps(toy, optimizer, 0, 3);
  EXPECT_TRUE(torch::equal(toy->unused, untouched->unused));
  EXPECT_TRUE(torch::equal(toy->frozen, untouched->frozen));
  EXPECT_FALSE(torch::equal(toy->temp, untouched->temp));
}

TEST(AdamW, MovesAParameterOfTwoNamesOnce) {
  torch::nn::Linear shared(2, 2), alone(2, 2);
  torch::nn::Module module, other;
  module.register_module("one", shared);
  module.register_module("two", shared);
  other.register_module("one", alone);
  {
    const torch::NoGradGuard no_grad;
    alone->weight.copy_(shared->weight);
    alone->bias.copy_(shared->bias);
  }
  AdamW optimizer(module, {}), wanted(other, {});
  for (auto linear : {shared, alone}) linear(torch::ones({3, 2})).pow(2).sum().backward();
  optimizer.step(0.1);
  wanted.step(0.1);
  EXPECT_TRUE(torch::equal(shared->weight, alone->weight));
  EXPECT_EQ(optimizer.names_in_reference_order(), (std::vector<std::string>{"one.bias", "one.weight"}));
}

TEST(AdamW, OrdersNamesAsTheAuthorsState) {
  Toy toy;
  EXPECT_EQ(AdamW(*toy, {}).names_in_reference_order(),
            (std::vector<std::string>{"linear.bias", "norm.weight", "norm.bias", "temp", "table", "unused",
                                      "linear.weight"}));
}

TEST(AdamW, GoesOnFromItsStateBitForBit) {
  Toy straight, broken;
  AdamW one(*straight, {});
  take_steps(straight, one, 0, 8);
  AdamW before(*broken, {});
  take_steps(broken, before, 0, 4);
  std::map<std::string, torch::Tensor> state;
  for (const auto& [name, tensor] : before.state()) state[name] = tensor.clone();
  EXPECT_EQ(state.size(), 3 * 7U);
  EXPECT_FALSE(state.contains("exp_avg.frozen"));
  AdamW after(*broken, {});
  after.load_state(state, "x");
  take_steps(broken, after, 4, 8);
  expect_same(broken, straight, 0);
}

TEST(AdamW, RefusesTheStateOfAnotherModel) {
  Toy toy;
  AdamW optimizer(*toy, {});
  auto state = optimizer.state();
  state["exp_avg.table"] = torch::zeros({5, 3});
  EXPECT_EQ(complaint<Error>([&] { optimizer.load_state(state, "step-7"); }),
            "step-7: exp_avg.table is [5, 3], expected [5, 4]");
  state = optimizer.state();
  state.erase("step.temp");
  EXPECT_EQ(complaint<Error>([&] { optimizer.load_state(state, "step-7"); }),
            "step-7: the optimiser's step.temp is missing; the checkpoint is of another model");
}

TEST(ClipGradients, ScalesAsLibTorchsAndReturnsTheNormBefore) {
  for (const double limit : {0.1, 1e6}) {
    Toy ours, theirs;
    AdamW optimizer(*ours, {});
    ours->loss(0).backward();
    theirs->loss(0).backward();
    const double norm = optimizer.clip_gradients(limit).item<double>();
    const double wanted = torch::nn::utils::clip_grad_norm_(theirs->parameters(), limit);
    EXPECT_NEAR(norm, wanted, 1e-5 * wanted);
    const auto p = theirs->named_parameters();
    for (const auto& item : ours->named_parameters()) {
      if (item.value().grad().defined()) {
        EXPECT_TRUE(torch::allclose(item.value().grad(), p[item.key()].grad(), 1e-5, 1e-8)) << item.key();
      }
    }
  }
}

TEST(ClipGradients, OnlyMeasuresWithoutALimit) {
  Toy toy;
  AdamW optimizer(*toy, {});
  EXPECT_THROW(optimizer.clip_gradients(1), c10::Error);  // no gradients yet
  toy->loss(0).backward();
  const auto before = toy->table.grad().clone();
  EXPECT_GT(optimizer.clip_gradients(0).item<double>(), 0);
  EXPECT_TRUE(torch::equal(toy->table.grad(), before));
}

}  // namespace
}  // namespace albef
