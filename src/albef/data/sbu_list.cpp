// SBU Captions' own list: {"image_urls": [texts], "user_ids": [texts], "captions": [texts]}, equally long. It is
// streamed; of a million captions one is held.
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/data/formats.h"
#include "albef/data/json_cutter.h"
#include "albef/data/picture_template.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr std::array kLists = {"image_urls", "user_ids", "captions"};
constexpr const char* kExpected = R"({"image_urls": [texts], "user_ids": [texts], "captions": [texts]})";

class SbuReader {
 public:
  SbuReader(const std::string& path, PairCollector& pairs)
      : path_(path),
        pairs_(pairs),
        pictures_(path, template_of(path, pairs.list().image),
                  [&](const std::string& name) -> size_t {
                    fail(path, ": image has {", printable(name, 40), "}; a picture is told by {row} alone here");
                  }),
        in_(path, kExpected) {}

  void read() {
    char c;
    if (!in_.first(c) || c != '{') unexpected(c, "{");
    do {
      list(name());
      c = visible();
    } while (c == ',');
    if (c != '}') unexpected(c, ", or }");
    if (in_.next_visible(c)) unexpected(c, "the file's end");
    check();
  }

 private:
  static const std::string& template_of(const std::string& path, const std::string& image) {
    if (PictureTemplate::is_template(image)) return image;
    fail(path, ": names no pictures; set image to where they lie, as in image: 'pictures/{row:09}.jpg'");
  }

  char visible() {
    char c;
    if (!in_.next_visible(c)) fail(path_, ": is cut off; expected ", kExpected);
    return c;
  }

  /// A text as it stands in the file, behind its first quotation mark. `number`: of the record, for messages.
  const std::string& quoted(uint64_t number = 1) {
    text_ = '"';
    JsonCutter cut(in_, text_);
    cut.number = number;
    cut.string();
    return text_;
  }

  std::string name() {
    if (const char c = visible(); c != '"') unexpected(c, "a name in quotation marks");
    const std::string name = quoted().substr(1, text_.size() - 2);
    if (std::ranges::find(kLists, name) == kLists.end() || counts_.contains(name))
      fail(path_, ": has a list \"", printable(name, 40), counts_.contains(name) ? "\" twice" : "\"", "; expected ",
           kExpected);
    if (const char c = visible(); c != ':') unexpected(c, ":");
    if (const char c = visible(); c != '[') unexpected(c, "a list");
    return name;
  }

  void list(const std::string& name) {  // behind its "["
    uint64_t& count = counts_[name];
    char c = visible();
    if (c == ']') return;
    for (;; c = visible()) {
      if (c != '"') fail(path_, ": \"", name, "\" ", count + 1, " is ", json_kind_of(c), ", expected a text");
      quoted(++count);
      if (name == "captions") caption(count);
      if ((c = visible()) == ']') return;
      if (c != ',') unexpected(c, ", or ]");
    }
  }

  void caption(uint64_t number) {
    RawPair pair{.number = number, .image = pictures_.path(number - 1, [](size_t) { return std::string_view(); })};
    if (text_.size() > kMaxRecordBytes) return pairs_.reject(pair, "record over 16 MB");
    try {
      pair.captions = {parse_like_python(mend_utf8(text_, pair.mended)).get<std::string>()};
    } catch (const Json::exception& error) {
      fail(path_, ": caption ", number, ": not valid JSON: ", json_fault(error));
    }
    if (const char* fault = picture_path_fault(pairs_.list().image_root, pair.image)) return pairs_.reject(pair, fault);
    pairs_.take(std::move(pair));
  }

  void check() {
    const uint64_t count = counts_["captions"];
    if (std::ranges::all_of(kLists, [&](const char* name) { return counts_[name] == count; })) return;
    fail(path_, ": its lists are not equally long: ", counts_["image_urls"], " image_urls, ", counts_["user_ids"],
         " user_ids, ", count, " captions");
  }

  [[noreturn]] void unexpected(char found, const char* expected) const {
    fail(path_, ": found ", json_kind_of(found), ", expected ", expected, " as in ", kExpected);
  }

  const std::string& path_;
  PairCollector& pairs_;
  PictureTemplate pictures_;
  JsonCharacters in_;
  std::string text_;  // the one under way
  std::map<std::string, uint64_t> counts_;
};

void read(const std::string& path, PairCollector& pairs) {
  pairs.begin_source(path);
  SbuReader(path, pairs).read();
}

/// By the first list's name; but "captions" may begin a JSON line, too, which does not go on with a list of SBU's.
bool recognises(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  try {
    JsonCharacters in(path, kExpected);
    std::string text;
    JsonCutter cut(in, text);
    const auto names_other_list = [&] {
      text.clear();
      if (cut.next_visible() == '"') cut.value('"');
      return text == "\"image_urls\"" || text == "\"user_ids\"";
    };
    char c;
    if (!in.first(c) || c != '{') return false;
    if (names_other_list()) return true;
    if (text != "\"captions\"" || cut.next_visible() != ':') return false;
    cut.value(cut.next_visible());
    return cut.next_visible() == ',' && names_other_list();
  } catch (const Error&) {
    return false;  // what is wrong is told by who reads it
  }
}

}  // namespace

extern constinit const ListFormat sbu_list = {recognises, read_each<read>, "SBU's list", {.image = true}};

}  // namespace albef
