// albef: one program, a file per subcommand. Errors end here: one line and an exit code.
#include <c10/util/Exception.h>
#ifdef ALBEF_TUNE_GLIBC
#include <malloc.h>
#endif

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/train/memory.h"
#include "apps/albef/arguments.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"
#include "apps/albef/version.h"

static void add_commands(CLI::App& app) {
  using namespace albef::cli;
  add_bench(app);
#ifndef ALBEF_CORE_ONLY
  add_pretrain(app);
  add_train(app);
  add_eval(app);
  add_predict(app);
  add_explain(app);
  add_data(app);
  add_vocab(app);
  add_convert(app);
  add_inspect(app);
  add_report(app);
  add_verify(app);
#endif
}

static int run(CLI::App& app, int argc, char** argv) {
  try {
    return albef::within_memory(albef::str("`albef ", argc > 1 ? argv[1] : "", "`"),
                                "ask for less at once: --batch-size, --batch, or the sizes in the settings", [&] {
                                  app.parse(argc, argv);
                                  return 0;
                                });
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    albef::fail(albef::cli::complaint_of(app, error, argc, argv));
  } catch (const albef::cli::ExitCode& exit) {
    return exit.code;
  }
}

// A closed standard stream's number would be given to the next file that is opened, and what is printed written into
// that. With /dev/null, opened the other way round, printing fails instead.
static void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int main(int argc, char** argv) {
  hold_standard_streams();
#ifdef ALBEF_TUNE_GLIBC  // large blocks come from the heap, and the heap's top is never given back
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
  CLI::App app("ALBEF: align before fuse. Pretrain, evaluate and use vision-language models.", "albef");
  app.require_subcommand(1);
  app.set_version_flag("--version", albef::cli::version_text());
  add_commands(app);
  try {
    const int code = run(app, argc, argv);
    try {
      albef::cli::flush_standard_output();
    } catch (const albef::Error& error) {
      std::fprintf(stderr, "albef: %s\n", error.what());
      return 1;
    }
    return code;
  } catch (const albef::Interrupted& stop) {
    std::fprintf(stderr, "albef: %s\n", stop.what());
    return 130;
  } catch (const albef::Error& error) {
    std::fprintf(stderr, "albef: %s\n", error.what());
    return 2;
  } catch (const std::filesystem::filesystem_error& error) {
    std::fprintf(stderr, "albef: %s: %s\n", error.path1().c_str(), error.code().message().c_str());
    return 2;
  } catch (const c10::Error& error) {
    std::fprintf(stderr, "albef: internal error: %s\n", error.what_without_backtrace());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "albef: internal error: %s\n", error.what());
    return 1;
  }
}
