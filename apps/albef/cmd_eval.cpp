// albef eval: what a model is worth on a task's held-out lists.
#include "apps/albef/commands.h"
#include "apps/albef/eval_commands.h"

namespace albef::cli {

void add_eval(CLI::App& app) {
  auto* group = app.add_subcommand("eval", "Evaluate a model");
  group->require_subcommand(1);
  add_eval_retrieval(*group);
  add_eval_ve(*group);
  add_eval_nlvr(*group);
  add_eval_vqa(*group);
  add_eval_grounding(*group);
}

}  // namespace albef::cli
