#include "albef/data/referring.h"

#include <filesystem>
#include <optional>

#include "albef/base/error.h"
#include "albef/data/published_file.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

class Referring : public PublishedFile {
 public:
  explicit Referring(const PublishedList& list)
      : list_(list), choice_(list.name, list.file.splits), instances_path_(boxes_beside(list.name)) {}

  std::string expected() const override {
    return R"({"ref_id": integer, "ann_id": integer, "image_id": integer, "split": text, "sentences": )"
           R"([{"sent": text}]})";
  }

  void record(const RecordFields& record, uint64_t number) override {
    if (!choice_.takes(record.text("split"))) return;
    if (!instances_) read_boxes();
    const int64_t image = record.whole_number("image_id"), object = record.whole_number("ann_id");
    const auto picture = instances_->pictures.find(image);
    if (picture == instances_->pictures.end())
      fail(record.place(), ": its image_id ", image, " is none of the images of ", instances_path_);
    const auto box = instances_->objects.find(object);
    if (box == instances_->objects.end())
      fail(record.place(), ": its ann_id ", object, " is none of the annotations of ", instances_path_);
    if (box->second.image_id != image) {
      fail(record.place(), ": its picture is ", image, ", but that of its ann_id ", object, " is ",
           box->second.image_id, " in ", instances_path_);
    }
    if (!folder_) folder_ = folder_with(list_.naming.images, {"train2014/", ""}, picture->second);
    for (const Json& sentence : record.objects("sentences")) {
      auto text = record.text(record.required_of(sentence, "sent"), "sent");
      list_.take({.number = number,
                  .value = {{"image", *folder_ + picture->second},
                            {"text", std::move(text)},
                            {"ref_id", record.whole_number("ref_id")},
                            {"image_id", image},
                            {"split", record.text("split")},
                            {"bbox", box->second.box}}});
    }
  }

  void finish() override { choice_.check(); }

 private:
  void read_boxes() {
    if (!fs::exists(instances_path_))
      fail(list_.name, ": there is no ", instances_path_, " beside it, which has the boxes and the pictures' names");
    instances_ = read_instances(instances_path_);
  }

  const PublishedList& list_;
  SplitChoice choice_;
  std::string instances_path_;
  std::optional<Instances> instances_;
  std::optional<std::string> folder_;
};

}  // namespace

Instances read_instances(const std::string& path) {
  static const std::string kExpected =
      R"({"images": [{"id": integer, "file_name": text}], "annotations": [{"id": integer, "image_id": integer, )"
      R"("bbox": [x, y, width, height]}]})";
  Instances instances;
  read_records(path, [&](const Record& record) {
    const RecordFields fields(path, record, kExpected);
    if (record.list == "images") {
      instances.pictures[fields.whole_number("id")] = fields.picture(fields.required("file_name"), "file_name");
    } else if (record.list == "annotations") {
      instances.objects[fields.whole_number("id")] = {fields.whole_number("image_id"), fields.required("bbox")};
    } else {
      fail(fields.place(), " is in no list \"images\" or \"annotations\"; expected ", kExpected);
    }
  });
  return instances;
}

std::string boxes_beside(const std::string& list) {
  return (fs::path(parse_list_name(list).path).parent_path() / "instances.json").string();
}

std::unique_ptr<PublishedFile> referring_file(const PublishedList& list) {
  return std::make_unique<Referring>(list);
}

}  // namespace albef
