// Grad-CAM of every layer that a golden has, and the boxes that heat maps point to.
#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/model/gradcam.h"
#include "albef/tasks/grounding/eval.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

// "itm.layer8.per_token" with "itm.layer" -> 8.
int64_t layer_of(const std::string& key, const std::string& prefix) {
  return std::stoll(key.substr(prefix.size()));
}

Box box_of(const Json& json) {
  return {json.at(0).get<double>(), json.at(1).get<double>(), json.at(2).get<double>(), json.at(3).get<double>()};
}

fs::path beside(fs::path file, const char* ending) {
  file.replace_extension(ending);
  if (!fs::exists(file)) fail(file.string(), ": is not there; expected it beside the other half of this golden");
  return file;
}

struct Phrases {
  LabelledList list;
  GroundingTruth truth;
};

// Each reference of the golden as a phrase about a picture of its own.
Phrases phrases_of(const Json& golden, size_t count) {
  Phrases phrases;
  phrases.list.examples.resize(count);
  for (size_t n = 0; n < count; ++n) {
    const auto number = std::to_string(n);
    const auto& ref = golden.at("refs").at(number);
    const auto image_id = ref.at("image_id").dump();
    const auto& image = golden.at("images").at(image_id);
    phrases.list.examples[n].images[0] = static_cast<uint32_t>(n);
    phrases.truth.referents.push_back(
        {image_id, ref.at("split").get<std::string>(), "", box_of(golden.at("boxes").at(number))});
    phrases.truth.sizes.push_back({image.at("width").get<int>(), image.at("height").get<int>()});
    phrases.truth.proposals.emplace_back();
    for (const auto& box : golden.at("dets").at(image_id)) phrases.truth.proposals.back().push_back(box_of(box));
  }
  return phrases;
}

Checks check_boxes(const std::string& name, const Json& golden, const torch::Tensor& maps) {
  const auto& correct = golden.at("correct");
  if (maps.dim() != 3 || maps.size(0) != std::ssize(correct))
    fail(name, ": has heat maps ", shape_text(maps.sizes()), " for ", correct.size(), " references");
  const auto [list, truth] = phrases_of(golden, correct.size());
  const auto found = find_boxes(maps, list, truth,
                                {.area_exponent = golden.at("area_exponent").get<double>(), .authors_fallback = true});
  const auto number = [](double value) { return torch::tensor(value, torch::kDouble); };
  Summary flags(name + " right or wrong"), accuracies(name + " accuracies");
  std::map<std::string, std::pair<double, double>> splits;  // right ones, and all
  for (size_t n = 0; n < found.size(); ++n) {
    const auto scores = grounding_scores(found[n], list, truth, n);
    flags.add(compare(str("reference ", n), number(scores.at("accuracy")), number(correct[n].get<double>()), {0, 0}));
    auto& [right, all] = splits[truth.referents[n].split + "_d"];
    right += scores.at("accuracy");
    ++all;
  }
  for (const auto& [key, expected] : golden.at("accuracy").items()) {
    const auto& [right, all] = splits[key];
    accuracies.add(compare(key, number(right / all), number(expected.get<double>()), {0, 0}));
  }
  return {flags.result(), accuracies.result()};
}

}  // namespace

Checks verify_grounding(const fs::path& file) {
  const auto golden = read_golden_file(file);
  auto model = golden_albef(golden);
  model->eval();
  const auto texts = make_texts(recorded_texts(golden, ""), /*packed=*/true, torch::kCPU);
  const auto& pixels = golden.at("image");
  const auto own = torch::arange(pixels.size(0), torch::kInt64);
  torch::Tensor tokens;
  {
    const torch::NoGradGuard no_grad;
    tokens = model->online.vision(pixels);
  }
  const std::string itm = "itm.layer", itc = "itc.block", each = ".per_token";
  Summary summary(golden.name + " heat maps");
  for (const auto& [key, reference] : golden.file.tensors) {
    torch::Tensor ours;
    if (key.starts_with(itm)) {
      ours = itm_cam(model, model->online, tokens, own, texts, layer_of(key, itm), {});
      if (!key.ends_with(each)) ours = ours.mean(1);
    } else if (key.starts_with(itc)) {
      ours = itc_cam(model, model->online, pixels, own, texts, layer_of(key, itc), {});
    } else {
      continue;
    }
    summary.add(compare(key, ours, reference, {}));
  }
  if (summary.count() == 0) summary.fail("the file holds no itm.layer* and no itc.block*");
  return {summary.result()};
}

Checks verify_grounding_eval(const fs::path& file) {
  const auto maps = read_safetensors(beside(file, ".safetensors"));
  const auto found = maps.tensors.find("heatmap");
  if (found == maps.tensors.end()) fail(file.string(), ": the maps beside it hold no heatmap");
  try {
    return check_boxes(file.filename().string(), read_json(file), found->second);
  } catch (const Json::exception& error) {
    fail(file.string(), ": cannot be read: ", json_fault(error));
  }
}

Checks verify_grounding_maps(const fs::path& file) {
  beside(file, ".json");
  return {};
}

}  // namespace albef::verify
