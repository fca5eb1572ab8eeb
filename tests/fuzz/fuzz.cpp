// The inputs are read in a child process, and each is laid down in shared memory first: so it is known whatever becomes
// of the child.
#include "fuzz.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "albef/base/error.h"
#include "albef/base/files.h"

// Half a gigabyte at once is more than any of these inputs can be in need of.
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=512:allocator_may_return_null=0:abort_on_error=0";
}
extern "C" const char* __ubsan_default_options() {
  return "print_stacktrace=1";
}

namespace albef::fuzz {
namespace {

constexpr double kMostSeconds = 10;  // of the processor, for one input
constexpr uint64_t kMostMemory = uint64_t{2} << 30;

/// What parent and child share.
struct Shared {
  std::atomic<uint64_t> iteration;
  uint64_t refused;
  size_t size;
  char complaint[400];
  char bytes[(size_t{1} << 20) + 1];
};

/// Reads one input; false, with the complaint noted, if that ends in anything but success or an Error of one line.
bool survives(const Kind& kind, const std::string& bytes, Shared& shared) {
  const auto complain = [&](const std::string& text) {
    std::snprintf(shared.complaint, sizeof shared.complaint, "%s", printable(text, 300).c_str());
    return false;
  };
  try {
    kind.read(bytes);
  } catch (const Error& error) {
    ++shared.refused;
    const std::string message = error.what();
    if (message.find('\n') != std::string::npos) return complain("an Error of more than one line: " + message);
  } catch (const std::exception& error) {
    return complain(std::string("an exception that is no albef::Error: ") + error.what());
  }
  return true;
}

[[noreturn]] void child(const Kind& kind, double seconds, uint64_t seed, Shared& shared) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (uint64_t iteration = 0; std::chrono::steady_clock::now() < end; ++iteration) {
    Rng rng(Purpose::kSynthetic, {seed, iteration});
    const std::string bytes = altered(kind, rng);
    std::memcpy(shared.bytes, bytes.data(), bytes.size());
    shared.size = bytes.size();
    shared.iteration = iteration + 1;
    if (!survives(kind, bytes, shared)) std::_Exit(1);
  }
  std::exit(0);  // here memory that was lost is found
}

double cpu_seconds(pid_t process) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

uint64_t resident_bytes(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/statm");
  uint64_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Waits for the child, or ends it; why it did not end well, or "".
std::string watch(pid_t process, const Shared& shared) {
  uint64_t iteration = 0;
  double begun = 0;
  for (int status = 0;; std::this_thread::sleep_for(std::chrono::milliseconds(20))) {
    if (waitpid(process, &status, WNOHANG) == process) {
      if (shared.complaint[0]) return shared.complaint;
      if (WIFSIGNALED(status)) return str("signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
      return WEXITSTATUS(status) == 0 ? "" : "the sanitizers complained (see above)";
    }
    if (iteration != shared.iteration) iteration = shared.iteration, begun = cpu_seconds(process);
    const bool slow = cpu_seconds(process) - begun > kMostSeconds, large = resident_bytes(process) > kMostMemory;
    if (!slow && !large) continue;
    kill(process, SIGKILL);
    waitpid(process, &status, 0);
    return slow ? str("not done after ", kMostSeconds, " s") : str("more than ", kMostMemory >> 20, " MB of memory");
  }
}

int fuzz(const Kind& kind, double seconds, uint64_t seed) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("no shared memory");
  Shared& shared = *static_cast<Shared*>(memory);
  std::fflush(stdout);
  const pid_t process = fork();
  if (process < 0) fail("no child process");
  if (process == 0) child(kind, seconds, seed, shared);
  const std::string why = watch(process, shared);
  const auto count = static_cast<unsigned long long>(shared.iteration),
             refused = static_cast<unsigned long long>(shared.refused);
  if (why.empty()) {
    std::printf("%s: %llu inputs, %llu of them refused, no finding (seed %llu)\n", kind.name.c_str(), count, refused,
                static_cast<unsigned long long>(seed));
    return 0;
  }
  const std::string file = str("finding-", kind.name, "-", seed, "-", count - 1);
  write_atomically(file, std::string(shared.bytes, shared.size));
  std::printf("%s: FINDING with seed %llu at iteration %llu: %s\n  the input is in %s\n", kind.name.c_str(),
              static_cast<unsigned long long>(seed), count - 1, why.c_str(), file.c_str());
  return 1;
}

int usage(const char* program, const std::vector<Kind>& kinds) {
  std::string names;
  for (const Kind& kind : kinds) names += " " + kind.name;
  std::fprintf(stderr, "%s KIND SECONDS [SEED], or %s KIND FILE; kinds:%s\n", program, program, names.c_str());
  return 2;
}

}  // namespace

std::string as_file(const std::string& bytes) {
  static int file = -1;
  if (file >= 0) close(file);
  file = memfd_create("fuzz", 0);
  if (file < 0 || write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("no memory for a file");
  }
  return "/proc/self/fd/" + std::to_string(file);
}

std::vector<std::string> files_of(const std::string& folder, const std::vector<std::string>& endings, uint64_t most) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ALBEF_TEST_DATA) + "/" + folder)) {
    const auto ending = entry.path().extension().string();
    const bool wanted = std::find(endings.begin(), endings.end(), ending) != endings.end();
    if (wanted && entry.file_size() <= most) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> files;
  for (const auto& path : paths) files.push_back(read_file(path));
  return files;
}

int run(int argc, char** argv, const std::vector<std::function<Kind()>>& makers) {
  std::vector<Kind> kinds;
  for (const auto& make : makers) kinds.push_back(make());
  const std::string name = argc > 1 ? argv[1] : "";
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.name == name; });
  if (argc < 3 || argc > 4 || kind == kinds.end()) return usage(argv[0], kinds);
  if (std::filesystem::is_regular_file(argv[2])) {
    try {
      kind->read(read_file(argv[2]));
      std::puts("read");
    } catch (const Error& error) {
      std::printf("refused: %s\n", error.what());
    }
    return 0;
  }
  const double seconds = std::atof(argv[2]);
  if (seconds <= 0) return usage(argv[0], kinds);
  return fuzz(*kind, seconds, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}

}  // namespace albef::fuzz
