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
  PairCollector(const AnnotationOptions& options, BadSamples& bad) : options_(options), bad_(bad) {}

  /// Records from now on come from `file`, with relative pictures below `image_root`; without: below the options'.
  void begin_source(const std::string& file, const std::string& image_root);
  void begin_source(const std::string& file) { begin_source(file, options_.image_root); }

  const std::string& caption_field() const { return options_.caption_field; }
  const std::string& image_root() const { return options_.image_root; }
  void take(RawPair pair);
  void reject(const RawPair& pair, const std::string& reason);  ///< counted and listed; Error if strict
  Annotations finish() { return list_.finish(); }

 private:
  AnnotationOptions options_;
  BadSamples& bad_;
  AnnotationsBuilder list_;
  std::string file_, image_root_;
  std::unordered_map<std::string, int64_t> ids_;
};

}  // namespace albef
