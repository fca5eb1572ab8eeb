// What could not be used of a data set: counted by reason, and named once each in a file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "albef/base/error.h"

namespace albef {

/// Where a sample stands in the user's files.
struct Place {
  std::string image = {};  ///< path of the picture
  std::string file = {};   ///< annotation file
  uint64_t record = 0;     ///< 1 for the first of the file
};

struct BadSample {
  Place place = {};
  std::string reason = {};  ///< one of a few, for counting: "no such file"
  int64_t epoch = -1;       ///< -1: met while the annotations were read
};

/// Thrown where a sample cannot be used. what() is the whole message, reason() a BadSample's.
class UnusableSample : public Error {
 public:
  UnusableSample(const std::string& message, std::string reason) : Error(message), reason_(std::move(reason)) {}
  const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

/// Thread-safe.
class BadSamples {
 public:
  /// `path` is made at the first sample: a JSON object a line, {"image","reason","file","record","epoch"}. If the file
  /// is there already (a resumed run) it grows by those that it does not name yet. Empty: only counted.
  explicit BadSamples(std::filesystem::path path = {}) : path_(std::move(path)) {}

  void add(const BadSample& sample);  ///< throws Error if the file cannot be written

  /// An archive that ends too early: listed as record 0 of it, and counted as no sample.
  void truncated(const std::string& archive);
  std::vector<std::string> truncated_archives() const;

  uint64_t total() const;
  std::map<std::string, uint64_t> by_reason() const;
  std::string summary() const;  ///< "3 no such file, 1 empty caption"; "" if there were none

 private:
  void open();
  void write(const BadSample& sample);

  std::filesystem::path path_;
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> counts_;
  std::vector<std::string> truncated_;
  std::unordered_set<uint64_t> named_;  // hashes of the samples that the file names
  std::ofstream out_;
};

}  // namespace albef
