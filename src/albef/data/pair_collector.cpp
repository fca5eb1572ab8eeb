#include "albef/data/pair_collector.h"

#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/base/signals.h"
#include "albef/base/utf8.h"
#include "albef/data/records.h"
#include "albef/text/words.h"

namespace albef {
namespace {

bool is_broken(const std::string& text, bool mended) {
  return (mended && text.find("\xef\xbf\xbd") != std::string::npos) || utf8_error(text) != std::string_view::npos;
}

/// Why the caption cannot be used, or nullptr. Empty is what shows nothing, whatever characters it is made of: the
/// model would be told of the picture by [CLS] alone. The vocabulary is not known yet; the usual one drops marks, too.
const char* caption_fault(const std::string& caption, bool mended) {
  if (caption.size() > kMaxCaptionBytes) return "caption over 1 MB";
  if (is_broken(caption, mended)) return "caption not UTF-8";
  return has_words(caption) ? nullptr : "empty caption";
}

const char* image_fault(const std::string& image, bool mended) {
  if (image.empty()) return "no image name";
  if (image.find('\0') != std::string::npos) return "image name with a zero byte";
  return is_broken(image, mended) ? "image name not UTF-8" : nullptr;
}

}  // namespace

PairCollector::PairCollector(const AnnotationOptions& options, BadSamples& bad) : options_(options), bad_(bad) {
  if (options_.pictures == nullptr) options_.pictures = std::make_shared<PictureStore>();
}

void PairCollector::begin_list(const ListOptions& list) {
  list_ = list;
  if (list_.image_root.empty()) list_.image_root = options_.image_root;
  made_.begin_list(list.weight);
}

const std::string& PairCollector::caption_field() const {
  return list_.caption.empty() ? options_.caption_field : list_.caption;
}

void PairCollector::begin_source(const std::string& file) {
  begin_source({.file = file, .image_root = list_.image_root});
}

void PairCollector::begin_source(AnnotationSource source) {
  file_ = source.file;
  image_root_ = source.image_root;
  made_.begin_source(std::move(source));
}

void PairCollector::begin_shard(const std::string& file, std::shared_ptr<const PictureContainer> pictures,
                                bool fetched) {
  options_.pictures->add(file, std::move(pictures));
  begin_source({.file = file, .image_root = file, .is_shard = true, .fetched = fetched});
}

void PairCollector::truncated(const std::string& archive) {
  bad_.truncated(archive);
  log_warning(printable(archive, 200),
              ": ends too early, without an end mark or within a member; what it holds is used");
}

void PairCollector::reject(const RawPair& pair, const std::string& reason) {
  if (options_.strict) fail(record_name(file_, pair.number), " (", printable(pair.image), "): ", reason);
  bad_.add({.place = {pair.image, file_, pair.number}, .reason = reason});
}

void PairCollector::take(RawPair pair) {
  if (stop_requested()) throw Interrupted("stopped while reading " + printable(file_, 200));
  if (const char* fault = image_fault(pair.image, pair.mended)) return reject(pair, fault);
  if (pair.captions.empty()) return reject(pair, "no caption");
  std::vector<std::string> good;
  for (std::string& caption : pair.captions) {
    if (const char* fault = caption_fault(caption, pair.mended)) {
      reject(pair, fault);
    } else {
      good.push_back(std::move(caption));
    }
  }
  if (good.empty()) return;
  const std::string path = (std::filesystem::path(image_root_) / pair.image).string();
  const std::string key = pair.image_id.empty() ? "path " + path : pair.image_id;
  const int64_t id = ids_.emplace(key, static_cast<int64_t>(ids_.size())).first->second;
  made_.add(pair.number, pair.image, good, id);
}

}  // namespace albef
