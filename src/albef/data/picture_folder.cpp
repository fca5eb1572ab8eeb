// A folder of pictures with their captions in text files of the same name.
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/utf8.h"
#include "albef/data/formats.h"
#include "albef/data/picture_search.h"
#include "albef/text/words.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{16} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // which Windows programs write

/// A caption a line; lines that show nothing are no captions.
std::vector<std::string> captions_of(const std::string& text) {
  std::vector<std::string> captions;
  std::istringstream lines(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (has_words(line) || utf8_error(line) != std::string::npos) captions.push_back(line);
  }
  return captions;
}

void read(const std::string& folder, PairCollector& pairs) {
  pairs.begin_source({.file = folder, .image_root = folder});
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
    pair.captions = captions_of(read_file(text, kMaxTextBytes));
    pairs.take(std::move(pair));
  }
}

}  // namespace

extern constinit const ListFormat picture_folder = {
    [](const std::string& path) { return fs::is_directory(path); }, read_each<read>, "a folder", {}};

}  // namespace albef
