#include "albef/data/picture_search.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "albef/base/error.h"
#include "albef/image/decode.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

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

}  // namespace

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

}  // namespace albef
