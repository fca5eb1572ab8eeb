#include "albef/train/precision.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace albef {
namespace {

std::string cpuinfo(const std::string& name, const std::string& flags) {
  return "processor\t: 0\nvendor_id\t: X\nmodel name\t: " + name + "\ncpu MHz\t\t: 2600\nflags\t\t: fpu vme " + flags +
         "\nbugs\t\t: none\n\nprocessor\t: 1\nmodel name\t: other\nflags\t\t: fpu\n";
}
const Hardware kAmx = processor(cpuinfo("Intel Xeon 8481C", "avx2 avx512f avx512_bf16 amx_bf16 amx_tile"));
const Hardware kZen4 = processor(cpuinfo("AMD EPYC 9B14", "avx2 avx512f avx512_bf16"));
const Hardware kAvx2 = processor(cpuinfo("AMD EPYC 7B13", "fma avx avx2"));

TEST(Precision, AutoIsBf16OnlyWhereTheProcessorMultipliesIt) {
  EXPECT_EQ(choose_precision("auto", kAmx).name, "bf16");
  EXPECT_EQ(choose_precision("auto", kZen4).name, "bf16");
  EXPECT_EQ(choose_precision("auto", kAvx2).name, "float32");
}

TEST(Precision, SaysWhichHardwareDecided) {
  EXPECT_EQ(choose_precision("auto", kAmx).reason, "chosen since Intel Xeon 8481C has AMX-BF16");
  EXPECT_EQ(choose_precision("auto", kZen4).reason, "chosen since AMD EPYC 9B14 has AVX512-BF16");
  EXPECT_EQ(choose_precision("auto", kAvx2).reason, "chosen since AMD EPYC 7B13 has neither AMX-BF16 nor AVX512-BF16");
}

TEST(Precision, WithoutBf16InTheProcessorIsObeyedWithAWarning) {
  const auto precision = choose_precision("bf16", kAvx2);
  EXPECT_TRUE(precision.bf16());
  EXPECT_TRUE(precision.slow);
  EXPECT_NE(precision.reason.find("AMD EPYC 7B13"), std::string::npos);
  EXPECT_NE(precision.reason.find("ten times"), std::string::npos);
  testing::internal::CaptureStderr();
  log_precision(precision);
  const auto line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("warning: precision bf16 is asked for, but AMD EPYC 7B13"), std::string::npos) << line;
  EXPECT_FALSE(choose_precision("bf16", kAmx).slow);
  EXPECT_FALSE(choose_precision("float32", kAvx2).slow);
  EXPECT_EQ(choose_precision("float32", kAmx).name, "float32");
}

TEST(Precision, OfACheckpointIsThatOfItsTrainingWhereThatIsFast) {
  EXPECT_EQ(choose_precision("auto", "bf16", kAmx).name, "bf16");
  EXPECT_EQ(choose_precision("auto", "float32", kAmx).name, "float32");
  EXPECT_EQ(choose_precision("auto", "bf16", kAvx2).name, "float32");
  EXPECT_EQ(choose_precision("auto", "auto", kAmx).name, "bf16");
  EXPECT_EQ(choose_precision("auto", "auto", kAvx2).name, "float32");
  EXPECT_EQ(choose_precision("bf16", "float32", kAvx2).name, "bf16");
}

TEST(Precision, ReadsProcessorsThatSayLittle) {
  for (const std::string text : {"", "model name", "flags : amx_bf16x xavx512_bf16", "Features\t: fp asimd bf16\n"}) {
    const auto found = processor(text);
    EXPECT_EQ(found.name, "this processor") << text;
    EXPECT_FALSE(found.fast_bf16) << text;
  }
}

TEST(Precision, OfThisMachineFollowsItsFlags) {
  const auto here = hardware(torch::kCPU);
  EXPECT_NE(here.name, "");
  EXPECT_EQ(choose_precision("auto", here).bf16(), here.fast_bf16);
}

TEST(Tf32, IsAllowedOrNotForProductsAndConvolutions) {
  for (const bool allow : {true, false}) {
    allow_tf32(allow);
    EXPECT_EQ(at::globalContext().allowTF32CuBLAS(), allow);
    EXPECT_EQ(at::globalContext().allowTF32CuDNN(), allow);
  }
}

}  // namespace
}  // namespace albef
