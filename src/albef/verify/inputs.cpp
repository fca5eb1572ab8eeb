// What goes into the model: token ids, decoded and resized pictures, RandAugment, the position table; and the metrics
// that come out.
#include <fstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/image/decode.h"
#include "albef/image/randaugment.h"
#include "albef/image/resize.h"
#include "albef/io/pos_embed.h"
#include "albef/tasks/retrieval/metrics.h"
#include "albef/tasks/retrieval/rerank.h"
#include "albef/text/clean.h"
#include "albef/text/tokenizer.h"
#include "albef/verify/model_goldens.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

torch::Tensor as_tensor(const Image& image) {
  return torch::from_blob(const_cast<uint8_t*>(image.pixels.data()), {image.height, image.width, 3}, torch::kUInt8)
      .clone();
}

Image as_image(const torch::Tensor& tensor) {
  const auto pixels = tensor.contiguous();
  Image image;
  image.height = static_cast<int>(tensor.size(0));
  image.width = static_cast<int>(tensor.size(1));
  image.pixels.assign(pixels.const_data_ptr<uint8_t>(), pixels.const_data_ptr<uint8_t>() + pixels.numel());
  return image;
}

// "caption_ids_30" -> 30.
size_t trailing_number(const std::string& key) {
  return std::stoul(key.substr(key.rfind('_') + 1));
}

// What one field of a text golden should be, by ours.
Json text_field(const std::string& key, const std::string& text, const Tokenizer& tokenizer) {
  if (key == "pre_caption") return pre_caption(text);
  if (key.starts_with("pre_caption_")) return pre_caption(text, trailing_number(key));
  if (key == "pre_question") return pre_question(text, 50);  // as in testing
  if (key.starts_with("pre_question_")) return pre_question(text, trailing_number(key));
  if (key == "tokens") return tokenizer.tokenize(text);
  if (key == "ids") return tokenizer.encode(text);
  if (key.starts_with("ids_")) return tokenizer.encode(text, trailing_number(key));
  if (key.starts_with("caption_ids_")) return tokenizer.encode(pre_caption(text), trailing_number(key));
  return Json();
}

Operation operation_of(const std::string& name) {
  static const std::map<std::string, Operation> kByName = {
      {"Identity", Operation::kIdentity},     {"AutoContrast", Operation::kAutoContrast},
      {"Equalize", Operation::kEqualize},     {"Brightness", Operation::kBrightness},
      {"Sharpness", Operation::kSharpness},   {"ShearX", Operation::kShearX},
      {"ShearY", Operation::kShearY},         {"TranslateX", Operation::kTranslateX},
      {"TranslateY", Operation::kTranslateY}, {"Rotate", Operation::kRotate}};
  const auto found = kByName.find(name);
  if (found == kByName.end()) fail("RandAugment has no operation ", name);
  return found->second;
}

}  // namespace

Checks verify_text(const fs::path& file) {
  const auto name = file.filename().string();
  Check check;
  check.name = name + " cleaning, tokens, ids";
  check.bound = "equal";
  const auto vocabulary = file.parent_path() / ("vocab_" + file.stem().string().substr(5) + ".txt");
  if (!fs::exists(vocabulary)) {
    check.skipped = true;
    check.detail = "there is no " + vocabulary.filename().string() + " beside it";
    return {check};
  }
  const Tokenizer tokenizer(Vocabulary::load(vocabulary));
  Summary summary(check.name);
  std::ifstream in(file);
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    const auto record = parse_json(line, str(name, ":", number));
    const auto text = record.at("text").get<std::string>();
    for (const auto& [key, expected] : record.items()) {
      if (key == "text") continue;
      const auto ours = text_field(key, text, tokenizer);
      Check field;
      field.name = str("line ", number, " ", key);
      field.ok = ours == expected;
      field.bound = "equal";
      if (!field.ok) {
        field.absolute = field.relative = field.used = 1;
        field.detail = "is " + printable(ours.dump(), 60) + ", the reference " + printable(expected.dump(), 60);
      }
      summary.add(field);
    }
  }
  if (summary.count() == 0) summary.fail("the file holds no texts");
  return {summary.result()};
}

Checks verify_images(const fs::path& file) {
  const auto golden = read_safetensors(file);
  const auto images = parse_json(golden.metadata.at("images"), file.string());
  Summary summary(file.filename().string() + " decoding, resizing, crops");
  for (const auto& [name, about] : images.items()) {
    const auto path = file.parent_path() / about.at("file").get<std::string>();
    const Image image = read_image(path);
    const auto extension = path.extension().string();
    const double levels = extension == ".jpg" || extension == ".jpeg" ? 2 : 1;
    const auto prefix = name + ".";
    for (const auto& [key, reference] : golden.tensors) {
      if (!key.starts_with(prefix)) continue;
      const auto what = key.substr(prefix.size());
      Image ours = image;
      if (what.starts_with("resize")) {
        const int side = std::stoi(what.substr(6));
        ours = resize(image, side, side);
      } else if (what.starts_with("crop")) {
        const int side = std::stoi(what.substr(4));
        const auto box = about.at("crop").get<std::vector<int>>();
        ours = resized_crop(image, {box.at(0), box.at(1), box.at(2), box.at(3)}, side, side);
      } else if (what != "rgb") {
        summary.fail(key + " is a picture that we do not know");
        continue;
      }
      summary.add(compare(key, as_tensor(ours), reference, {0, levels}));
    }
  }
  if (summary.count() == 0) summary.fail("the file holds no pictures");
  auto result = summary.result();
  result.bound = "1 level, JPEG 2";
  return {result};
}

Checks verify_randaugment(const fs::path& file) {
  const auto golden = read_safetensors(file);
  const auto arguments = parse_json(golden.metadata.at("argument"), file.string());
  Summary summary(file.filename().string() + " operations");
  const Image input = as_image(golden.tensors.at("input"));
  for (const auto& [key, reference] : golden.tensors) {
    if (key == "input" || key == "flat") continue;
    const bool flat = key.starts_with("flat.");
    const auto name = flat ? key.substr(5) : key.substr(0, key.find('.'));
    const auto argument =
        arguments.contains(key) && arguments.at(key).is_number() ? arguments.at(key).get<double>() : 0.0;
    const Image source = flat ? as_image(golden.tensors.at("flat")) : input;
    summary.add(compare(key, as_tensor(apply(operation_of(name), source, argument)), reference, {0, 1}));
  }
  if (summary.count() == 0) summary.fail("the file holds no operations");
  auto result = summary.result();
  result.bound = "1 level";
  return {result};
}

Checks verify_pos_embed(const fs::path& file) {
  const auto golden = read_safetensors(file);
  Summary summary(file.filename().string() + " resized tables");
  for (const auto& [key, reference] : golden.tensors) {  // "from14_to16" is what becomes of "from14"
    const auto to = key.find("_to");
    if (to == std::string::npos) continue;
    summary.add(compare(key, resize_pos_embed(golden.tensors.at(key.substr(0, to)), std::stoll(key.substr(to + 3))),
                        reference, {}));
  }
  if (summary.count() == 0) summary.fail("the file holds no resized table");
  return {summary.result()};
}

}  // namespace albef::verify
