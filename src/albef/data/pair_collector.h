// Where every reader of annotations hands in its records: checks them, gives images their ids, keeps what can be used.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "albef/data/annotations_builder.h"

namespace albef {

struct RawPair {
  uint64_t number = 0;  ///< in its source, from 1
  std::string image = {};
  std::vector<std::string> captions = {};
  std::string image_id = {};  ///< any key that tells images apart; empty: the path does
  bool mended = false;        ///< U+FFFD in a string stands for bytes that were not UTF-8
};

class PairCollector {
 public:
  PairCollector(const AnnotationOptions& options, BadSamples& bad);

  void begin_list(const ListOptions& list);          ///< records from now on are of this entry
  const ListOptions& list() const { return list_; }  ///< with the image_root that counts
  const std::string& caption_field() const;          ///< of JSON lists

  /// Records from now on come from `file`, with relative pictures below the entry's image_root.
  void begin_source(const std::string& file);
  void begin_source(AnnotationSource source);
  /// The same of a shard that holds its pictures, which are named `file`/MEMBER.
  void begin_shard(const std::string& file, std::shared_ptr<const PictureContainer> pictures, bool fetched);

  void take(RawPair pair);
  void reject(const RawPair& pair, const std::string& reason);  ///< counted and listed; Error if strict
  void truncated(const std::string& archive);                   ///< said and listed: the archive ends too early
  Annotations finish() { return made_.finish(options_.pictures); }

 private:
  AnnotationOptions options_;
  BadSamples& bad_;
  ListOptions list_;
  AnnotationsBuilder made_;
  std::string file_, image_root_;
  std::unordered_map<std::string, int64_t> ids_;
};

}  // namespace albef
