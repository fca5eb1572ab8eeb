// Publishers' lists of captions and phrases: COCO's captions_*.json, Visual Genome's region_descriptions.json.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/data/picture_region.h"
#include "albef/data/published_file.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

class CocoCaptions : public PublishedFile {
 public:
  explicit CocoCaptions(const PublishedList& list) : list_(list) {
    if (first_record(list.file.path).record.list == "images") return;
    read_records(list.file.path, [&](const Record& record) {  // the pictures stand behind what names them
      if (record.list == "images") add_picture({list_.name, record, expected_});
    });
  }
  std::string expected() const override { return expected_; }
  void record(const RecordFields& record, uint64_t number) override {
    if (record.list() == "images") return add_picture(record);
    any_ = true;
    const auto caption = record.text("caption");
    const int64_t id = record.whole_number("image_id");
    const auto picture = pictures_.find(id);
    if (picture == pictures_.end())
      fail(record.place(), " of \"annotations\": image_id ", id, " is not the id of any of the file's \"images\"");
    const std::string& name = picture->second;
    if (!folder_) {
      folder_ =
          folder_with(list_.naming.images, {"", "train2014/", "val2014/", "train2017/", "val2017/", "images/"}, name);
    }
    list_.take({.number = number,
                .list = "annotations",
                .value = {{"image", *folder_ + name}, {"caption", caption}, {"image_id", id}}});
  }
  void finish() override {
    if (!any_) fail(list_.name, ": has no \"annotations\"; expected ", expected_);
  }

 private:
  void add_picture(const RecordFields& record) {
    pictures_[record.whole_number("id")] = record.picture(record.required("file_name"), "file_name");
  }

  const PublishedList& list_;
  const std::string expected_ =
      R"({"images": [{"id": integer, "file_name": text}], "annotations": [{"image_id": integer, "caption": text}]})";
  std::unordered_map<int64_t, std::string> pictures_;
  std::optional<std::string> folder_;
  bool any_ = false;
};

/// What image_data.json beside the list tells of Visual Genome's pictures.
class GenomePictures {
 public:
  struct Picture {
    ImageSize size;
    bool in_second_folder = false;
  };
  explicit GenomePictures(const std::string& list) {
    const fs::path file = fs::path(list).replace_filename("image_data.json");
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return;
    const std::string expected = R"({"image_id": integer, "url": text, "width": integer, "height": integer})";
    read_records(file, [&](const Record& record) {
      const RecordFields fields(file.string(), record, expected);
      const auto side = [&](const char* field) {
        const int64_t pixels = fields.whole_number(field);
        if (pixels < 1 || pixels > kMostPixels)
          fail(fields.place(), ": \"", field, "\" is ", pixels, ", expected pixels");
        return static_cast<int>(pixels);
      };
      pictures_[fields.whole_number(fields.find("image_id") ? "image_id" : "id")] = {
          .size = {side("width"), side("height")},
          .in_second_folder = fields.text("url").find("/VG_100K_2/") != std::string::npos};
    });
  }
  /// Null where nothing is told of it.
  const Picture* find(int64_t id) const {
    const auto found = pictures_.find(id);
    return found == pictures_.end() ? nullptr : &found->second;
  }

  static constexpr int64_t kMostPixels = int64_t{1} << 30;

 private:
  std::unordered_map<int64_t, Picture> pictures_;
};

class Regions : public PublishedFile {
 public:
  explicit Regions(const PublishedList& list) : list_(list), pictures_(list.file.path) {}
  std::string expected() const override {
    return R"({"regions": [{"image_id": integer, "phrase": text, "x", "y", "width", "height": integers}]})";
  }
  void record(const RecordFields& record, uint64_t number) override {
    for (const Json& region : record.objects("regions")) {
      const int64_t id = record.whole_number(record.required_of(region, "image_id"), "image_id");
      if (id != id_) find_picture(id);
      Record sample = {
          .number = number,
          .value = {{"image", name_}, {"caption", record.text(record.required_of(region, "phrase"), "phrase")}}};
      if (list_.naming.crop_regions) {
        crop(record, region, sample);
      } else {
        sample.value["image_id"] = str("vg/", id);  // a text: the numbers are not COCO's
      }
      list_.take(sample);
    }
  }

 private:
  void find_picture(int64_t id) {
    id_ = id;
    const auto* told = pictures_.find(id);
    std::vector<std::string> folders = {"VG_100K/", "VG_100K_2/"};
    if (told != nullptr && told->in_second_folder) std::swap(folders[0], folders[1]);
    name_ = str(id, ".jpg");
    name_ = folder_with(list_.naming.vg, folders, name_) + name_;
  }

  // Some boxes begin outside of their pictures, or reach beyond.
  void crop(const RecordFields& record, const Json& region, Record& sample) const {
    const auto number = [&](const char* field) {
      const int64_t value = record.whole_number(record.required_of(region, field), field);
      return static_cast<int>(std::clamp(value, -GenomePictures::kMostPixels, GenomePictures::kMostPixels));
    };
    const auto* told = pictures_.find(id_);
    constexpr int kAny = static_cast<int>(GenomePictures::kMostPixels);
    const auto part = cut_to({number("x"), number("y"), number("width"), number("height")},
                             told != nullptr ? told->size : ImageSize{kAny, kAny});
    if (part) {
      sample.value["image"] = region_name(name_, *part);
    } else {
      sample.fault = "region outside the picture";
    }
  }

  const PublishedList& list_;
  GenomePictures pictures_;
  int64_t id_ = -1;
  std::string name_;
};

}  // namespace

std::unique_ptr<PublishedFile> coco_captions_file(const PublishedList& list) {
  return std::make_unique<CocoCaptions>(list);
}

std::unique_ptr<PublishedFile> regions_file(const PublishedList& list) {
  return std::make_unique<Regions>(list);
}

}  // namespace albef
