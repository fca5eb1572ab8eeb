// Checkpoints of a run, a folder each:
//   ROOT/step-00001200/{model.safetensors, training.safetensors, state.json}  and small texts, as vocab.txt
//   ROOT/last -> step-00001200
// A folder appears under its name only when all of it is on the disk: it is written as .tmp-step-00001200 and renamed.
// state.json records size and checksum of the others, and a checksum of itself.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "albef/base/json.h"
#include "albef/io/dtypes.h"

namespace albef {

struct Checkpoint {
  TensorMap model;                           ///< weights and buffers, under the authors' names
  TensorMap training;                        ///< whatever else the trainer needs to go on: the optimiser's moments
  OrderedJson state;                         ///< configuration and progress; an object
  std::map<std::string, std::string> files;  ///< small texts kept beside them: name, content (vocab.txt)
};

/// Writes the checkpoint of this step (replacing one of the same step) and points `last` to it. Removes what earlier
/// writes that were killed left behind. Returns its path. On Error (a full disk: path and reason are named) the earlier
/// checkpoints and `last` are as they were. The same content gives the same bytes.
std::filesystem::path write_checkpoint(const std::filesystem::path& root, int64_t step, const Checkpoint& checkpoint);

/// Writes it as the folder `folder`, by itself: no run's, and so under any name. Error, with nothing written, if there
/// is anything of this name already, or the folder cannot be written.
void write_checkpoint_folder(const std::filesystem::path& folder, int64_t step, const Checkpoint& checkpoint);

/// The step that a checkpoint's state.json says; 0 if it says none.
int64_t read_checkpoint_step(const std::filesystem::path& path);

/// Reads one: `path` is its folder, or a link to it. Throws Error if anything is missing, cut short or altered.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// The configuration and progress alone, checked; the tensors' files are not opened.
OrderedJson read_checkpoint_state(const std::filesystem::path& path);

/// Sets these keys of the state, the rest stays: what becomes known once the checkpoint is written.
void update_checkpoint_state(const std::filesystem::path& path, const OrderedJson& changes);

/// The run's settings in it, as YAML text. Throws Error naming state.json if there are none.
std::string read_checkpoint_config(const std::filesystem::path& path);

/// Reads all and keeps nothing: throws the Error that read_checkpoint would.
void verify_checkpoint(const std::filesystem::path& path);

/// The checkpoints' folders, newest (highest step) first; none if `root` is missing.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& root);

/// The newest that verifies: the one at `last`, else the highest step. Damaged ones are passed over, each with a
/// warning that names it.
std::optional<std::filesystem::path> newest_whole_checkpoint(const std::filesystem::path& root);

/// Points the link ROOT/`name` ("best", "last") to a checkpoint in `root`, in one step.
void link_checkpoint(const std::filesystem::path& root, const std::string& name,
                     const std::filesystem::path& checkpoint);

/// Removes all but the newest `keep` (at least 1) and those that `best` and `last` point to.
void prune_checkpoints(const std::filesystem::path& root, size_t keep);

/// 1200 of ".../step-00001200"; empty if the folder is named otherwise.
std::optional<int64_t> checkpoint_step(const std::filesystem::path& path);

}  // namespace albef
