// Parity with reference numbers: replays what the authors' code computed (see docs/verify.md for the files' layout).
#pragma once
#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace albef::verify {

/// One comparison: how far ours is from the reference at most, and how far it may be.
struct Check {
  std::string name;
  bool ok = true, skipped = false;
  double absolute = 0, relative = 0;  ///< largest difference; the same over the reference's largest value
  double used = 0;                    ///< share of the bound that the largest difference takes up
  std::string bound, detail;          ///< what was allowed; where it failed, or why it was skipped
};
using Checks = std::vector<Check>;

struct Bound {
  double relative = 1e-5;  ///< of the reference tensor's largest absolute value
  double absolute = 0;
};

/// Elementwise |ours - reference| <= relative * max|reference| + absolute. Another shape or a NaN fails.
Check compare(const std::string& name, const torch::Tensor& ours, const torch::Tensor& reference, const Bound& bound);

/// A state after `steps` steps of AdamW at `lr`: 1e-5 for 99.9 % of the elements (at least one may miss), lr * steps
/// for each; with `loose` (parameters whose true gradient is 0) the latter alone.
Check compare_state(const std::string& name, const torch::Tensor& ours, const torch::Tensor& reference, double lr,
                    int64_t steps, bool loose);

/// Many checks as one line: the worst of them in proportion to its bound stands for all; any that fails is named.
/// Skipped if there were none.
class Summary {
 public:
  explicit Summary(std::string name) { sum_.name = std::move(name); }
  void add(const Check& check);
  void fail(const std::string& detail);
  int64_t count() const { return count_; }
  Check result() const;

 private:
  Check sum_;
  int64_t count_ = 0, failed_ = 0;
};

/// Every golden file below `folder`, in order: model/, input/, eval/. Throws Error if there is none. Sets one thread.
Checks verify_goldens(const std::filesystem::path& folder);

// The kinds of files; each returns its lines.
Checks verify_pretrain(const std::filesystem::path& file);         ///< model/pretrain*.safetensors
Checks verify_retrieval(const std::filesystem::path& file);        ///< model/retrieval*.safetensors
Checks verify_classifier(const std::filesystem::path& file);       ///< model/ve*.safetensors, model/nlvr*.safetensors
Checks verify_vqa(const std::filesystem::path& file);              ///< model/vqa*.safetensors
Checks verify_text_assignment(const std::filesystem::path& file);  ///< model/pretrain_nlvr*.safetensors
Checks verify_grounding(const std::filesystem::path& file);        ///< model/grounding*.safetensors: Grad-CAM
Checks verify_resume(const std::filesystem::path& file);           ///< model/*_resume.pth
Checks verify_pos_embed(const std::filesystem::path& file);
Checks verify_text_encoder(const std::filesystem::path& file);  ///< model/text_encoder*.safetensors and its BERT folder
Checks verify_text(const std::filesystem::path& file);          ///< input/text_X.jsonl with vocab_X.txt
Checks verify_images(const std::filesystem::path& file);        ///< input/images.safetensors and the files beside it
Checks verify_randaugment(const std::filesystem::path& file);
Checks verify_retrieval_eval(const std::filesystem::path& file);
Checks verify_vqa_accuracy(const std::filesystem::path& file);    ///< eval/vqa_eval*.json
Checks verify_grounding_eval(const std::filesystem::path& file);  ///< eval/grounding_eval*.json and the maps beside it
Checks verify_grounding_maps(const std::filesystem::path& file);  ///< those maps: only that the .json is there

}  // namespace albef::verify
