// In which precision matrix products run: as asked for, or as the machine is fast in.
#pragma once
#include <torch/types.h>

#include <string>

namespace albef {

/// What a machine computes with, as far as bfloat16 is concerned.
struct Hardware {
  std::string name;        ///< "AMD EPYC 7B13", "cuda:0"
  bool fast_bf16 = false;  ///< it has instructions for products of bfloat16
  std::string why;         ///< "has AMX-BF16"
};

/// Of a processor, from the text of /proc/cpuinfo. AMX-BF16 and AVX512-BF16 make bfloat16 fast; without them it is
/// emulated.
Hardware processor(const std::string& cpuinfo);

/// Of a device of this machine. A GPU is fast in bfloat16 from compute capability 8.0 on.
Hardware hardware(torch::Device device);

struct Precision {
  std::string name;    ///< "bf16" or "float32"
  std::string reason;  ///< why, to be read behind the name
  bool slow = false;   ///< asked for by name though the hardware only emulates it
  bool bf16() const { return name == "bf16"; }
};

/// `asked`: float32 and bf16 are obeyed, auto is bf16 where that is fast, else float32.
Precision choose_precision(const std::string& asked, const Hardware& hardware);

/// For work with a checkpoint that was trained in `trained`: what is asked for by name is obeyed; auto is the precision
/// of the training, so that scores are the training's own, unless that is bf16 and the hardware only emulates it.
Precision choose_precision(const std::string& asked, const std::string& trained, const Hardware& hardware);

/// One line: what was chosen and why; a warning if that is slow.
void log_precision(const Precision& precision);

/// Whether float32 products on a GPU may be rounded to TensorFloat-32. LibTorch allows it in convolutions unless told
/// not to.
void allow_tf32(bool allow);

}  // namespace albef
