// Dropout with its random numbers drawn by all threads.
#pragma once
#include <torch/types.h>

namespace albef {

/// Zeroes each element with probability p and scales the others by 1/(1-p); the identity if p is 0. On the CPU the mask
/// is a function of one number drawn from LibTorch's generator and of the element's place: the same for any number of
/// threads, and several times faster than torch::dropout, which draws on one thread. p is rounded to 1/65536.
torch::Tensor dropout(const torch::Tensor& x, double p);

}  // namespace albef
