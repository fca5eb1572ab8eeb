// albef verify: parity with the reference numbers of a folder of goldens.
#include <cstdio>

#include "albef/base/error.h"
#include "albef/verify/verify.h"
#include "apps/albef/commands.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct VerifyArgs {
  std::string goldens, json;
};

void print(const verify::Check& check) {
  if (check.skipped) {
    std::printf("SKIP %-52s %s\n", check.name.c_str(), check.detail.c_str());
    return;
  }
  std::printf("%s %-52s max abs %-10.3g max rel %-10.3g bound %s%s%s\n", check.ok ? "ok  " : "FAIL", check.name.c_str(),
              check.absolute, check.relative, check.bound.c_str(), check.ok ? "" : ": ",
              check.ok ? "" : check.detail.c_str());
}

int run(const VerifyArgs& args) {
  check_output(args.json);
  const auto checks = verify::verify_goldens(args.goldens);
  OrderedJson list = OrderedJson::array();
  int passed = 0, failed = 0, skipped = 0;
  for (const auto& check : checks) {
    ++(check.skipped ? skipped : check.ok ? passed : failed);
    list.push_back({{"name", check.name},
                    {"result", check.skipped ? "skip"
                               : check.ok    ? "ok"
                                             : "fail"},
                    {"max_abs", check.absolute},
                    {"max_rel", check.relative},
                    {"bound", check.bound},
                    {"detail", check.detail}});
    if (args.json != "-") print(check);
  }
  if (args.json != "-") std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  write_json(args.json, {{"passed", passed}, {"failed", failed}, {"skipped", skipped}, {"checks", list}});
  return failed == 0 ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& app) {
  auto args = std::make_shared<VerifyArgs>();
  auto* command = app.add_subcommand("verify", "Compare this program with reference numbers of the authors' code");
  command->add_option("--goldens", args->goldens, "folder with model/, input/ and eval/")->required();
  command->add_option("--json", args->json, "write the result to this file; - for standard output");
  command->footer("Example:\n  albef verify --goldens tests/goldens");
  command->callback([args] { exit_with(run(*args)); });
}

}  // namespace albef::cli
