// What a shell command writes. It has a process group of its own, so that all that it began ends with it.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "albef/base/error.h"
#include "albef/data/byte_stream.h"
#include "albef/data/work_given_up.h"

extern char** environ;

namespace albef {
namespace {

using Clock = std::chrono::steady_clock;

/// Both ends of a pipe, or a file in memory; closed with it.
struct Descriptor {
  int number = -1;
  Descriptor() = default;
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor(Descriptor&& other) noexcept : number(std::exchange(other.number, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number, other.number);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number >= 0) ::close(std::exchange(number, -1));
  }
};

class CommandStream : public ByteStream {
 public:
  CommandStream(std::string command, int64_t timeout) : command_(std::move(command)), timeout_(timeout) {
    catch_stop_signals();  // or the command, a group of its own, would outlive the program
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail(name(), ": cannot be run: ", std::strerror(errno));
    out_ = Descriptor(ends[0]);
    const Descriptor in(ends[1]);
    complaints_ = Descriptor(::memfd_create("complaints", MFD_CLOEXEC));
    spawn(in.number);
  }
  ~CommandStream() override { end(); }

  size_t read(char* to, size_t size) override {
    wait_for([&](int milliseconds) {
      pollfd what{out_.number, POLLIN, 0};
      return ::poll(&what, 1, milliseconds) > 0;
    });
    for (;;) {
      const ssize_t got = ::read(out_.number, to, size);
      if (got >= 0) {
        ended_ |= got == 0;
        return static_cast<size_t>(got);
      }
      if (errno != EINTR) fail(name(), ": cannot be read: ", std::strerror(errno));
    }
  }

  uint64_t skip(uint64_t) override { return 0; }

  void finish() override {
    if (!ended_ || process_ == 0) return;
    int status = 0;
    wait_for([&](int milliseconds) {
      const bool ended = ::waitpid(process_, &status, WNOHANG) == process_;
      if (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(std::min(milliseconds, 10)));
      return ended;
    });
    process_ = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    const auto how = WIFEXITED(status) ? str("ended with status ", WEXITSTATUS(status))
                                       : str("was ended by signal ", WTERMSIG(status));
    const std::string last = last_complaint();
    fail(name(), ": the command ", how, last.empty() ? "" : ": " + last);
  }

 private:
  std::string name() const { return printable("pipe:" + command_, 200); }

  void spawn(int standard_output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, standard_output, 1);
    posix_spawn_file_actions_adddup2(&actions, complaints_.number, 2);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);  // a reader that goes away ends it
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    std::string shell = "/bin/sh", flag = "-c";
    char* arguments[] = {shell.data(), flag.data(), command_.data(), nullptr};
    const int error = ::posix_spawn(&process_, shell.c_str(), &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) fail(name(), ": cannot be run: ", std::strerror(error));
  }

  /// Until `ready` for up to so many milliseconds says so. A stop is looked for ten times a second.
  template <class Ready>
  void wait_for(const Ready& ready) {
    const auto end = Clock::now() + std::chrono::seconds(timeout_);
    while (!ready(100)) {
      if (work_given_up()) throw Interrupted("stopped while waiting for " + name());
      if (Clock::now() >= end) {
        fail(name(), ": gave nothing for ", timeout_,
             " s and was ended; see what the command waits for, or raise timeout");
      }
    }
  }

  std::string last_complaint() const {
    std::string text(4096, '\0');
    const off_t size = ::lseek(complaints_.number, 0, SEEK_END);
    const off_t begin = std::max<off_t>(size - static_cast<off_t>(text.size()), 0);
    const ssize_t got = ::pread(complaints_.number, text.data(), text.size(), begin);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    while (text.ends_with('\n')) text.pop_back();
    return printable(text.substr(text.rfind('\n') + 1), 200);
  }

  void end() {
    out_.close();
    if (process_ <= 0) return;
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
  }

  std::string command_;
  int64_t timeout_;
  pid_t process_ = 0;
  bool ended_ = false;  // it closed its output
  Descriptor out_, complaints_;
};

}  // namespace

std::unique_ptr<ByteStream> run_command(const std::string& command, int64_t timeout) {
  return std::make_unique<CommandStream>(command, timeout);
}

}  // namespace albef
