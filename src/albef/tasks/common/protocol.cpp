#include "albef/tasks/common/protocol.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/io/checkpoint.h"
#include "albef/tasks/common/initial_weights.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

// Texts of the training lists (Karpathy's splits): COCO's train and restval, 113,287 pictures; Flickr30K's train,
// 29,000 pictures with five each.
constexpr int64_t kCocoCaptions = 566'747, kFlickrCaptions = 145'000;

const std::string kZeroShot =  // NOLINT(cert-err58-cpp): a short text
    "\"zero-shot\" on Flickr30K is in the paper the model fine-tuned on COCO, not the pretrained one";

// What all have in common: the trained model, not its average, at the authors' sizes, shown the pictures.
std::vector<ProtocolRule> with_common(std::vector<ProtocolRule> rules) {
  rules.insert(rules.end(), {{"image_res", "384"},
                             {"max_words", "30"},
                             {"--weights", "student"},
                             {"--blank", "no"},
                             {"shrink", "0"},
                             {"honour_exif", "false"}});
  return rules;
}

// Retrieval on Karpathy's test split: COCO 5,000 pictures with 25,010 captions, Flickr30K 1,000 with 5,000 (paper, §5;
// the authors' Retrieval_coco.yaml and Retrieval_flickr.yaml).
Protocol retrieval(const std::string& name, const std::vector<ProtocolRule>& model, bool coco) {
  const std::string k = coco ? "256" : "128";
  auto rules = model;
  rules.insert(rules.end(), {{"splits", "test"},
                             {"pictures", coco ? "5000" : "1000"},
                             {"texts", coco ? "25010" : "5000"},
                             {"--k-test", k},
                             {"--score", "itm"},
                             {"--no-rerank", "no"},
                             {"max_tokens_test", "30"}});
  return {.name = name,
          .task = "retrieval",
          .rules = with_common(std::move(rules)),
          .flags = {{"--k-test", k}, {"--score", "itm"}},
          .splits = "test",
          .scored = "the best " + k + " by ITC, re-scored by ITM alone",
          .published = {}};
}

Protocol with(Protocol protocol, std::vector<PublishedResult> published) {
  protocol.published = std::move(published);
  return protocol;
}

std::vector<ProtocolRule> fine_tuned(const std::string& data, const std::string& why = "") {
  return {{"checkpoint of", "retrieval", why}, {"fine-tuned on", data, why}, {"trained at", "384"}};
}

Protocol coco_zeroshot() {
  auto protocol = retrieval("coco-zeroshot", {{"checkpoint of", "pretrain"}, {"trained at", "256"}}, true);
  protocol.flags.emplace_back("--set", "image_res=384");
  protocol.scored += "; nothing is published, and COCO's training pictures are among those of pretraining";
  return protocol;
}

// Questions of test-dev2015: visualqa.org; the authors' list of answers, which has 3,128 (the paper says 3,192).
Protocol vqa() {
  return {.name = "vqa2-test-dev",
          .task = "vqa",
          .rules = {{"checkpoint of", "vqa"},
                    {"trained at", "384"},
                    {"questions", "107394"},
                    {"answers", "3128"},
                    {"--k-test", "128"},
                    {"--count-first-token-once", "no"},
                    {"image_res", "384"},
                    {"max_words_test", "50"},
                    {"--weights", "student"},
                    {"--blank", "no"},
                    {"shrink", "0"},
                    {"honour_exif", "false"}},
          .flags = {{"--k-test", "128"}},
          .splits = "",
          .scored =
              "each answer of the list by its probability, of which the first token counts twice; the accuracy is "
              "the server's: send it --results",
          .published = {{"accuracy", 75.84, 74.54}}};
}

// Sizes: SNLI-VE's README; NLVR2's test-P (test1.json).
Protocol classifier(const std::string& name, const std::string& task, const std::string& sentences,
                    const PublishedResult& published) {
  return {.name = name,
          .task = task,
          .rules = with_common({{"checkpoint of", task}, {"trained at", "384"}, {"sentences", sentences}}),
          .flags = {},
          .splits = "",
          .scored = "the share of sentences whose likeliest label is right",
          .published = {published}};
}

// UNC's splits have 1,500, 750 and 750 pictures with 10,758, 5,726 and 4,889 phrases (Yu et al. 2016); boxes proposed
// by MAttNet (paper, §5 and appendix).
Protocol refcoco_plus() {
  return {.name = "refcoco+",
          .task = "grounding",
          .rules = with_common({{"checkpoint of", "grounding"},
                                {"trained at", "384"},
                                {"splits", "testA, testB, val"},
                                {"pictures", "3000"},
                                {"phrases", "21373"},
                                {"--refs", "not given"},
                                {"--sizes", "not given"},
                                {"--dets", "given"},
                                {"--mode", "itm"},
                                {"layer", "8"},
                                {"--area-exponent", "0.5"},
                                {"--authors-fallback", "yes"}}),
          .flags = {{"--mode", "itm"}, {"--area-exponent", "0.5"}, {"--authors-fallback", "true"}},
          .splits = "val,testA,testB",
          .scored = "the proposed box with the most heat over the root of its area, right at an IoU of 0.5",
          .published = {{"accuracy_val_d", 58.46, 0}, {"accuracy_testA_d", 65.89, 0}, {"accuracy_testB_d", 46.25, 0}}};
}

}  // namespace

// Published results: the paper's tables 2 to 5, models pretrained on 14M and on 4M pictures.
const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> kAll = {
      with(retrieval("coco-finetuned", fine_tuned("COCO"), true), {{"txt_r1", 77.6, 73.1}, {"img_r1", 60.7, 56.8}}),
      coco_zeroshot(),
      with(retrieval("flickr30k-finetuned", fine_tuned("Flickr30K"), false),
           {{"txt_r1", 95.9, 94.3}, {"img_r1", 85.6, 82.8}}),
      with(retrieval("flickr30k-zeroshot", fine_tuned("COCO", kZeroShot), false),
           {{"txt_r1", 94.1, 90.5}, {"img_r1", 82.8, 76.8}}),
      vqa(),
      classifier("snli-ve", "ve", "17901", {"accuracy", 80.91, 80.30}),
      classifier("nlvr2", "nlvr", "6967", {"accuracy", 83.14, 80.50}),
      refcoco_plus()};
  return kAll;
}

const Protocol& find_protocol(const std::string& name, const std::string& task) {
  std::vector<std::string> names;
  for (const auto& protocol : protocols()) {
    names.push_back(protocol.name);
    if (protocol.name != name) continue;
    if (protocol.task == task) return protocol;
    fail("--protocol ", name, " is one of `albef eval ", protocol.task, "`, not of ", task);
  }
  const auto near = nearest(name, names);
  std::string all;
  for (const auto& known : names) all += (all.empty() ? "" : ", ") + known;
  fail("--protocol '", printable(name, 40), "': ", near.empty() ? "" : "did you mean " + near + "? ", "There are ",
       all);
}

Facts checkpoint_facts(const std::string& checkpoint) {
  const auto path = checkpoint_path(checkpoint);
  Facts facts;
  if (!fs::exists(fs::path(path) / "state.json")) return facts;
  const auto state = read_checkpoint_state(path);
  const auto task = state.value("task", "pretrain");  // earlier versions knew no other
  facts["checkpoint of"] = task;
  const YAML::Node config = parse_yaml(read_checkpoint_config(path), path);
  if (const YAML::Node side = config["image_res"]; side.IsDefined()) facts["trained at"] = side.Scalar();
  if (task != "retrieval" || !state.contains("data")) return facts;
  const auto& list = state["data"].value("train_file", OrderedJson::object());
  const auto captions = list.is_object() ? list.value("captions", int64_t{0}) : 0;
  if (captions == kCocoCaptions) facts["fine-tuned on"] = "COCO";
  if (captions == kFlickrCaptions) facts["fine-tuned on"] = "Flickr30K";
  return facts;
}

ProtocolCheck check_protocol(const Protocol& protocol, const Facts& facts) {
  ProtocolCheck check;
  std::string said;
  for (const auto& rule : protocol.rules) {
    const auto found = facts.find(rule.fact);
    if (found == facts.end()) {
      check.unknown.push_back(str(rule.fact, " (expected ", rule.value, ")"));
    } else if (found->second != rule.value) {
      const bool say_why = !rule.why.empty() && rule.why != said;
      check.deviations.push_back(str(rule.fact, " is ", printable(found->second, 40), ", expected ", rule.value,
                                     say_why ? " (" + rule.why + ")" : ""));
      if (say_why) said = rule.why;
    }
  }
  return check;
}

}  // namespace albef
