// The model of NLVR2 (paper §5): each multimodal layer is there twice, for the first picture and for the second; the
// two share what makes keys and values of a picture.
#pragma once
#include "albef/io/weights.h"
#include "albef/tasks/common/classifier_model.h"

namespace albef {

inline constexpr ClassifierKind kNlvr = {.task = "nlvr", .classes = 2, .pictures = 2};

/// Writes each fusion layer of a pretrained stack twice, as layers f+2i and f+2i+1 of the doubled one (f the fusion
/// layer). `bert`: the stack before doubling. Weights that have the doubled stack already stay as they are. Says so in
/// the note of the weights.
void double_fusion_layers(Weights& weights, const BertOptions& bert);

}  // namespace albef
