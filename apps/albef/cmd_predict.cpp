// albef predict: answers about one's own pictures, without a data set.
#include "apps/albef/commands.h"
#include "apps/albef/predict_commands.h"

namespace albef::cli {

void add_predict(CLI::App& app) {
  auto* group = app.add_subcommand("predict", "Answers about your own pictures: no data set needed");
  group->require_subcommand(1);
  add_predict_match(*group);
  add_predict_ve(*group);
  add_predict_nlvr(*group);
  add_predict_vqa(*group);
  add_predict_ground(*group);
  add_predict_fill(*group);
  add_predict_embed(*group);
  add_predict_classify(*group);
}

}  // namespace albef::cli
