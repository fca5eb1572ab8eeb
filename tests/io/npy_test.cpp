#include "albef/io/npy.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace albef {
namespace {

// numpy.save(io.BytesIO(), numpy.arange(6, dtype="<f4").reshape(2, 3)), NumPy 2.4.
TEST(NpyBytes, AreThoseOfNumPy) {
  std::string header = "\x93NUMPY";
  header += {'\x01', '\0', 'v', '\0'};
  header += "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  header += std::string(127 - header.size(), ' ') + "\n";
  const auto values = torch::arange(6, torch::kFloat).view({2, 3});
  const auto bytes = npy_bytes(values);
  ASSERT_EQ(bytes.size(), 128 + 24U);
  EXPECT_EQ(bytes.substr(0, 128), header);
  EXPECT_EQ(bytes.substr(128), std::string(static_cast<const char*>(values.const_data_ptr()), 24));
  EXPECT_EQ(npy_bytes(values.t().contiguous().t()), bytes);  // in C order, however it lies
}

TEST(NpyBytes, TellShapesAsTuples) {
  EXPECT_NE(npy_bytes(torch::zeros({3}, torch::kLong)).find("'<i8', 'fortran_order': False, 'shape': (3,), }"),
            std::string::npos);
  EXPECT_NE(npy_bytes(torch::zeros({0, 16}, torch::kDouble)).find("'<f8', 'fortran_order': False, 'shape': (0, 16), }"),
            std::string::npos);
  EXPECT_NE(npy_bytes(torch::zeros({})).find("'shape': (), }"), std::string::npos);
  EXPECT_THROW(npy_bytes(torch::zeros({2}, torch::kBool)), c10::Error);
}

}  // namespace
}  // namespace albef
