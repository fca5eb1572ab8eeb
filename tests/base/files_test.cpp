#include "albef/base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <stdexcept>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/base/folder_lock.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// Writing beyond `bytes` fails as on a full disk while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

size_t entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(ReadFile, GivesEveryByteBack) {
  TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 200000; ++i) bytes += static_cast<char>(i * 7);
  EXPECT_EQ(read_file(folder.write("all.bin", bytes)), bytes);
  EXPECT_EQ(read_file(folder.write("empty", "")), "");
}

TEST(ReadFile, SaysWhatIsWrongWithThePath) {
  TemporaryFolder folder;
  const auto missing = folder / "missing.json";
  EXPECT_EQ(complaint<Error>([&] { read_file(missing); }), missing + ": no such file");
  EXPECT_EQ(complaint<Error>([&] { read_file(folder.path()); }), folder.path() + ": is a folder, expected a file");
}

TEST(ReadFile, DoesNotWaitForAPipe) {
  TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(complaint<Error>([&] { read_file(pipe); }), "");
}

TEST(ReadFile, StopsAtTheLimit) {
  TemporaryFolder folder;
  const auto file = folder.write("ten", "0123456789");
  EXPECT_EQ(read_file(file, 10).size(), 10U);
  EXPECT_NE(complaint<Error>([&] { read_file(file, 9); }).find("larger than the limit of 9 bytes"), std::string::npos);
}

TEST(WriteAtomically, ReplacesTheFileAndLeavesNothingElse) {
  TemporaryFolder folder;
  const auto file = folder.write("state.json", "old");
  write_atomically(file, "new");
  EXPECT_EQ(read_file(file), "new");
  write_atomically(file, [](std::ostream& out) { out << "newer"; });
  EXPECT_EQ(read_file(file), "newer");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteAtomically, KeepsTheOldFileIfTheWriterThrows) {
  TemporaryFolder folder;
  const auto file = folder.write("state.json", "old");
  const auto writer = [](std::ostream& out) {
    out << "half of";
    throw std::runtime_error("no more");
  };
  EXPECT_EQ(complaint<std::runtime_error>([&] { write_atomically(file, writer); }), "no more");
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteAtomically, KeepsTheOldFileIfTheDiskIsFull) {
  TemporaryFolder folder;
  const auto file = folder.write("model.bin", "old");
  std::string message;
  {
    const FileSizeLimit limit(4096);
    message = complaint<Error>([&] { write_atomically(file, std::string(100000, 'x')); });
  }
  EXPECT_EQ(message.find(file + ": cannot be written"), 0U) << message;
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteAtomically, NamesAFolderThatIsMissingOrInTheWay) {
  TemporaryFolder folder;
  const auto lost = folder / "nowhere/state.json";
  EXPECT_EQ(complaint<Error>([&] { write_atomically(lost, "x"); }).find(lost + ": cannot be written"), 0U);
  fs::create_directories(folder / "taken/inside");
  EXPECT_EQ(complaint<Error>([&] { write_atomically(folder / "taken", "x"); }).find(folder / "taken: is a folder"), 0U);
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(WriteAtomically, FollowsLinksAndKeepsTheModeOfWhatIsThere) {
  TemporaryFolder folder;
  const auto target = folder.write("below/target", "old");
  fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("below/target", folder / "link");
  fs::create_symlink("link", folder / "link_to_link");
  write_atomically(folder / "link_to_link", "new");
  EXPECT_EQ(read_file(target), "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link") && fs::is_symlink(folder / "link_to_link"));
  EXPECT_EQ(fs::status(target).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(entries(folder / "below"), 1U);
  fs::create_symlink("made", folder / "dangling");
  write_atomically(folder / "dangling", "x");
  EXPECT_EQ(read_file(folder / "made"), "x");
  fs::create_symlink("circle", folder / "circle");
  EXPECT_NE(complaint<Error>([&] { write_atomically(folder / "circle", "x"); }).find("circle"), std::string::npos);
}

TEST(WriteAtomically, WritesThroughAPipe) {  // as through a device: a mistake would cost the machine its /dev/null
  TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK);
  check_writable(pipe);
  write_atomically(pipe, "through");
  char text[16];
  EXPECT_EQ(::read(reader, text, sizeof text), 7);
  ::close(reader);
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(CheckWritable, AsksForWhatWritingNeeds) {
  TemporaryFolder folder;
  check_writable(folder / "new");
  check_writable(folder.write("there", ""));
  check_writable("/dev/null");
  check_writable("in_the_working_folder");
  EXPECT_EQ(entries(folder.path()), 1U);
  const auto lost = folder / "nowhere/new";
  EXPECT_NE(complaint<Error>([&] { check_writable(lost); }).find(lost + ": cannot be written (there is no folder"),
            std::string::npos);
  EXPECT_NE(complaint<Error>([&] { check_writable(folder.path()); }).find("is a folder"), std::string::npos);
  EXPECT_NE(complaint<Error>([&] { check_writable(folder / "there/below"); }), "");
  EXPECT_NE(complaint<Error>([&] { check_writable("/proc/new"); }), "");
}

TEST(RemoveTree, TakesAllInAFolderAndFollowsNoLink) {
  const TemporaryFolder folder;
  folder.write("tree/a/b/c.txt", "c");
  folder.write("tree/d.txt", "d");
  folder.write("other/kept.txt", "kept");
  fs::create_directory_symlink(folder / "other", folder / "tree/link");
  fs::create_symlink(folder / "nothing", folder / "tree/dead");
  std::error_code error;
  remove_tree(folder / "tree", error);
  EXPECT_FALSE(error) << error.message();
  EXPECT_FALSE(fs::exists(folder / "tree"));
  EXPECT_EQ(read_file(folder / "other/kept.txt"), "kept");
  remove_tree(folder / "tree", error);
  EXPECT_FALSE(error) << "what is not there is no error: " << error.message();
  remove_tree(folder / "other/kept.txt", error);
  EXPECT_FALSE(error || fs::exists(folder / "other/kept.txt"));
  remove_tree("/proc/self/task", error);
  EXPECT_TRUE(error) << "what cannot be removed is";
}

TEST(FolderLock, IsHeldByOneAndNamesIt) {
  TemporaryFolder folder;
  {
    const FolderLock first(folder.path());
    const auto message = complaint<Error>([&] { FolderLock second(folder.path()); });
    EXPECT_NE(message.find("is in use by process " + std::to_string(::getpid()) + " on "), std::string::npos)
        << message;
  }
  const FolderLock third(folder.path());
}

TEST(MakeWritableFolder, MakesParentsAndRefusesAFileInTheWay) {
  TemporaryFolder folder;
  make_writable_folder(folder / "a/b/c");
  make_writable_folder(folder / "a/b/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  const auto file = folder.write("file", "");
  EXPECT_EQ(complaint<Error>([&] { make_writable_folder(file); }).find(file + ": the folder cannot be made"), 0U);
  EXPECT_EQ(
      complaint<Error>([&] { make_writable_folder(file + "/below"); }).find(file + "/below: the folder cannot be made"),
      0U);
}

}  // namespace
}  // namespace albef
