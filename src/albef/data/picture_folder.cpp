// A folder of pictures with their captions in text files of the same name.
#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/data/pair_collector.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{16} << 20;

bool is_picture(const fs::path& path) {
  static constexpr std::array<std::string_view, 6> kEndings = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"};
  std::string ending = path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

/// Paths of the pictures relative to `folder`, in the order of their bytes.
std::vector<std::string> pictures_below(const std::string& folder) {
  std::vector<std::string> pictures;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (is_picture(entry.path()) && !entry.is_directory()) {
        pictures.push_back(entry.path().lexically_relative(folder).string());
      }
    }
  } catch (const fs::filesystem_error& error) {
    fail(folder, ": the folder cannot be searched (", error.code().message(), ")");
  }
  if (pictures.empty()) fail(folder, ": no pictures in it (.jpg, .jpeg, .png, .webp, .bmp, .gif)");
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

}  // namespace

void read_picture_folder(const std::string& folder, PairCollector& pairs) {
  uint64_t number = 0;
  for (const std::string& picture : pictures_below(folder)) {
    RawPair pair{.number = ++number, .image = picture};
    const fs::path text = fs::path(folder) / fs::path(picture).replace_extension(".txt");
    std::error_code error;
    const uint64_t bytes = fs::file_size(text, error);
    if (error) {
      pairs.reject(pair, "no text file");
      continue;
    }
    if (bytes > kMaxTextBytes) {
      pairs.reject(pair, "text file over 16 MB");
      continue;
    }
    std::istringstream lines(read_file(text, kMaxTextBytes));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.find_first_not_of(" \t") != std::string::npos) pair.captions.push_back(line);
    }
    pairs.take(std::move(pair));
  }
}

}  // namespace albef
