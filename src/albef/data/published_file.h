// What a reader of one publisher's files is.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "albef/data/published.h"
#include "albef/data/record_fields.h"
#include "albef/data/splits.h"

namespace albef {

/// A list being read.
struct PublishedList {
  std::string name;  ///< as the user gave it
  ListName file;     ///< the parts of that
  PictureNaming naming;
  std::function<void(const Record&)> take;  ///< gets the samples
};

class PublishedFile {
 public:
  virtual ~PublishedFile() = default;
  virtual std::string expected() const = 0;  ///< what a record looks like, for messages
  virtual void record(const RecordFields& record, uint64_t number) = 0;
  virtual void finish() {}  ///< behind the last one
};

std::unique_ptr<PublishedFile> referring_file(const PublishedList& list);  ///< RefCOCO's: see referring.h
std::unique_ptr<PublishedFile> coco_captions_file(const PublishedList& list);
std::unique_ptr<PublishedFile> regions_file(const PublishedList& list);  ///< Visual Genome's

}  // namespace albef
