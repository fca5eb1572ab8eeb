// Mixed precision for a scope: weights and sums stay float32, matrix products run in bfloat16.
#pragma once
#include <ATen/autocast_mode.h>

namespace albef {

/// While it lives, operations on `device` are autocast to bfloat16 (or not at all). Restores what was before.
class Autocast {
 public:
  Autocast(torch::Device device, bool enabled)
      : device_(device.type()),
        enabled_(at::autocast::is_autocast_enabled(device_)),
        type_(at::autocast::get_autocast_dtype(device_)) {
    at::autocast::increment_nesting();
    at::autocast::set_autocast_enabled(device_, enabled);
    at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
  }
  ~Autocast() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, enabled_);
    at::autocast::set_autocast_dtype(device_, type_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  torch::DeviceType device_;
  bool enabled_;
  torch::ScalarType type_;
};

}  // namespace albef
