#include "albef/train/device.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"

namespace albef {
namespace {

TEST(ChooseDevice, TakesTheCpuAndWhatIsThere) {
  EXPECT_TRUE(choose_device("cpu").is_cpu());
  EXPECT_NO_THROW(choose_device("auto"));
}

TEST(ChooseDevice, NamesWhatItExpectsInsteadOfAnythingElse) {
  for (const char* name : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:0x", "CPU"}) {
    EXPECT_EQ(complaint<Error>([&] { choose_device(name); }),
              std::string("device '") + name + "': expected auto, cpu, cuda or cuda:N");
  }
  EXPECT_NE(complaint<Error>([] { choose_device("cuda:99"); }).find("CUDA devices"), std::string::npos);
}

}  // namespace
}  // namespace albef
