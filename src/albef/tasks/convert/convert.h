// Checkpoints between this program's form and the authors' (`albef convert`).
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace albef {

struct ConvertOptions {
  std::string in, out;
  std::string to;             ///< "albef": a .pth; "ours": a checkpoint folder; "json": of a pickle of plain data
  bool weights_only = false;  ///< without the optimiser's state
  std::optional<double> blend = {};  ///< this share of `in`, the rest of `with`
  std::string with = {};
  std::string config = {}, vocab = {};  ///< for "ours", where `in` has none: a file of settings, a vocab.txt
};

/// Writes `out`, whole or not at all. Returns lines for people: what is written, what was done. Error, with nothing
/// written, for whatever of read_source, authors_form, blend or settings_text does not work, and where `out` is `in` or
/// part of it.
std::vector<std::string> convert(const ConvertOptions& options);

}  // namespace albef
