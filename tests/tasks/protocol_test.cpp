#include "albef/tasks/common/protocol.h"

#include <gtest/gtest.h>

#include "../data/temporary_folder.h"
#include "albef/base/error.h"
#include "albef/io/checkpoint.h"

namespace albef {
namespace {

Facts all_facts(const Protocol& protocol) {
  Facts facts;
  for (const auto& rule : protocol.rules) facts[rule.fact] = rule.value;
  return facts;
}

TEST(Protocols, AreKnownByNameAndTask) {
  for (const auto& protocol : protocols()) {
    EXPECT_EQ(&find_protocol(protocol.name, protocol.task), &protocol);
    const auto [deviations, unknown] = check_protocol(protocol, all_facts(protocol));
    EXPECT_TRUE(deviations.empty() && unknown.empty()) << protocol.name;
  }
  EXPECT_EQ(complaint<Error>([] { find_protocol("nlvr2", "ve"); }),
            "--protocol nlvr2 is one of `albef eval nlvr`, not of ve");
  EXPECT_EQ(
      complaint<Error>([] {
        find_protocol("coco-finetune", "retrieval");
      }).find("--protocol 'coco-finetune': did you mean coco-finetuned? There are coco-finetuned, coco-zeroshot, "),
      0U);
}

TEST(Protocols, NameAllThatDiffersAndWhatIsNotKnown) {
  const auto& zero_shot = find_protocol("flickr30k-zeroshot", "retrieval");
  auto facts = all_facts(zero_shot);
  facts["--k-test"] = "256";
  facts["checkpoint of"] = "pretrain";
  facts.erase("fine-tuned on");
  const auto [deviations, unknown] = check_protocol(zero_shot, facts);
  ASSERT_EQ(deviations.size(), 2U);
  EXPECT_EQ(deviations[0],
            "checkpoint of is pretrain, expected retrieval (\"zero-shot\" on Flickr30K is in the paper the model "
            "fine-tuned on COCO, not the pretrained one)");
  EXPECT_EQ(deviations[1], "--k-test is 256, expected 128");
  EXPECT_EQ(unknown, std::vector<std::string>{"fine-tuned on (expected COCO)"});
}

TEST(Protocols, AskACheckpointWhatItWasTrainedFor) {
  const TemporaryFolder folder;
  const auto facts_of = [&](const std::string& task, int64_t captions) {
    Checkpoint checkpoint;
    checkpoint.state = {{"task", task},
                        {"config", "image_res: 384\n"},
                        {"data", {{"train_file", {{"records", 1}, {"captions", captions}, {"fingerprint", "00"}}}}}};
    return checkpoint_facts(write_checkpoint(folder / "checkpoints", 1, checkpoint).string());
  };
  EXPECT_EQ(facts_of("retrieval", 566'747),
            (Facts{{"checkpoint of", "retrieval"}, {"trained at", "384"}, {"fine-tuned on", "COCO"}}));
  EXPECT_EQ(facts_of("retrieval", 145'000).at("fine-tuned on"), "Flickr30K");
  EXPECT_FALSE(facts_of("retrieval", 60).contains("fine-tuned on"));
  EXPECT_FALSE(facts_of("vqa", 566'747).contains("fine-tuned on"));
  EXPECT_TRUE(checkpoint_facts(folder.write("model.pth", "weights")).empty());
}

}  // namespace
}  // namespace albef
