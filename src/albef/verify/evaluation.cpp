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
  const auto worst = retrieval_metrics(i2t, t2i, text_image, kAuthorsRecallAt, Ties::kUnfavourable),
             best = retrieval_metrics(i2t, t2i, text_image, kAuthorsRecallAt, Ties::kFavourable);
  Summary summary(name);
  auto ours = best;
  for (const auto& metric : retrieval_metric_list(kAuthorsRecallAt)) {
    if (metric.k == 0) continue;
    const auto queries = static_cast<double>(metric.direction == "txt" ? i2t.size(0) : t2i.size(0));
    const double share =
        std::clamp(expected.at(metric.name).get<double>(), worst.at(metric.name), best.at(metric.name));
    ours[metric.name] = 100 * std::round(share / 100 * queries) / queries;  // of whole queries
  }
  add_recall_means(ours);
  for (const auto& [key, json] : expected.items()) {
    const auto found = ours.find(key);
    if (found == ours.end()) {
      summary.fail(key + " is a metric that we do not know");
      continue;
    }
    summary.add(compare(key, torch::tensor(found->second, torch::kDouble),
                        torch::tensor(json.get<double>(), torch::kDouble), {0, 1e-9}));
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
