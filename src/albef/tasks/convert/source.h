// What a file or folder of weights holds, whoever wrote it, as a checkpoint of ours.
#pragma once
#include "albef/io/checkpoint.h"
#include "albef/io/pth.h"
#include "albef/tasks/convert/model_names.h"

namespace albef {

struct Source {
  std::string where;  ///< for messages
  ModelKind kind{};
  Checkpoint checkpoint{};  ///< under our names; its state and files are empty where the source has none of ours
  int64_t step = 0;
  bool is_ours = false;  ///< state and files are those that a run of this program wrote
  OrderedJson authors =
      nullptr;  ///< what an authors' file says beside weights: config, epoch, optimizer_groups; null: none
};

/// "a, b, c and 4 more" of names that are fit for a message.
std::string first_names(const std::vector<std::string>& names);

/// From a checkpoint or run folder, a .safetensors, a .pth of anybody's (io/weights.h). `weights_only`: no optimiser.
/// Error naming the path if it cannot be read, is no ALBEF, or holds a tensor that such a model does not have.
Source read_source(const std::string& path, bool weights_only);

/// The authors' form, for torch.load: {model, optimizer, lr_scheduler, config, epoch, albef}. `model` has what their
/// modules hold twice (decoders tied to embeddings, shared keys of NLVR2) and position_ids; `albef` what theirs has no
/// place for, so that read_source gives the same checkpoint again.
PthValue authors_form(const Source& source, bool weights_only);

}  // namespace albef
