#include "albef/io/npy.h"

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {

std::string npy_bytes(const torch::Tensor& tensor) {
  const auto type = tensor.scalar_type();
  TORCH_CHECK(type == torch::kFloat || type == torch::kDouble || type == torch::kLong, "npy_bytes: a tensor of ", type);
  const char* descr = type == torch::kFloat ? "<f4" : type == torch::kDouble ? "<f8" : "<i8";
  std::string shape;
  for (const int64_t size : tensor.sizes()) shape += str(size, ", ");
  if (tensor.dim() > 1) shape.resize(shape.size() - 2);
  if (tensor.dim() == 1) shape.pop_back();  // "3," is a tuple of one
  std::string header = str("{'descr': '", descr, "', 'fortran_order': False, 'shape': (", shape, "), }");
  constexpr size_t kBefore = 10, kAligned = 64;  // the magic, the version and the header's length
  header.append(kAligned - (kBefore + header.size() + 1) % kAligned, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += {'\x01', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  const auto values = tensor.to(torch::kCPU).contiguous();
  return bytes + header + std::string(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
}

void write_npy(const std::filesystem::path& path, const torch::Tensor& tensor) {
  write_atomically(path, npy_bytes(tensor));
}

}  // namespace albef
