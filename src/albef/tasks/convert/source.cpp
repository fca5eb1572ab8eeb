#include "albef/tasks/convert/source.h"

#include <algorithm>

#include "albef/base/error.h"
#include "albef/io/input_file.h"
#include "albef/io/ordered_json.h"
#include "albef/io/weight_files.h"
#include "albef/io/weights.h"
#include "albef/tasks/common/initial_weights.h"
#include "albef/tasks/convert/optimizer.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr int64_t kFormat = 1;

bool has_same_values(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() && torch::equal(a.to(b.scalar_type()), b);
}

/// The tensor that a decoder's weight or bias repeats; "" of any other name.
std::string tied_name(const std::string& name, const ModelKind& kind) {
  const size_t at = name.find("cls.predictions.decoder.");
  if (at == std::string::npos) return "";
  if (name.ends_with(".bias")) return name.substr(0, at) + "cls.predictions.bias";
  const bool has_bert = kind.is_whole() || name.starts_with("text_decoder");
  return name.substr(0, at) + (has_bert ? "bert." : "") + "embeddings.word_embeddings.weight";
}

void check_names(const Source& source) {
  const auto known = model_names(source.kind);
  std::vector<std::string> unknown, missing;
  for (const auto& [name, tensor] : source.checkpoint.model) {
    if (!known.contains(name)) unknown.push_back(printable(name));
  }
  for (const std::string& name : known) {
    const bool is_encoder = name.starts_with("visual_encoder.") || name.starts_with("text_decoder.") ||
                            (name.starts_with("text_encoder.") && !name.starts_with("text_encoder.cls."));
    if (is_encoder && !source.checkpoint.model.contains(name)) missing.push_back(printable(name));
  }
  if (!unknown.empty()) {
    fail(source.where, ": a model of `", source.kind.task, "` has no ", first_names(unknown),
         "; expected the names of an ALBEF alone");
  }
  if (!missing.empty()) fail(source.where, ": is not whole: it has no ", first_names(missing));
}

/// Under our names, without what the authors' modules hold twice.
TensorMap our_tensors(const TensorMap& authors, const ModelKind& kind, const std::string& where) {
  TensorMap ours;
  for (const auto& [name, tensor] : authors) {
    if (name.ends_with("position_ids")) continue;
    const std::string to = our_name(name, kind);
    if (!ours.emplace(to, tensor.contiguous()).second)
      fail(where, ": tensor ", printable(name), " is there with and without `bert.`; expected one of them");
  }
  for (auto entry = ours.begin(); entry != ours.end();) {
    const std::string tied = tied_name(entry->first, kind);
    if (tied.empty()) {
      ++entry;
      continue;
    }
    const auto found = ours.find(tied);
    if (found == ours.end()) {
      ours.emplace(tied, entry->second);
    } else if (!has_same_values(entry->second, found->second)) {
      fail(where, ": ", entry->first, " differs from ", tied, "; ALBEF has one tensor for both");
    }
    entry = ours.erase(entry);
  }
  return ours;
}

const PthValue::Dict& dict_of(const PthValue& value, const std::string& what, const std::string& where) {
  const auto* dict = value.get_if<PthValue::Dict>();
  if (!dict) fail(where, ": its ", what, " is no dictionary; the file is damaged");
  return *dict;
}

void add_tensors(const PthValue* from, TensorMap& to, const std::string& where) {
  if (!from || dict_of(*from, "albef", where).empty()) return;
  for (auto& [name, tensor] : state_dict_of(*from, where)) to.insert_or_assign(name, tensor.contiguous());
}

/// What authors_form() put beside the authors' own.
void take_our_part(const PthValue& ours, Source& source) {
  const std::string& where = source.where;
  const auto text = [&](const char* key) -> const std::string* {
    const auto* value = ours.find(key);
    return value ? value->get_if<std::string>() : nullptr;
  };
  const auto *format = ours.find("format"), *step = ours.find("step"), *files = ours.find("files");
  const auto *version = format ? format->get_if<int64_t>() : nullptr, *steps = step ? step->get_if<int64_t>() : nullptr;
  if (!version || *version != kFormat || !steps || *steps < 0 || !text("state") || !files)
    fail(where, ": its part `albef` is not of format ", kFormat, "; take a newer program, or the file's weights alone");
  source.step = *steps;
  source.checkpoint.state = parse_ordered_json(*text("state"), where + ": albef.state");
  if (!source.checkpoint.state.is_object()) fail(where, ": albef.state is no object; the file is damaged");
  for (const auto& [key, content] : dict_of(*files, "albef.files", where)) {
    const auto *name = key.get_if<std::string>(), *bytes = content.get_if<std::string>();
    if (!name || !bytes || !is_plain_name(*name) || name->ends_with(".safetensors") || *name == "state.json")
      fail(where, ": albef.files holds ", name ? printable(*name) : "no name", ", expected names and texts");
    source.checkpoint.files[*name] = *bytes;
  }
  source.is_ours = true;
}

/// Only pretraining was there before checkpoints said so.
std::string task_in(const OrderedJson& state, const std::string& where) {
  static const std::set<std::string> kTasks = {"pretrain", "retrieval",     "grounding", "ve",
                                               "nlvr",     "pretrain nlvr", "vqa"};
  const OrderedJson task = state.value("task", OrderedJson("pretrain"));
  if (!task.is_string() || !kTasks.contains(task.get<std::string>()))
    fail(where, ": its state is of no task that this program knows");
  return task.get<std::string>();
}

std::set<std::string> names_in(const PthValue* list) {
  std::set<std::string> names;
  const auto* items = list ? list->get_if<PthValue::List>() : nullptr;
  if (!items) return names;
  for (const PthValue& item : *items) {
    if (const auto* name = item.get_if<std::string>()) names.insert(*name);
  }
  return names;
}

/// All but weights, optimiser and our part.
OrderedJson authors_words(const PthValue& file) {
  OrderedJson words = OrderedJson::object();
  for (const auto& [key, value] : *file.get_if<PthValue::Dict>()) {
    const auto* name = key.get_if<std::string>();
    if (name && *name != "model" && *name != "optimizer" && *name != "albef" && !value.get_if<torch::Tensor>())
      words[*name] = to_json(value);
  }
  return words;
}

Source read_authors(const fs::path& path, bool weights_only) {
  Source source{.where = path.string()};
  const PthValue file = read_pth(path);
  const bool has_parts = file.find("model") && file.find("model")->get_if<PthValue::Dict>();
  const auto* ours = has_parts ? file.find("albef") : nullptr;
  const auto* optimizer = has_parts && !weights_only ? file.find("optimizer") : nullptr;
  if (ours) take_our_part(*ours, source);
  const auto tensors = weights_of(file, source.where).tensors;
  const std::string task = ours ? task_in(source.checkpoint.state, source.where) : "";
  source.kind = kind_of(tensors, task, source.where);
  source.checkpoint.model = our_tensors(tensors, source.kind, source.where);
  if (ours) add_tensors(ours->find("model"), source.checkpoint.model, source.where);
  check_names(source);
  if (has_parts && !ours) source.authors = authors_words(file);
  if (!optimizer) return source;
  const auto names = names_in(ours ? ours->find("optimised") : nullptr);
  auto taken = our_optimizer(*optimizer, source.checkpoint.model, source.kind, names, source.where);
  source.checkpoint.training = std::move(taken.training);
  if (ours) {
    add_tensors(ours->find("training"), source.checkpoint.training, source.where);
  } else {
    source.authors["optimizer_groups"] = std::move(taken.groups);
    source.step = taken.step;
  }
  return source;
}

Source read_ours(const fs::path& path, bool weights_only) {
  Source source{.where = path.string(), .step = read_checkpoint_step(path), .is_ours = true};
  source.checkpoint = read_checkpoint(path);
  if (weights_only) source.checkpoint.training.clear();
  const std::string task = task_in(source.checkpoint.state, source.where);
  source.kind = kind_of(source.checkpoint.model, task, source.where);
  return source;
}

}  // namespace

std::string first_names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return text + (names.size() > kShown ? str(" and ", names.size() - kShown, " more") : "");
}

Source read_source(const std::string& path, bool weights_only) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) fail(path, ": no such file or folder");
  const fs::path from = checkpoint_path(path);
  if (fs::exists(from / "state.json", ignored)) return read_ours(from, weights_only);
  const bool is_archive = fs::is_regular_file(from) && !is_safetensors(from) && from.extension() != ".json";
  if (is_archive) return read_authors(from, weights_only);
  Source source{.where = from.string()};
  const auto tensors = read_weights(from).tensors;
  source.kind = kind_of(tensors, "", source.where);
  source.checkpoint.model = our_tensors(tensors, source.kind, source.where);
  check_names(source);
  return source;
}

}  // namespace albef
