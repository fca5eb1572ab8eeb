// Where every reader of annotations hands in its records: checks them, gives images their ids, keeps what can be used.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "albef/data/annotations.h"

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

  void begin_source(const std::string& file, const std::string& image_root);
  void take(RawPair pair);
  void reject(const RawPair& pair, const std::string& reason);  ///< counted and listed; Error if strict
  PairList finish() { return std::move(list_); }

 private:
  AnnotationOptions options_;
  BadSamples& bad_;
  PairList list_;
  std::string file_, image_root_;
  std::unordered_map<std::string, int64_t> ids_;
};

void read_json_list(const std::string& path, PairCollector& pairs);
void read_picture_folder(const std::string& folder, PairCollector& pairs);

}  // namespace albef
