#include "albef/data/bad_samples.h"

#include <functional>

#include "albef/base/json.h"
#include "albef/base/rng.h"

namespace albef {
namespace {

uint64_t name_hash(const std::string& file, uint64_t record, const std::string& reason) {
  const std::hash<std::string> hash;
  return mix({hash(file), record, hash(reason)});
}

}  // namespace

void BadSamples::add(const BadSample& sample) {
  const std::lock_guard lock(mutex_);
  ++counts_[sample.reason];
  if (!path_.empty()) write(sample);
}

void BadSamples::truncated(const std::string& archive) {
  const std::lock_guard lock(mutex_);
  truncated_.push_back(archive);
  BadSample listed;
  listed.place.file = archive;
  listed.reason = "truncated archive";
  if (!path_.empty()) write(listed);
}

std::vector<std::string> BadSamples::truncated_archives() const {
  const std::lock_guard lock(mutex_);
  return truncated_;
}

uint64_t BadSamples::total() const {
  const std::lock_guard lock(mutex_);
  uint64_t sum = 0;
  for (const auto& [reason, count] : counts_) sum += count;
  return sum;
}

std::map<std::string, uint64_t> BadSamples::by_reason() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string BadSamples::summary() const {
  std::string text;
  for (const auto& [reason, count] : by_reason()) text += str(text.empty() ? "" : ", ", count, " ", reason);
  return text;
}

// Reads what an earlier part of the run wrote; its last line may have been cut off by a crash.
void BadSamples::open() {
  bool whole_line = true;
  std::ifstream old(path_, std::ios::binary);
  for (std::string line; std::getline(old, line);) {
    whole_line = !old.eof();
    const Json entry = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!entry.is_object()) continue;
    const Json file = entry.value("file", Json()), record = entry.value("record", Json()),
               reason = entry.value("reason", Json());
    if (!file.is_string() || !record.is_number_unsigned() || !reason.is_string())
      continue;  // it stays, and names nothing
    named_.insert(name_hash(file, record, reason));
  }
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!whole_line) out_ << '\n';
}

void BadSamples::write(const BadSample& sample) {
  if (!out_.is_open()) open();
  const Place& place = sample.place;
  if (!named_.insert(name_hash(place.file, place.record, sample.reason)).second) return;
  const OrderedJson entry = {{"image", place.image},
                             {"reason", sample.reason},
                             {"file", place.file},
                             {"record", place.record},
                             {"epoch", sample.epoch}};
  out_ << entry.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << std::endl;
  if (!out_) fail(path_.string(), ": cannot be written; is the disk full or the folder read-only?");
}

}  // namespace albef
