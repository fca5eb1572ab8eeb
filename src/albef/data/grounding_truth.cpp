#include "albef/data/grounding_truth.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/data/record_fields.h"

namespace albef {
namespace {

struct FoundReferent : Referent {
  std::string place;  ///< of its record, for messages
};
using Referents = std::unordered_map<int64_t, FoundReferent>;
using Proposals = std::unordered_map<std::string, std::vector<Box>>;
using Sizes = std::unordered_map<std::string, ImageSize>;

const Json& field(const Json& record, const char* name, const std::string& place) {
  const auto found = record.find(name);
  if (found == record.end()) fail(place, " has no \"", name, "\"");
  return *found;
}

int64_t whole_number(const Json& value, const char* name, const std::string& place) {
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX))
    fail(place, ": \"", name, "\" is ", json_kind(value), ", expected an integer of 64 bits");
  return value.get<int64_t>();
}

std::string image_id_of(const Json& record, const std::string& place) {
  const Json& value = field(record, "image_id", place);
  return value.is_string() ? value.get<std::string>() : std::to_string(whole_number(value, "image_id", place));
}

std::string optional_text(const Json& record, const char* name, const std::string& place) {
  const auto found = record.find(name);
  if (found == record.end()) return "";
  if (!found->is_string()) fail(place, ": \"", name, "\" is ", json_kind(*found), ", expected a string");
  return found->get<std::string>();
}

// `place`: of the box, for messages.
Box box_of(const Json& value, const std::string& place) {
  if (!value.is_array() || value.size() < 4) fail(place, " is ", json_kind(value), ", expected [x, y, width, height]");
  for (size_t i = 0; i < 4; ++i) {
    if (!value[i].is_number() || !std::isfinite(value[i].get<double>()))
      fail(place, " holds ", value[i].is_number() ? "no finite number" : json_kind(value[i]),
           ", expected four numbers");
  }
  const Box box = {value[0].get<double>(), value[1].get<double>(), value[2].get<double>(), value[3].get<double>()};
  if (const double area = box.width * box.height;
      !(box.width > 0 && box.height > 0 && area > 0 && std::isfinite(area))) {
    fail(place, " is ", box.width, " x ", box.height,
         " pixels, expected a width and a height above 0, and an area that is a number, in ", "[x, y, width, height]");
  }
  return box;
}

std::string ref_place(const std::string& file, uint64_t record, const Json& value) {
  const auto id = value.find("ref_id");
  return record_name(file, record) + (id == value.end() ? "" : " (ref_id " + printable(id->dump().substr(0, 40)) + ")");
}

void check_record(const std::string& file, const Record& record) {
  if (record.oversize) fail(record_name(file, record.number), " is longer than ", kMaxRecordBytes, " bytes");
  if (record.mended) fail(record_name(file, record.number), " is not UTF-8; convert the file");
}

void read_referents(const std::string& file, const std::string& image_root, Referents& referents) {
  uint64_t last = 0;
  read_samples(file, {.images = image_root}, [&](const Record& record) {
    if (record.number == last) return;  // another phrase of the same
    last = record.number;
    check_record(file, record);
    const auto place = ref_place(file, record.number, record.value);
    FoundReferent found;
    found.image_id = image_id_of(record.value, place);
    found.split = optional_text(record.value, "split", place);
    found.type = optional_text(record.value, "type", place);
    found.box = box_of(field(record.value, "bbox", place), place + ": \"bbox\"");
    found.place = record_name(file, record.number);
    const int64_t id = whole_number(field(record.value, "ref_id", place), "ref_id", place);
    const auto [before, is_new] = referents.emplace(id, std::move(found));
    if (!is_new) fail(place, ": its ref_id was there (", before->second.place, "); expected each once");
  });
}

void check_has_boxes(const std::vector<std::string>& lists) {
  for (const auto& list : lists) {
    if (!is_referring(list))
      fail(list, ": has phrases without boxes, and refs is not set; give the boxes that they mean (refs, --refs)");
  }
}

std::string proposal_name(const std::string& file, const std::string& image_id, size_t number) {
  return str(file, ": image ", printable(image_id), ", box ", number);
}

Proposals read_proposals(const std::string& file) {
  const Json json = read_json(file);
  if (!json.is_object()) fail(file, ": is ", json_kind(json), ", expected {image_id: [[x, y, width, height], ...]}");
  Proposals proposals;
  for (const auto& [image_id, boxes] : json.items()) {
    if (!boxes.is_array()) {
      fail(file, ": image ", printable(image_id), " has ", json_kind(boxes),
           ", expected a list of boxes [x, y, width, height]");
    }
    auto& list = proposals[image_id];
    for (const auto& box : boxes) list.push_back(box_of(box, proposal_name(file, image_id, list.size() + 1)));
  }
  return proposals;
}

int side_of(const Json& record, const char* name, const std::string& place) {
  const int64_t side = whole_number(field(record, name, place), name, place);
  if (side < 1 || side > kLongestSide) fail(place, ": \"", name, "\" is ", side, ", expected 1 to ", kLongestSide);
  return static_cast<int>(side);
}

Sizes read_sizes(const std::string& file) {
  Sizes sizes;
  read_records(file, [&](const Record& record) {
    check_record(file, record);
    const auto place = record_name(file, record.number);
    const ImageSize size = {side_of(record.value, "width", place), side_of(record.value, "height", place)};
    if (!sizes.emplace(image_id_of(record.value, place), size).second)
      fail(place, ": its image_id was there before; expected each once");
  });
  return sizes;
}

bool touches(const Box& box, ImageSize size) {
  return box.left < size.width && box.top < size.height && box.left + box.width > 0 && box.top + box.height > 0;
}

std::string outside(const Box& box, ImageSize size) {
  return str(" [", box.left, ", ", box.top, ", ", box.width, ", ", box.height, "] lies outside of the picture of ",
             size.width, " x ", size.height, " pixels");
}

class Joiner {
 public:
  Joiner(const LabelledList& list, const GroundingFiles& files, const Pictures& pictures)
      : list_(list), files_(files), pictures_(pictures), image_ids_(list.images.size()) {
    truth_.sizes.resize(list.images.size());
    if (!files.dets.empty()) truth_.proposals.resize(list.images.size());
  }

  GroundingTruth join() {
    Referents referents;
    const auto lists = files_.refs.empty() ? list_.files : std::vector{files_.refs};
    if (files_.refs.empty()) check_has_boxes(list_.files);
    for (const auto& file : lists) read_referents(file, list_.image_root, referents);
    refs_ = joined(lists);
    if (!files_.dets.empty()) proposals_ = read_proposals(files_.dets);
    if (!files_.sizes.empty()) sizes_ = read_sizes(files_.sizes);
    for (const auto& example : list_.examples) {
      place_ = record_name(list_.files[example.source], example.record);
      const auto found = referents.find(example.id);
      if (found == referents.end()) fail(place_, ": its ref_id ", example.id, " is not in ", refs_);
      know_image(example.images[0], found->second.image_id);
      if (const auto size = truth_.sizes[example.images[0]]; !touches(found->second.box, size)) {
        fail(found->second.place, " (ref_id ", example.id, "): \"bbox\"", outside(found->second.box, size),
             files_.sizes.empty() ? "; boxes of other pixels need sizes" : "");
      }
      truth_.referents.push_back(found->second);
    }
    return std::move(truth_);
  }

 private:
  // A picture of the list and its id go together.
  void know_image(uint32_t image, const std::string& image_id) {
    auto& known = image_ids_[image];
    const auto [other, is_new] = images_.emplace(image_id, image);
    if ((!known.empty() && known != image_id) || other->second != image) {
      fail(place_, ": by its ref_id its picture is ", printable(image_id), " of ", refs_, ", but ",
           known.empty() ? "that is " + printable(list_.images[other->second])
                         : "other records say " + printable(known));
    }
    if (!known.empty()) return;
    known = image_id;
    truth_.sizes[image] = size_of(image);
    if (!files_.dets.empty()) truth_.proposals[image] = proposals_of(image);
  }

  ImageSize size_of(uint32_t image) const {
    if (files_.sizes.empty()) {
      const auto size = pictures_.size(list_.path(image));
      if (std::max(size.width, size.height) <= kLongestSide) return size;
      fail(place_, ": its picture has ", size.width, " x ", size.height, " pixels, expected sides up to ",
           kLongestSide);
    }
    const auto found = sizes_.find(image_ids_[image]);
    if (found == sizes_.end())
      fail(files_.sizes, ": has no size of image ", printable(image_ids_[image]), " (", place_, ")");
    return found->second;
  }

  const std::vector<Box>& proposals_of(uint32_t image) const {
    const auto& image_id = image_ids_[image];
    const auto found = proposals_.find(image_id);
    if (found == proposals_.end() || found->second.empty())
      fail(files_.dets, ": has no boxes of image ", printable(image_id), " (", place_, ")");
    for (size_t i = 0; i < found->second.size(); ++i) {
      if (!touches(found->second[i], truth_.sizes[image]))
        fail(proposal_name(files_.dets, image_id, i + 1), outside(found->second[i], truth_.sizes[image]));
    }
    return found->second;
  }

  const LabelledList& list_;
  const GroundingFiles& files_;
  const Pictures& pictures_;
  std::string refs_;  // for messages
  Proposals proposals_;
  Sizes sizes_;
  std::string place_;                                 // of the phrase under way
  std::vector<std::string> image_ids_;                // by picture of the list
  std::unordered_map<std::string, uint32_t> images_;  // the other way
  GroundingTruth truth_;
};

}  // namespace

LabelledFormat grounding_format() {
  return {.pictures = 1, .labels = {}, .add_jpg = false, .sentence = "text", .id = "ref_id"};
}

GroundingTruth read_grounding_truth(const LabelledList& list, const GroundingFiles& files, const Pictures& pictures) {
  return Joiner(list, files, pictures).join();
}

}  // namespace albef
