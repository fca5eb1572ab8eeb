// The arithmetic that a step needs, counted: what speed is measured against.
#pragma once
#include "albef/model/albef.h"

namespace albef {

/// Floating-point operations (a multiply-add is two) of the matrix products in one pretraining step, for one of B pairs
/// of L tokens with `chosen` masked tokens each: forward and backward of the online model, forward of the momentum
/// model, every product that is needed once counted once.
double pretrain_flop_per_pair(const AlbefOptions& options, int64_t batch, int64_t length, double chosen,
                              bool distill_mlm);

/// Of the image encoder's forward pass, one image.
double vision_flop(const VitOptions& options);

/// Of re-scoring one of `texts` texts of L tokens that look at the same image, its keys and values counted in.
double rerank_flop_per_pair(const AlbefOptions& options, int64_t texts, int64_t length);

}  // namespace albef
