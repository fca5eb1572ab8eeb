#include "albef/tasks/convert/blend.h"

#include <set>

#include "albef/base/error.h"
#include "albef/io/pos_embed.h"

namespace albef {
namespace {

/// What both models must have: image, text and multimodal encoder. The rest are heads, queues and momentum copies.
bool is_encoder(const std::string& name) {
  return name.starts_with("visual_encoder.") ||
         (name.starts_with("text_encoder.") && !name.starts_with("text_encoder.cls."));
}

bool is_kept(const std::string& name, const torch::Tensor& tensor) {
  static const std::set<std::string> kQueues = {"image_queue", "text_queue", "idx_queue", "queue_ptr"};
  return kQueues.contains(name) || !tensor.is_floating_point();
}

/// `tensor` in the shape of `like`, if it is a position table of another size; itself otherwise.
torch::Tensor fitted(const std::string& name, const torch::Tensor& tensor, const torch::Tensor& like) {
  const bool other_size =
      name.ends_with("pos_embed") && tensor.sizes() != like.sizes() && can_resize_pos_embed(tensor, like);
  return other_size ? resize_pos_embed(tensor, pos_embed_grid(like.size(1))) : tensor;
}

// In float64. What has no share is left out: 0 times NaN is NaN.
torch::Tensor mixed(const torch::Tensor& ours, const torch::Tensor& theirs, double share) {
  if (share == 1) return ours;
  if (share == 0) return theirs.to(ours.scalar_type());
  return ours.to(torch::kDouble).mul(share).add_(theirs.to(torch::kDouble), 1 - share).to(ours.scalar_type());
}

void fail_if_any(const std::vector<std::string>& strangers, const Source& source, const Source& other) {
  if (strangers.empty()) return;
  fail(other.where, ": its encoders are not those of ", source.where, ": ", first_names(strangers),
       "; a model can be blended with one of the same sizes only");
}

}  // namespace

BlendReport blend(Source& source, const Source& other, double share) {
  TensorMap others;
  for (const auto& [name, tensor] : other.checkpoint.model) others[our_name(name, source.kind)] = tensor;
  BlendReport report;
  std::vector<std::string> strangers;
  const auto note_stranger = [&](const std::string& name, const std::string& why) {
    (is_encoder(name) ? strangers : report.alone).push_back(printable(name) + why);
  };
  for (auto& [name, tensor] : source.checkpoint.model) {
    const auto found = others.find(name);
    if (is_kept(name, tensor)) {
      ++report.kept;
    } else if (found == others.end()) {
      note_stranger(name, "");
    } else if (const auto theirs = fitted(name, found->second, tensor);
               theirs.sizes() != tensor.sizes() || !theirs.is_floating_point()) {
      note_stranger(name, str(" (", shape_text(tensor.sizes()), " and ", shape_text(theirs.sizes()), ")"));
    } else {
      if (theirs.sizes() != found->second.sizes()) report.resized.push_back(name);
      tensor = mixed(tensor, theirs, share);
      ++report.blended;
    }
  }
  for (const auto& [name, tensor] : others) {
    if (!source.checkpoint.model.contains(name) && is_encoder(name)) strangers.push_back(printable(name));
  }
  fail_if_any(strangers, source, other);
  source.checkpoint.training.clear();
  return report;
}

}  // namespace albef
