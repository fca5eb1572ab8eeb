// Parts of a model, told by how their parameters' names begin: which are not trained, and which at another rate.
#pragma once
#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "albef/base/config.h"

namespace albef {

/// A part is a parameter's name, or the beginning of some that ends before a dot: "visual_encoder",
/// "text_encoder.bert".
struct PartOptions {
  std::vector<std::string> freeze = {};
  NumberMap lr_factor = {};  ///< of the longest name that fits; 1 where none does
};

template <class Visitor>
void fields(Visitor& v, PartOptions& o) {
  v("freeze", o.freeze, "parts that keep their weights, by how their parameters' names begin: [visual_encoder]");
  v("lr_factor", o.lr_factor, "parts that learn at so many times the schedule's rate: {visual_encoder: 0.1}",
    Range{0, 1000});
}

/// Parameters of frozen parts require no gradient from now on. Error naming the key for a part that is none of what is
/// trained, and where nothing is left to be. What required no gradient before (the momentum model) is no part.
void freeze(const torch::nn::Module& module, const PartOptions& options);

/// What the schedule's rate is multiplied with for this parameter.
double lr_factor(const std::string& parameter, const NumberMap& factors);

}  // namespace albef
