// A folder for one process at a time.
#pragma once
#include <filesystem>

namespace albef {

/// Held until the object goes or its process ends, however it ends: the lock is the kernel's (flock), on FOLDER/.lock,
/// which stays and names the process that had it last.
class FolderLock {
 public:
  /// The folder must exist. Error naming process and host if somebody holds it; a warning where the file system knows
  /// no locks.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  int file_ = -1;
};

inline constexpr char kLockFile[] = ".lock";

}  // namespace albef
