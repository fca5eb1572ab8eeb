#include "albef/verify/verify.h"

#include <torch/utils.h>

#include <algorithm>
#include <functional>

#include "albef/base/error.h"

namespace fs = std::filesystem;

namespace albef::verify {
namespace {

struct Kind {
  const char* folder;
  const char* begins;
  const char* ends;
  std::function<Checks(const fs::path&)> verify;  // empty: read by a later release
};

// The first that fits counts.
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {"model", "pretrain_nlvr", ".safetensors", verify_text_assignment},
      {"model", "pretrain", "_resume.pth", verify_resume},
      {"model", "pretrain", ".safetensors", verify_pretrain},
      {"model", "retrieval", ".safetensors", verify_retrieval},
      {"model", "ve", ".safetensors", verify_classifier},
      {"model", "nlvr", ".safetensors", verify_classifier},
      {"model", "vqa", ".safetensors", verify_vqa},
      {"model", "grounding", ".safetensors", verify_grounding},
      {"model", "pos_embed", ".safetensors", verify_pos_embed},
      {"model", "text_encoder", ".safetensors", verify_text_encoder},
      {"model", "", ".safetensors", {}},
      {"input", "text_", ".jsonl", verify_text},
      {"input", "images", ".safetensors", verify_images},
      {"input", "randaugment", ".safetensors", verify_randaugment},
      {"eval", "retrieval_eval", ".safetensors", verify_retrieval_eval},
      {"eval", "vqa_eval", ".json", verify_vqa_accuracy},
      {"eval", "grounding_eval", ".json", verify_grounding_eval},
      {"eval", "grounding_eval", ".safetensors", verify_grounding_maps},
      {"eval", "", ".json", {}},
      {"eval", "", ".safetensors", {}},
  };
  return kKinds;
}

Checks verify_file(const fs::path& path, const Kind& kind) {
  const auto name = path.filename().string();
  Check check;
  check.name = name;
  if (!kind.verify) {
    check.skipped = true;
    check.detail = "of a kind that this release does not know";
    return {check};
  }
  try {
    return kind.verify(path);
  } catch (const std::exception& error) {  // one unreadable file must not hide what the others say
    const std::string why = error.what();
    check.ok = false;
    check.detail = why.substr(0, why.find('\n'));
    return {check};
  }
}

}  // namespace

Checks verify_goldens(const fs::path& folder) {
  if (!fs::is_directory(folder)) fail(folder.string(), ": no such folder of goldens");
  torch::set_num_threads(1);
  Checks checks;
  for (const char* part : {"model", "input", "eval"}) {
    if (!fs::is_directory(folder / part)) continue;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder / part)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      const auto name = file.filename().string();
      const auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) {
        return part == std::string(k.folder) && name.starts_with(k.begins) && name.ends_with(k.ends);
      });
      if (kind == kinds().end()) continue;
      const auto some = verify_file(file, *kind);
      checks.insert(checks.end(), some.begin(), some.end());
    }
  }
  if (checks.empty())
    fail(folder.string(), ": holds no goldens; expected model/, input/ or eval/ with the reference files in them");
  return checks;
}

}  // namespace albef::verify
