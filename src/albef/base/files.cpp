#include "albef/base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "albef/base/error.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

std::string reason() {
  return std::strerror(errno);
}

void sync(const fs::path& path, int flags) {
  const int file = ::open(path.c_str(), flags);
  if (file < 0) fail(path.string(), ": cannot be opened to sync it (", reason(), ")");
  const bool synced = ::fsync(file) == 0 || errno == EINVAL;  // EINVAL: a file system that cannot sync folders
  const std::string why = reason();
  ::close(file);
  if (!synced) fail(path.string(), ": cannot be written to disk (", why, ")");
}

// Where bytes for a path go: a file that can be replaced, or what has to be written through.
struct Target {
  fs::path path;
  bool through = false;
};

// The end of a chain of links, so that the links stay. Those of /proc (/dev/stdout leads there) name open files, which
// a rename would not reach.
Target find_target(const fs::path& path) {
  constexpr int kMaxLinks = 40;  // Linux's own limit
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::is_directory(status)) fail(path.string(), ": is a folder, expected a file to write");
  if (fs::exists(status) && !fs::is_regular_file(status)) return {path, true};
  fs::path at = path;
  for (int links = 0; fs::is_symlink(fs::symlink_status(at, error)); ++links) {
    if (links == kMaxLinks) fail(path.string(), ": cannot be written (its links lead in a circle)");
    if (fs::absolute(at).lexically_normal().string().starts_with("/proc/")) return {path, true};
    at = at.parent_path() / fs::read_symlink(at, error);
  }
  return {at, false};
}

fs::path temporary_beside(const fs::path& target) {
  return target.string() + ".tmp" + std::to_string(::getpid());
}

void write_through(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  std::ostringstream content;  // `write` may seek
  write(content);
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out << content.view() << std::flush;
  if (!out) fail(path.string(), ": cannot be written (", errno ? reason() : "write failed", ")");
}

}  // namespace

std::string read_file(const fs::path& path, uint64_t limit) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) fail(path.string(), ": no such file");
  if (fs::is_directory(status)) fail(path.string(), ": is a folder, expected a file");
  if (!fs::is_regular_file(status)) fail(path.string(), ": is a pipe or a device, expected a file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path.string(), ": cannot be opened (", reason(), ")");
  std::string content;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    content.append(buffer, static_cast<size_t>(in.gcount()));
    if (content.size() > limit) fail(path.string(), ": is larger than the limit of ", limit, " bytes");
  }
  if (in.bad()) fail(path.string(), ": cannot be read (", reason(), ")");
  return content;
}

void write_atomically(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  const auto [target, through] = find_target(path);
  if (through) return write_through(path, write);
  const fs::path temporary = temporary_beside(target);
  try {
    errno = 0;
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    if (!out) fail(path.string(), ": cannot be written (", reason(), ")");
    write(out);
    out.flush();
    if (!out)
      fail(path.string(), ": cannot be written (", errno ? reason() : "write failed", "); what was there is kept");
    out.close();
    std::error_code none;
    if (const auto there = fs::status(target, none); fs::exists(there))
      fs::permissions(temporary, there.permissions(), none);
    sync(temporary, O_RDONLY);
    fs::rename(temporary, target);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    fail(path.string(), ": cannot be replaced (", error.code().message(), ")");
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
  sync_folder(target.parent_path());
}

void write_atomically(const fs::path& path, const std::string& content) {
  write_atomically(path,
                   [&](std::ostream& out) { out.write(content.data(), static_cast<std::streamsize>(content.size())); });
}

void check_writable(const fs::path& path) {
  const auto [target, through] = find_target(path);
  if (through) {
    if (::access(path.c_str(), W_OK) != 0) fail(path.string(), ": cannot be written (", reason(), ")");
    return;
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fail(path.string(), ": cannot be written (there is no folder ", folder.string(),
         "); make it, or name another path");
  const fs::path temporary = temporary_beside(target);  // tried, since no permission bit tells of all that may fail
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) fail(path.string(), ": cannot be written (", reason(), ")");
  ::close(file);
  ::unlink(temporary.c_str());
}

void make_writable_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    fail(path.string(), ": the folder cannot be made (", error ? error.message() : "a file of that name is there", ")");
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    fail(path.string(), ": the folder cannot be written to (", reason(), ")");
}

void remove_tree(const fs::path& path, std::error_code& error) {
  error.clear();
  if (fs::symlink_status(path, error).type() == fs::file_type::directory) {
    std::vector<fs::path> inside;  // listed first: what is removed while it is iterated may hide others
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
      inside.push_back(entry->path());
    for (size_t i = 0; !error && i < inside.size(); ++i) remove_tree(inside[i], error);
  }
  if (error == std::errc::no_such_file_or_directory) error.clear();
  if (!error) fs::remove(path, error);
}

void sync_folder(const fs::path& folder) {
  sync(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace albef
