// A folder of pictures with their captions in text files of the same name.
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/utf8.h"
#include "albef/data/formats.h"
#include "albef/image/decode.h"
#include "albef/text/words.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{16} << 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // which Windows programs write

/// The pictures of a folder, its subfolders, and the folders that links in them lead to. Each folder is taken once, by
/// its path without links where it has one below the root, else by the first of its links, so links in a circle end.
class Search {
 public:
  explicit Search(fs::path root) : root_(std::move(root)) {}

  /// Paths relative to the root, in the order of their bytes.
  std::vector<std::string> pictures() {
    search("");
    while (!links_.empty()) {
      const fs::path link = *links_.begin();
      links_.erase(links_.begin());
      search(link);
    }
    std::sort(pictures_.begin(), pictures_.end());
    return std::move(pictures_);
  }

 private:
  void search(const fs::path& top) {
    std::vector<fs::path> folders = {top};
    while (!folders.empty()) {
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      if (!seen_.insert(fs::canonical(root_ / folder).string()).second) continue;
      for (const auto& entry : fs::directory_iterator(root_ / folder)) {
        const fs::path path = folder / entry.path().filename();
        std::error_code ignored;  // of a link that leads nowhere: no folder, perhaps a picture that cannot be read
        if (!entry.is_directory(ignored)) {
          if (is_picture_name(path)) pictures_.push_back(path.string());
        } else if (entry.is_symlink()) {
          links_.insert(path.string());
        } else {
          folders.push_back(path);
        }
      }
    }
  }

  fs::path root_;
  std::set<std::string> links_;  // still to be followed
  std::set<std::string> seen_;   // canonical paths
  std::vector<std::string> pictures_;
};

std::vector<std::string> pictures_below(const std::string& folder) {
  std::vector<std::string> pictures;
  try {
    pictures = Search(folder).pictures();
  } catch (const fs::filesystem_error& error) {
    fail(folder, ": the folder cannot be searched (", error.code().message(), ")");
  }
  if (pictures.empty()) fail(folder, ": no pictures in it (", picture_endings(), ")");
  return pictures;
}

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
  pairs.begin_source(folder, folder);
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

extern constinit const ListFormat picture_folder = {[](const std::string& path) { return fs::is_directory(path); },
                                                    read};

}  // namespace albef
