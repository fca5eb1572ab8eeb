// albef: one program, a file per subcommand. Errors end here: one line and an exit code.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "albef/base/error.h"
#include "apps/albef/commands.h"

int main(int argc, char** argv) {
  CLI::App app("ALBEF: align before fuse. Pretrain, evaluate and use vision-language models.", "albef");
  app.require_subcommand(1);
  albef::cli::add_commands(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const albef::Interrupted& stop) {
    std::fprintf(stderr, "albef: %s\n", stop.what());
    return 130;
  } catch (const albef::Error& error) {
    std::fprintf(stderr, "albef: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "albef: internal error: %s\n", error.what());
    return 1;
  }
}
