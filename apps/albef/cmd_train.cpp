// albef train: fine-tuning a pretrained model for a task (paper §5).
#include "albef/tasks/grounding/task.h"
#include "albef/tasks/nlvr/task.h"
#include "albef/tasks/retrieval/task.h"
#include "albef/tasks/ve/task.h"
#include "albef/tasks/vqa/task.h"
#include "apps/albef/commands.h"
#include "apps/albef/run_flags.h"

namespace albef::cli {
namespace {

template <class Settings>
void add_task(CLI::App& group, const char* name, const char* help, const char* example,
              void (*train)(Settings, Communicator&)) {
  auto* command = group.add_subcommand(name, help);
  auto flags = add_run_flags(*command);
  command->footer(std::string("Example:\n  ") + example + "\n\nSettings (key: default):\n" + config_help<Settings>());
  command->callback([flags, train] {
    SingleProcess alone;
    train(read_settings<Settings>(flags->config, flags->overrides()), alone);
  });
}

}  // namespace

void add_train(CLI::App& app) {
  auto* group = app.add_subcommand("train", "Fine-tune a pretrained model for a task");
  group->require_subcommand(1);
  add_task(*group, "retrieval", "Pictures by text and texts by picture",
           "albef train retrieval --config configs/retrieval_flickr.yaml --checkpoint ALBEF.pth --output-dir output/r",
           train_retrieval);
  add_task(*group, "ve", "Visual entailment: does a picture entail a sentence, contradict it, or neither?",
           "albef train ve --config configs/ve.yaml --checkpoint ALBEF.pth --output-dir output/ve", train_ve);
  add_task(*group, "nlvr", "NLVR2: is a sentence true of two pictures?",
           "albef train nlvr --config configs/nlvr.yaml --checkpoint output/nlvr_pretrain --output-dir output/nlvr",
           train_nlvr);
  add_task(*group, "vqa", "Visual question answering: an answer to a question about a picture",
           "albef train vqa --config configs/vqa.yaml --checkpoint ALBEF.pth --output-dir output/vqa", train_vqa);
  add_task(*group, "grounding", "Where in a picture is a phrase? From pairs alone, without boxes",
           "albef train grounding --config configs/grounding.yaml --checkpoint ALBEF.pth --output-dir output/grounding",
           train_grounding);
}

}  // namespace albef::cli
