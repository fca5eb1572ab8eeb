#include "albef/io/weights.h"

#include <algorithm>
#include <functional>

#include "albef/base/error.h"
#include "albef/io/pos_embed.h"

namespace albef {
namespace {

constexpr size_t kNamesInError = 5;
constexpr int64_t kMaxCount = INT32_MAX;

bool contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

/// Of every BERT: outputs that ALBEF does not have, and a table that only counts.
bool is_useless(const std::string& name) {
  return contains(name, "pooler.") || contains(name, "cls.seq_relationship.") || name.ends_with("position_ids");
}

/// TensorFlow's names for what torch calls weight and bias.
std::string modern(std::string name) {
  const auto replace = [&name](const std::string& ending, const char* with) {
    if (name.ends_with(ending)) name.replace(name.size() - ending.size(), ending.size(), with);
  };
  replace("LayerNorm.gamma", "LayerNorm.weight");
  replace("LayerNorm.beta", "LayerNorm.bias");
  return name;
}

/// The same name with `bert.` after its first part taken out, or put in.
std::string toggle_bert(const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return name;
  std::string toggled = name;
  return name.compare(dot + 1, 5, "bert.") == 0 ? toggled.erase(dot + 1, 5) : toggled.insert(dot + 1, "bert.");
}

const char* type_name(const torch::Tensor& tensor) {
  const DType* dtype = find_dtype(tensor.scalar_type());
  return dtype ? dtype->name : torch::toString(tensor.scalar_type());
}

/// Whether the numbers can be those of the target: floats of a weight, whole numbers of a counter. Codes of a quantised
/// model, flags and ids would turn into weights without complaint.
bool is_of_kind(const torch::Tensor& tensor, const torch::Tensor& target) {
  const auto type = tensor.scalar_type();
  if (target.is_floating_point())
    return type == torch::kDouble || type == torch::kFloat || type == torch::kHalf || type == torch::kBFloat16;
  return target.scalar_type() != torch::kBool && at::isIntegralType(type, /*includeBool=*/false);
}

/// Equal as far as the narrower of the two types tells.
bool has_same_values(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  const auto type = a.element_size() < b.element_size() ? a.scalar_type() : b.scalar_type();
  return torch::equal(a.to(type), b.to(type));
}

/// One load: every tensor of the file gets its place or an account, then all are copied at once.
class WeightLoader {
 public:
  WeightLoader(torch::nn::Module& module, std::string prefix, const Weights& weights, const LoadOptions& options)
      : prefix_(std::move(prefix)), weights_(weights), options_(options) {
    for (const auto& item : module.named_parameters()) add_target(item.key(), item.value());
    for (const auto& item : module.named_buffers()) add_target(item.key(), item.value());
    report_.source = weights.source;
    report_.note = weights.note;
  }

  bool has_targets(const std::string& beginning) const {
    const auto at = targets_.lower_bound(beginning);
    return at != targets_.end() && at->first.starts_with(beginning);
  }

  /// The file's tensor `name` under the name that the module would have for it.
  void offer(const std::string& name, const std::string& as, const torch::Tensor& tensor) {
    auto target = targets_.find(as);
    if (target == targets_.end()) target = targets_.find(toggle_bert(as));
    if (target == targets_.end()) return without_place(name, tensor);
    const torch::Tensor source = fit(name, target->first, tensor, target->second);
    if (!source.defined()) return;
    const auto [taken, is_new] = taken_.emplace(target->first, name);
    if (!is_new) fail(weights_.source, ": tensors ", taken->second, " and ", name, " are both for ", target->first);
    plan_.push_back({name, target->second, source});
  }

  void drop(const std::string& name, const torch::Tensor& tensor, const std::string& why = "") {
    report_.dropped.push_back({name, why, tensor.numel()});
  }

  void expect_floats(const std::string& name, const torch::Tensor& tensor) const {
    static const auto weight = torch::empty(0);
    if (!is_of_kind(tensor, weight)) refuse_type(name, tensor, "", weight);
  }

  /// What `tensor` will be once it has the type of its place.
  void expect_finite(const std::string& name, const torch::Tensor& tensor, torch::ScalarType type) const {
    if (is_finite(tensor.to(type))) return;
    if (is_finite(tensor)) {
      fail(weights_.source, ": tensor ", printable(name), " of type ", type_name(tensor),
           " holds numbers too large for ", find_dtype(type)->name, "; save the weights in that type and look at them");
    }
    const auto bad = tensor.numel() - tensor.isfinite().sum().item<int64_t>();
    fail(weights_.source, ": tensor ", printable(name), " holds NaN or infinity (", bad, " of ", tensor.numel(),
         " elements), expected finite weights; take another copy or an earlier checkpoint");
  }

  /// The place in the queues is used as one without another look; idx_queue may hold -100 for none.
  void expect_count(const std::string& name, const torch::Tensor& tensor) const {
    const auto values = tensor.flatten().to(torch::kLong);  // kMaxCount is beyond the narrower types
    const auto bad = values.masked_select((values < 0).logical_or(values > kMaxCount));
    if (bad.numel() > 0) {
      fail(weights_.source, ": tensor ", printable(name), " holds ", bad[0].item<int64_t>(), ", expected 0 to ",
           kMaxCount, "; take another copy or an earlier checkpoint");
    }
  }

  LoadReport finish() {
    if (!unexpected_.empty()) {
      std::string names;
      for (size_t i = 0; i < std::min(unexpected_.size(), kNamesInError); ++i)
        names += (i ? ", " : "") + unexpected_[i];
      fail(weights_.source, ": the model has no place for ", unexpected_.size(),
           unexpected_.size() == 1 ? " tensor (" : " tensors (", names,
           unexpected_.size() > kNamesInError ? ", ..." : "",
           "); check that file and configuration belong together, or allow these names (allow_unexpected)");
    }
    if (plan_.empty())
      fail(weights_.source, ": none of its ", weights_.tensors.size(), " tensors is one of the model's");
    for (const auto& [name, tensor] : targets_) {
      if (!taken_.contains(name)) report_.initialised.push_back({name, "", tensor.numel()});
    }
    for (const Copy& copy : plan_) {
      if (copy.target.is_floating_point()) {
        expect_finite(copy.name, copy.source, copy.target.scalar_type());
      } else if (copy.name.ends_with("queue_ptr")) {
        expect_count(copy.name, copy.source);
      }
    }
    const torch::NoGradGuard no_grad;
    for (Copy& copy : plan_) copy.target.copy_(copy.source);
    return std::move(report_);
  }

 private:
  struct Copy {
    std::string name;  ///< in the file
    torch::Tensor target, source;
  };

  void add_target(const std::string& name, const torch::Tensor& tensor) {
    if (name.starts_with(prefix_)) targets_.emplace(name, tensor);
  }

  bool allowed(const std::string& name) const {
    return std::any_of(options_.allow.begin(), options_.allow.end(),
                       [&](const std::string& beginning) { return name.starts_with(beginning); });
  }

  void without_place(const std::string& name, const torch::Tensor& tensor) {
    if (allowed(name)) {
      report_.unused.push_back({name, "", tensor.numel()});
    } else {
      unexpected_.push_back(printable(name));
    }
  }

  [[noreturn]] void refuse_type(const std::string& name, const torch::Tensor& tensor, const std::string& as,
                                const torch::Tensor& target) const {
    const bool is_weight = target.is_floating_point();
    fail(weights_.source, ": tensor ", printable(name), " is of type ", type_name(tensor), ", ",
         as.empty() ? "a model's weights are" : "the model's " + as + " is", " ", type_name(target), "; expected ",
         is_weight ? "F64, F32, F16 or BF16: take the file of the float weights (a quantised one cannot be loaded)"
                   : "a whole number: check that the file is of this model");
  }

  /// The tensor in the target's shape; undefined if it has another shape or kind and may be left out.
  torch::Tensor fit(const std::string& name, const std::string& as, const torch::Tensor& tensor,
                    const torch::Tensor& target) {
    if (!is_of_kind(tensor, target)) {
      if (!allowed(name)) refuse_type(name, tensor, as, target);
      report_.unused.push_back({name, str(type_name(tensor), " is not ", type_name(target)), tensor.numel()});
      return {};
    }
    if (tensor.sizes() == target.sizes()) {
      report_.loaded.push_back({as, "", tensor.numel()});
      return tensor;
    }
    if (as.ends_with("pos_embed") && can_resize_pos_embed(tensor, target)) {
      report_.resized.push_back({as, shape_text(tensor.sizes()) + " -> " + shape_text(target.sizes()), target.numel()});
      return resize_pos_embed(tensor, pos_embed_grid(target.size(1)));
    }
    if (allowed(name)) {
      report_.unused.push_back(
          {name, shape_text(tensor.sizes()) + " is not " + shape_text(target.sizes()), tensor.numel()});
      return {};
    }
    fail(weights_.source, ": tensor ", printable(name), " has shape ", shape_text(tensor.sizes()), ", the model's ", as,
         " has ", shape_text(target.sizes()),
         "; check the sizes in the configuration, or let it start afresh: allow_unexpected: [", printable(name), "]");
  }

  std::string prefix_;
  const Weights& weights_;
  const LoadOptions& options_;
  TensorMap targets_;
  std::map<std::string, std::string> taken_;  ///< name of the target -> name in the file
  std::vector<Copy> plan_;
  std::vector<std::string> unexpected_;
  LoadReport report_;
};

const torch::Tensor* find_tensor(const TensorMap& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

/// The tensor that `name`, if it is a language model's decoder, must repeat: the word embeddings, or the head's bias.
/// Null if `name` is no decoder's, or the file has the decoder alone.
const torch::Tensor* find_tied(const TensorMap& tensors, const std::string& name, std::string& tied_name) {
  const std::string head = "cls.predictions.";
  const size_t at = name.find(head + "decoder.");
  if (at == std::string::npos) return nullptr;
  const std::string stem = name.substr(0, at);
  const std::vector<std::string> candidates =
      name.ends_with(".bias") ? std::vector<std::string>{stem + head + "bias"}
                              : std::vector<std::string>{stem + "bert.embeddings.word_embeddings.weight",
                                                         stem + "embeddings.word_embeddings.weight"};
  for (const std::string& candidate : candidates) {
    tied_name = candidate;
    if (const torch::Tensor* tensor = find_tensor(tensors, candidate)) return tensor;
  }
  return nullptr;
}

/// True if the tensor repeats another of the file, and was dropped for that.
bool drop_if_tied(WeightLoader& loader, const Weights& weights, const std::string& name, const torch::Tensor& tensor) {
  std::string tied_name;
  const torch::Tensor* tied = find_tied(weights.tensors, name, tied_name);
  if (!tied) return false;
  loader.expect_floats(name, tensor);
  loader.expect_floats(tied_name, *tied);
  if (!has_same_values(*tied, tensor)) {
    loader.expect_finite(tied_name, *tied, tied->scalar_type());  // NaN differs from itself
    loader.expect_finite(name, tensor, tensor.scalar_type());
    fail(weights.source, ": ", name, " differs from ", tied_name,
         "; ALBEF has one table for both and cannot take this model");
  }
  loader.drop(name, tensor, "repeats " + tied_name);
  return true;
}

/// A decoder's bias is the head's bias, if the file has it under that name alone.
std::string untied(std::string name) {
  const std::string ending = "cls.predictions.decoder.bias";
  if (name.ends_with(ending)) name.replace(name.size() - ending.size(), ending.size(), "cls.predictions.bias");
  return name;
}

}  // namespace

LoadReport load_authors(torch::nn::Module& module, const Weights& weights, const LoadOptions& options) {
  WeightLoader loader(module, "", weights, options);
  for (const auto& [name, tensor] : weights.tensors) {
    if (is_useless(name)) {
      loader.drop(name, tensor);
    } else if (!drop_if_tied(loader, weights, name, tensor)) {
      loader.offer(name, untied(modern(name)), tensor);
    }
  }
  return loader.finish();
}

LoadReport load_vit(torch::nn::Module& module, const std::string& prefix, const Weights& weights,
                    const LoadOptions& options) {
  WeightLoader loader(module, prefix, weights, options);
  for (const auto& [name, tensor] : weights.tensors) {
    if (name.starts_with("head.")) {
      loader.drop(name, tensor);
    } else {
      loader.offer(name, prefix + name, tensor);
    }
  }
  return loader.finish();
}

LoadReport load_bert(torch::nn::Module& module, const std::string& prefix, const Weights& weights,
                     const LoadOptions& options) {
  WeightLoader loader(module, prefix, weights, options);
  const bool has_head = loader.has_targets(prefix + "cls.predictions.");
  for (const auto& [name, tensor] : weights.tensors) {
    if (is_useless(name) || (!has_head && name.starts_with("cls."))) {
      loader.drop(name, tensor, is_useless(name) ? "" : "the model has no MLM head");
    } else if (!drop_if_tied(loader, weights, name, tensor)) {
      loader.offer(name, prefix + untied(modern(name)), tensor);
    }
  }
  return loader.finish();
}

}  // namespace albef
