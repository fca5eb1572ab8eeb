// What the tensors of a checkpoint are called: by our modules, and in the authors' files.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "albef/io/dtypes.h"

namespace albef {

/// What the names of a checkpoint's tensors depend on.
struct ModelKind {
  std::string task;                                        ///< Task::name(): "pretrain"
  int64_t vision_depth = 0, layers = 0, fusion_layer = 0;  ///< `layers`: before NLVR2 doubles those that fuse
  int64_t decoder_layers = 0;

  bool is_whole() const { return task == "pretrain" || task == "retrieval" || task == "grounding"; }  ///< an ALBEF
  bool is_doubled() const { return task == "nlvr" || task == "pretrain nlvr"; }
};

/// Told by the names of either kind, and without `task` by the heads that are there. Error naming `where` if they are
/// not those of a model with image, text and multimodal encoder.
ModelKind kind_of(const TensorMap& tensors, const std::string& task, const std::string& where);

/// All that such a model may have, momentum copies and queues among it, by our names.
std::set<std::string> model_names(const ModelKind& kind);

/// Its trained parameters in the order of the authors' optimiser: the undecayed ones first.
std::vector<std::string> optimised_names(const ModelKind& kind);

/// Our name of a tensor of the authors': fine-tuned text encoders have no "bert." there.
std::string our_name(const std::string& authors, const ModelKind& kind);

/// The authors' name; "" for what their file of this kind has no place for: a fine-tuned model's MLM head.
std::string authors_name(const std::string& ours, const ModelKind& kind);

}  // namespace albef
