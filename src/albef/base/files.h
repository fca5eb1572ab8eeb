// Whole files, read with a limit and written so that a crash never leaves half of one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

namespace albef {

/// The whole file. Throws Error if it is missing, not a regular file, or longer than `limit` bytes.
std::string read_file(const std::filesystem::path& path, uint64_t limit = uint64_t{1} << 33);

/// Writes to a temporary file beside `path`, syncs it and renames it over `path`; the mode of what was there stays. On
/// any failure (a full disk, say) the temporary is removed, `path` stays as it was, and Error names the path and the
/// reason. A link is followed and stays; a pipe or a device (/dev/stdout) is written through.
void write_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);
void write_atomically(const std::filesystem::path& path, const std::string& content);

/// Error if write_atomically could not write to `path`: asked before long work, so that its result is not lost.
void check_writable(const std::filesystem::path& path);

/// Makes the folder and its parents; Error if that fails or it cannot be written to.
void make_writable_folder(const std::filesystem::path& path);

/// Removes the file, or the folder with all in it; links are removed, not followed. What is not there is no error.
/// Stands for std::filesystem::remove_all, of which LibTorch's CUDA wheels export a copy that calls a function which
/// they leave out, and so crashes.
void remove_tree(const std::filesystem::path& path, std::error_code& error);

/// Makes names created, renamed or removed in `folder` last through a loss of power.
void sync_folder(const std::filesystem::path& folder);

}  // namespace albef
