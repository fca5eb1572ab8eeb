// LibTorch's wheels export parts of the standard library, which must not stand in for the program's own.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>

namespace {

TEST(LinkOrder, StdFilesystemIsTheStandardLibrarysOwn) {
  void* function = dlsym(RTLD_DEFAULT, "_ZNSt10filesystem10remove_allERKNS_7__cxx114pathERSt10error_code");
  ASSERT_NE(function, nullptr);
  Dl_info info{};
  ASSERT_NE(dladdr(function, &info), 0);
  EXPECT_NE(std::string(info.dli_fname).find("libstdc++"), std::string::npos) << info.dli_fname;
}

}  // namespace
