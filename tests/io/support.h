// What the tests of io share: a folder that goes away, files made and spoilt byte by byte.
#pragma once
#include <gtest/gtest.h>
#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "albef/base/error.h"
#include "albef/io/dtypes.h"

namespace albef::testing {

namespace fs = std::filesystem;

inline const fs::path kSamples = fs::path(ALBEF_TEST_DATA) / "io" / "samples";
inline const fs::path kGoldens = fs::path(ALBEF_TEST_DATA) / "goldens" / "model";

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string content(const fs::path& path);
void write(const fs::path& path, const std::string& content);

/// The message of the albef::Error that `work` ends in; a failure of the test if it ends otherwise.
std::string error_of(const std::function<void()>& work);

/// A zip archive of stored records, as torch.save writes it; sizes and offsets in 64 bits as in an archive beyond 4 GB.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& records, bool in_64_bits = false);

/// The content of one stored record of an archive.
std::string zip_record(const fs::path& archive, const std::string& ending);

/// Runs `read` on `original` cut short at every `stride`-th length, and with every `stride`-th byte altered in three
/// ways. Whatever is no albef::Error fails the test; returns how many files were read without one.
int count_accepted(const std::string& original, size_t stride, const std::function<void(const std::string&)>& read);

/// Every kind of element, an empty tensor and a scalar.
TensorMap sample_tensors();
void expect_equal(const TensorMap& got, const TensorMap& want);

}  // namespace albef::testing
