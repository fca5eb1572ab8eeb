#include "albef/data/published.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/base/plain_pickle.h"
#include "albef/data/published_file.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

class Karpathy : public PublishedFile {
 public:
  explicit Karpathy(const PublishedList& list) : list_(list), choice_(list.name, list.file.splits) {}
  std::string expected() const override {
    return R"({"filename": text, "cocoid" or "imgid": integer, "split": text, "sentences": [{"raw": text}]})";
  }
  void record(const RecordFields& record, uint64_t number) override {
    if (!choice_.takes(record.text("split"))) return;
    fs::path folder;
    if (const Json* path = record.find("filepath")) folder = record.text(*path, "filepath");
    Json captions = Json::array();
    for (const Json& sentence : record.objects("sentences"))
      captions.push_back(record.text(record.required_of(sentence, "raw"), "raw"));
    const char* id = record.find("cocoid") ? "cocoid" : "imgid";
    list_.take({.number = number,
                .value = {{"image", (folder / record.text("filename")).string()},
                          {"caption", captions},
                          {"image_id", record.whole_number(id)}}});
  }
  void finish() override { choice_.check(); }

 private:
  const PublishedList& list_;
  SplitChoice choice_;
};

// How VQA v2 names COCO's pictures: by the file's data_subtype.
class CocoPictures {
 public:
  explicit CocoPictures(const std::string& path) : folder_(subtype(path)) {
    if (folder_ == "test-dev2015") folder_ = "test2015";  // a part of it
  }
  std::string name(int64_t id) const {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%012lld", static_cast<long long>(id));
    return str(folder_, "/COCO_", folder_, "_", digits, ".jpg");
  }

 private:
  static std::string subtype(const std::string& path) {
    auto beside = first_record(path).beside;
    if (!beside.contains("data_subtype")) beside = read_records(path, [](const Record&) {});
    const auto found = beside.find("data_subtype");
    if (found != beside.end() && found->is_string() && !found->get_ref<const std::string&>().empty())
      return found->get<std::string>();
    fail(path, ": has no \"data_subtype\", expected such as \"train2014\": the folder of its pictures");
  }

  std::string folder_;
};

class VqaQuestions : public PublishedFile {
 public:
  explicit VqaQuestions(const PublishedList& list) : list_(list), pictures_(list.file.path) {}
  std::string expected() const override { return R"({"question_id": integer, "image_id": integer, "question": text})"; }
  void record(const RecordFields& record, uint64_t number) override {
    list_.take({.number = number,
                .list = "questions",
                .value = {{"question_id", record.whole_number("question_id")},
                          {"question", record.text("question")},
                          {"image", pictures_.name(record.whole_number("image_id"))}}});
  }

 private:
  const PublishedList& list_;
  CocoPictures pictures_;
};

class VqaAnnotations : public PublishedFile {
 public:
  explicit VqaAnnotations(const PublishedList& list) : list_(list), pictures_(list.file.path) {}
  std::string expected() const override { return R"({"question_id": integer, "answers": [{"answer": text}]})"; }
  void record(const RecordFields& record, uint64_t number) override {
    Json value = {{"question_id", record.whole_number("question_id")},
                  {"image", pictures_.name(record.whole_number("image_id"))},
                  {"answer", Json::array()}};
    for (const Json& answer : record.objects("answers"))
      value["answer"].push_back(record.text(record.required_of(answer, "answer"), "answer"));
    for (const char* type : {"question_type", "answer_type"}) {
      if (const Json* text = record.find(type)) value[type] = record.text(*text, type);
    }
    list_.take({.number = number, .list = "annotations", .value = std::move(value)});
  }

 private:
  const PublishedList& list_;
  CocoPictures pictures_;
};

class VisualGenome : public PublishedFile {
 public:
  explicit VisualGenome(const PublishedList& list) : list_(list) {}
  std::string expected() const override {
    return R"({"qas": [{"qa_id": integer, "image_id": integer, "question": text, "answer": text}]})";
  }
  void record(const RecordFields& record, uint64_t number) override {
    for (const Json& qa : record.objects("qas")) {
      const auto picture = record.whole_number(record.required_of(qa, "image_id"), "image_id");
      if (picture != picture_) {
        picture_ = picture;
        name_ = str(picture, ".jpg");
        name_ = folder_with(list_.naming.vg, {"VG_100K/", "VG_100K_2/"}, name_) + name_;
      }
      list_.take({.number = number,
                  .value = {{"question_id", record.whole_number(record.required_of(qa, "qa_id"), "qa_id")},
                            {"question", record.text(record.required_of(qa, "question"), "question")},
                            {"answer", record.text(record.required_of(qa, "answer"), "answer")},
                            {"image", name_},
                            {"dataset", "vg"}}});
    }
  }

 private:
  const PublishedList& list_;
  int64_t picture_ = -1;
  std::string name_;
};

class SnliVe : public PublishedFile {
 public:
  explicit SnliVe(const PublishedList& list) : list_(list) {}
  std::string expected() const override {
    return R"({"Flickr30K_ID": text, "sentence2": text, "gold_label": entailment, neutral or contradiction})";
  }
  void record(const RecordFields& record, uint64_t number) override {
    const auto label = record.text("gold_label");
    if (label == "-") {
      ++without_label_;
      return;
    }
    const char* id = "Flickr30K_ID";
    for (const char* spelling : {"Flickr30kID", "Flikr30kID"}) {  // of other copies
      if (record.find(spelling)) id = spelling;
    }
    const Json& picture = record.required(id);
    const auto name = picture.is_number_integer() ? std::to_string(record.whole_number(id)) : record.text(picture, id);
    list_.take(
        {.number = number, .value = {{"image", name}, {"sentence", record.text("sentence2")}, {"label", label}}});
  }
  void finish() override {
    if (without_label_ > 0)
      log_info(list_.name, ": ", without_label_, " sentences without a gold label (\"-\") are passed over");
  }

 private:
  const PublishedList& list_;
  uint64_t without_label_ = 0;
};

class Nlvr2 : public PublishedFile {
 public:
  explicit Nlvr2(const PublishedList& list) : list_(list) {}
  std::string expected() const override {
    return R"({"identifier": split-set-pair-sentence, "sentence": text, "label": True or False})";
  }
  void record(const RecordFields& record, uint64_t number) override {
    const auto identifier = record.text("identifier");
    if (std::ranges::count(identifier, '-') < 3)
      fail(record.place(), ": \"identifier\" is '", printable(identifier), "', expected split-set-pair-sentence");
    const auto pair = identifier.substr(0, identifier.rfind('-'));
    const auto images = [&](const std::string& folder) {
      return Json::array({folder + pair + "-img0.png", folder + pair + "-img1.png"});
    };
    std::string directory;
    if (const Json* number_of = record.find("directory"))
      directory =
          (number_of->is_string() ? record.text("directory") : std::to_string(record.whole_number("directory"))) + "/";
    if (!knows_layout_) find_layout(pair.substr(0, pair.find('-')) + "/", directory, images("")[0]);
    Json value = {{"images", images(folder_ + (by_directory_ ? directory : ""))},
                  {"sentence", record.text("sentence")},
                  {"identifier", identifier}};
    if (const Json* label = record.find("label")) value["label"] = *label;
    list_.take({.number = number, .value = std::move(value)});
  }

 private:
  // By the first record: those of training lie in folders by number.
  void find_layout(const std::string& split, const std::string& directory, const std::string& picture) {
    knows_layout_ = true;
    std::vector<std::string> folders = {"images/" + split, split, ""};
    if (!directory.empty())
      folders.insert(folders.begin(), {folders[0] + directory, folders[1] + directory, directory});
    folder_ = folder_with(list_.naming.images, folders, picture);
    by_directory_ = !directory.empty() && folder_.ends_with(directory);
    if (by_directory_) folder_.resize(folder_.size() - directory.size());
  }

  const PublishedList& list_;
  bool knows_layout_ = false, by_directory_ = false;
  std::string folder_;
};

template <class File>
std::unique_ptr<PublishedFile> make(const PublishedList& list) {
  return std::make_unique<File>(list);
}

using Make = std::unique_ptr<PublishedFile> (*)(const PublishedList& list);

/// Who reads the file, by its first record; null: nobody, it is the authors'.
Make reader_of(const std::string& path) {
  if (is_pickle(path)) return referring_file;
  const auto first = first_record(path).record;
  const auto has = [&](const char* field) { return first.value.is_object() && first.value.contains(field); };
  if (first.list == "images" && has("sentences")) return make<Karpathy>;
  if (first.list == "images" && has("file_name")) return coco_captions_file;
  if (first.list == "questions") return make<VqaQuestions>;
  if (first.list == "annotations" && has("answers")) return make<VqaAnnotations>;
  if (first.list == "annotations" && has("caption")) return coco_captions_file;
  if (has("qas")) return make<VisualGenome>;
  if (has("regions")) return regions_file;
  if (has("gold_label")) return make<SnliVe>;
  if (has("identifier") && has("left_url") && !has("images")) return make<Nlvr2>;
  if (has("ref_id") && has("sentences")) return referring_file;
  return nullptr;
}

void read_pickle(const std::string& path, const std::function<void(const Record&)>& take) {
  const OrderedJson list = read_plain_pickle(path);
  if (!list.is_array()) fail(path, ": holds ", json_kind(list), ", expected a list of records");
  for (uint64_t number = 1; const auto& value : list) {
    if (!value.is_object()) fail(record_name(path, number), " is ", json_kind(value), ", expected a dictionary");
    take({.number = number++, .value = value});
  }
}

}  // namespace

void read_samples(const std::string& name, const PictureNaming& naming,
                  const std::function<void(const Record&)>& take) {
  const PublishedList list = {.name = name, .file = parse_list_name(name), .naming = naming, .take = take};
  const auto& path = list.file.path;
  const auto make_file = reader_of(path);
  if (naming.crop_regions && make_file != regions_file)
    fail(name, ": describes no regions to crop; leave out regions: crop, which is for region_descriptions.json");
  if (make_file == nullptr) {
    if (!list.file.splits.empty()) fail(name, ": its records tell of no splits; leave out what stands behind #");
    read_records(path, take);
    return;
  }
  const auto file = make_file(list);
  const std::string expected = file->expected();
  const auto record = [&](const Record& one) { file->record({name, one, expected}, one.number); };
  if (is_pickle(path)) {
    read_pickle(path, record);
  } else {
    read_records(path, record);
  }
  file->finish();
}

bool has_answers_alone(const std::string& list) {
  return reader_of(parse_list_name(list).path) == make<VqaAnnotations>;
}

bool is_referring(const std::string& list) {
  return reader_of(parse_list_name(list).path) == referring_file;
}

bool has_splits(const std::string& list) {
  return is_referring(list) || reader_of(parse_list_name(list).path) == make<Karpathy>;
}

std::string folder_with(const std::string& root, const std::vector<std::string>& folders, const std::string& picture) {
  std::error_code ignored;
  const auto holds = [&](const std::string& folder) {
    return fs::exists(fs::path(root) / (folder + picture), ignored);
  };
  const auto found = std::ranges::find_if(folders, holds);
  return found == folders.end() ? folders.front() : *found;
}

}  // namespace albef
