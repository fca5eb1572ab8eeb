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

// What the paper and the data sets' publishers say, written down a second time.
TEST(Protocols, AreThosePublished) {
  struct Expected {
    const char *name, *task;
    std::map<std::string, std::string> rules;
    std::vector<PublishedResult> published;
  };
  const std::vector<Expected> all = {
      {"coco-finetuned",
       "retrieval",
       {{"pictures", "5000"}, {"texts", "25010"}, {"--k-test", "256"}, {"fine-tuned on", "COCO"}, {"--score", "itm"}},
       {{"txt_r1", 77.6, 73.1}, {"img_r1", 60.7, 56.8}}},
      {"coco-zeroshot",
       "retrieval",
       {{"pictures", "5000"}, {"texts", "25010"}, {"--k-test", "256"}, {"checkpoint of", "pretrain"}},
       {}},
      {"flickr30k-finetuned",
       "retrieval",
       {{"pictures", "1000"}, {"texts", "5000"}, {"--k-test", "128"}, {"fine-tuned on", "Flickr30K"}},
       {{"txt_r1", 95.9, 94.3}, {"img_r1", 85.6, 82.8}}},
      {"flickr30k-zeroshot",
       "retrieval",
       {{"pictures", "1000"}, {"texts", "5000"}, {"--k-test", "128"}, {"fine-tuned on", "COCO"}},
       {{"txt_r1", 94.1, 90.5}, {"img_r1", 82.8, 76.8}}},
      {"vqa2-test-dev",
       "vqa",
       {{"answers", "3128"}, {"--k-test", "128"}, {"questions", "107394"}},
       {{"accuracy", 75.84, 74.54}}},
      {"snli-ve", "ve", {{"sentences", "17901"}}, {{"accuracy", 80.91, 80.30}}},
      {"nlvr2", "nlvr", {{"sentences", "6967"}}, {{"accuracy", 83.14, 80.50}}},
      {"refcoco+",
       "grounding",
       {{"pictures", "3000"}, {"phrases", "21373"}, {"layer", "8"}, {"--dets", "given"}},
       {{"accuracy_val_d", 58.46, 0}, {"accuracy_testA_d", 65.89, 0}, {"accuracy_testB_d", 46.25, 0}}}};
  ASSERT_EQ(protocols().size(), all.size());
  for (const auto& expected : all) {
    const auto& protocol = find_protocol(expected.name, expected.task);
    auto rules = all_facts(protocol);
    EXPECT_EQ(rules["image_res"], "384") << expected.name;
    for (const auto& [fact, value] : expected.rules) EXPECT_EQ(rules[fact], value) << expected.name << ": " << fact;
    ASSERT_EQ(protocol.published.size(), expected.published.size()) << expected.name;
    for (size_t i = 0; i < expected.published.size(); ++i) {
      EXPECT_EQ(protocol.published[i].metric, expected.published[i].metric);
      EXPECT_EQ(protocol.published[i].of_14m, expected.published[i].of_14m) << expected.name;
      EXPECT_EQ(protocol.published[i].of_4m, expected.published[i].of_4m) << expected.name;
    }
  }
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
