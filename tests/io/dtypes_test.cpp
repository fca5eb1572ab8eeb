#include "albef/io/dtypes.h"

#include <torch/torch.h>

#include <limits>

#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

TEST(IsFinite, FindsNaNAndInfinityOfEveryFloatType) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto type : {torch::kDouble, torch::kFloat, torch::kHalf, torch::kBFloat16}) {
    // The largest numbers of a type must not be taken for infinity, as they would be in a sum of their own type.
    const double largest = type == torch::kHalf ? 65504.0 : type == torch::kDouble ? 1.7e308 : 3.3e38;
    for (const int64_t size : {1, 7, 100000}) {
      auto tensor = torch::full({size}, largest, type);
      EXPECT_TRUE(is_finite(tensor)) << tensor.dtype() << size;
      for (const double value : {std::nan(""), infinity, -infinity}) {
        auto bad = tensor.clone();
        bad[size / 2] = value;
        EXPECT_FALSE(is_finite(bad)) << tensor.dtype() << size << value;
        EXPECT_FALSE(is_finite(bad.view({size, 1}).expand({size, 3}).t())) << tensor.dtype() << size << value;
      }
    }
  }
}

TEST(IsFinite, HoldsForWhatCannotBeOtherwise) {
  for (const auto& [name, tensor] : sample_tensors()) EXPECT_TRUE(is_finite(tensor)) << name;
}

TEST(FirstNotFinite, IsTheFirstByName) {
  TensorMap tensors = sample_tensors();
  EXPECT_EQ(first_not_finite(tensors), std::nullopt);
  tensors["second"] = torch::full({2, 2}, std::nan(""), torch::kHalf);
  tensors["first"] = torch::tensor(-std::numeric_limits<float>::infinity());
  EXPECT_EQ(first_not_finite(tensors), "first");
}

}  // namespace
}  // namespace albef
