// Weights from files into a module, by name, with an account of every tensor on either side. Our modules name their
// parameters and buffers as the authors' checkpoints do, so rules on names suffice.
#pragma once
#include <torch/nn/module.h>

#include <filesystem>
#include <string>
#include <vector>

#include "albef/io/dtypes.h"

namespace albef {

struct Weights {
  TensorMap tensors;
  std::string source;  ///< the file, for messages
  std::string note{};  ///< what was done to all names: "module. taken off"; "" if nothing was
};

/// From a .safetensors file, a .pth (the authors', DeiT's: a state_dict, bare or under "model"), told apart by content;
/// a folder (weight_files.h: a checkpoint of ours, a Hugging Face model, in one file or in shards) or the index of
/// shards. A prefix of all names that DistributedDataParallel (`module.`) or torch.compile (`_orig_mod.`) put there is
/// taken off. Throws Error.
Weights read_weights(const std::filesystem::path& path);

struct LoadOptions {
  /// Beginnings of names that the file may hold without a place for them in the module: "image_queue",
  /// "visual_encoder_m.".
  std::vector<std::string> allow;
};

struct LoadReport {
  struct Entry {
    std::string name;  ///< the module's; the file's where the module has none
    std::string note;  ///< what was done with it, where that is not plain: "[1, 197, 768] -> [1, 257, 768]"
    int64_t elements = 0;
  };
  std::string source;
  std::string note;                ///< of Weights
  std::vector<Entry> loaded;       ///< copied
  std::vector<Entry> resized;      ///< position tables, interpolated
  std::vector<Entry> initialised;  ///< the module's own, not in the file: left as they were
  std::vector<Entry> dropped;      ///< in the file, known to be of no use: pooler, position_ids, DeiT's head...
  std::vector<Entry> unused;       ///< in the file, without a place, and allowed

  /// Several lines for people: a line for each group of tensors whose names differ in numbers only (loaded and unused
  /// ones: in all but the first part), with their count and number of elements.
  std::string table() const;
};

/// All three copy what fits, after everything was checked: on an Error the module is as it was. Errors: a tensor of
/// another shape (both shapes named; only tables named pos_embed are resized) or of another kind (a weight takes F64,
/// F32, F16 and BF16, a counter whole numbers; neither takes bool); NaN or infinity in what would be loaded; a tensor
/// without a place that is not allowed; a decoder that differs from the embeddings it is tied to; nothing to load at
/// all. Element types of the same kind are converted. Momentum copies (`_m`) are loaded only if the file has them; else
/// it is for the caller to copy the student into them.

/// A whole ALBEF, pretrained or fine-tuned: the part `bert.` of names in text_encoder may be missing on either side.
LoadReport load_authors(torch::nn::Module& module, const Weights& weights, const LoadOptions& options = {});

/// DeiT's or timm's ViT (cls_token, pos_embed, patch_embed.proj, blocks.N, norm) into what begins with `prefix`.
LoadReport load_vit(torch::nn::Module& module, const std::string& prefix, const Weights& weights,
                    const LoadOptions& options = {});

/// A Hugging Face BERT into what begins with `prefix`: `bert.` optional, LayerNorm's gamma and beta as weight and bias.
LoadReport load_bert(torch::nn::Module& module, const std::string& prefix, const Weights& weights,
                     const LoadOptions& options = {});

}  // namespace albef
