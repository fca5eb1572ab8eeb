// Two-stage retrieval: scores of both directions for several k_test, and the metrics of each.
#include <algorithm>
#include <cmath>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/tasks/retrieval/metrics.h"
#include "albef/tasks/retrieval/rerank.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

// Pairs that were not re-scored hold -100, which is no value to measure errors by.
torch::Tensor scored(const torch::Tensor& scores) {
  return scores.masked_fill(scores.eq(-100), 0);
}

// The authors sort with an algorithm that orders equal scores by chance of library and machine. So a recall must be one
// that some order of equal scores gives: exactly ours where no tie decides. Means must be those of the file's recalls.
Check check_metrics(const std::string& name, const torch::Tensor& i2t, const torch::Tensor& t2i,
                    const std::vector<int64_t>& text_image, const Json& expected) {
  const auto worst = retrieval_metrics(i2t, t2i, text_image, Ties::kUnfavourable),
             best = retrieval_metrics(i2t, t2i, text_image, Ties::kFavourable);
  Summary summary(name);
  for (const auto& [key, json] : expected.items()) {
    if (!worst.contains(key)) {
      summary.fail(key + " is a metric that we do not know");
      continue;
    }
    const auto value = json.get<double>();
    double ours = std::clamp(value, worst.at(key), best.at(key));
    const auto of = [&](const char* recall) { return expected.at(recall).get<double>(); };
    if (key == "txt_r_mean") {
      ours = (of("txt_r1") + of("txt_r5") + of("txt_r10")) / 3;
    } else if (key == "img_r_mean") {
      ours = (of("img_r1") + of("img_r5") + of("img_r10")) / 3;
    } else if (key == "r_mean") {
      ours = (of("txt_r_mean") + of("img_r_mean")) / 2;
    } else {  // a share of whole queries
      const auto queries = static_cast<double>(key.starts_with("txt") ? i2t.size(0) : t2i.size(0));
      ours = 100 * std::round(ours / 100 * queries) / queries;
    }
    summary.add(compare(key, torch::tensor(ours, torch::kDouble), torch::tensor(value, torch::kDouble), {0, 1e-9}));
  }
  return summary.result();
}

}  // namespace

Checks verify_retrieval_eval(const fs::path& file) {
  const auto golden = read_safetensors(file);
  const auto name = file.filename().string();
  const auto checkpoint = golden.metadata.at("checkpoint");
  // The checkpoint is named among the models' goldens; its own golden tells its sizes.
  auto model_file = file.parent_path().parent_path() / "model" / checkpoint;
  ModelGolden reference = read_model_golden(model_file.replace_extension(".safetensors"));
  auto& model = reference.model;
  model->eval();
  const torch::NoGradGuard no_grad;

  const auto ids = golden.tensors.at("input_ids"), mask = golden.tensors.at("attention_mask");
  std::vector<std::vector<int64_t>> texts;
  for (int64_t t = 0; t < ids.size(0); ++t)
    texts.push_back(numbers(ids[t].narrow(0, 0, mask[t].sum().item<int64_t>())));
  const auto captions = std::stoll(golden.metadata.at("captions_per_image"));
  const auto encoded = encode_texts(model->online, texts, 8, {}, torch::kCPU);
  const auto tokens = model->online.vision(golden.tensors.at("image"));
  const auto similarity = model->online.image_feature(tokens).matmul(encoded.features.t());

  Checks checks;
  const auto metrics = parse_json(golden.metadata.at("metrics"), file.string());
  for (const auto& [key, expected] : metrics.items()) {
    auto i2t = golden.tensors.at(key + ".score_i2t"), t2i = golden.tensors.at(key + ".score_t2i");
    if (key.starts_with("k")) {
      const auto ours =
          rerank(model, model->online, similarity, encoded, [&](int64_t n) { return tokens.narrow(0, n, 1); },
                 {.k_test = std::stoll(key.substr(1)), .batch_size = 5}, {});
      Summary scores(name + " " + key + " scores");
      scores.add(compare("i2t", scored(ours.i2t), scored(i2t), {}));
      scores.add(compare("t2i", scored(ours.t2i), scored(t2i), {}));
      checks.push_back(scores.result());
      i2t = ours.i2t;
      t2i = ours.t2i;
    }
    std::vector<int64_t> text_image;
    for (int64_t t = 0; t < i2t.size(1); ++t) text_image.push_back(t / captions);
    checks.push_back(check_metrics(name + " " + key + " metrics", i2t, t2i, text_image, expected));
  }
  return checks;
}

}  // namespace albef::verify
