#include "albef/data/picture_template.h"

#include <algorithm>
#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/numbers.h"
#include "albef/base/utf8.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr size_t kWidest = 255;  // of a file's name

/// Takes a number from the front of `text`; false where there is none up to kWidest.
bool take_number(std::string_view& text, size_t& number) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (!parse_number(text.substr(0, digits), number) || number > kWidest) return false;
  text.remove_prefix(digits);
  return true;
}

std::string_view first_characters(std::string_view text, size_t most) {
  size_t end = 0;
  for (size_t count = 0; count < most && end < text.size(); ++count) end += std::max<size_t>(utf8_length(text, end), 1);
  return text.substr(0, end);
}

}  // namespace

PictureTemplate::PictureTemplate(const std::string& list, const std::string& text,
                                 const std::function<size_t(const std::string&)>& column)
    : list_(list), template_(text) {
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      end_ += c;
    } else if (at + 1 < text.size() && text[at + 1] == c) {
      end_ += text[at++];
    } else if (c == '}') {
      wrong("has a } without its {; a brace of a name is written }}");
    } else {
      const size_t close = text.find('}', at);
      if (close == std::string::npos) wrong("has a { without its }; a brace of a name is written {{");
      Part part = field(text.substr(at + 1, close - at - 1), column);
      part.text = std::move(end_);
      end_.clear();
      parts_.push_back(std::move(part));
      at = close;
    }
  }
}

PictureTemplate::Part PictureTemplate::field(const std::string& inner,
                                             const std::function<size_t(const std::string&)>& column) {
  const size_t colon = inner.find(':');
  const std::string name = inner.substr(0, colon);
  Part part;
  part.is_row = name == "row";
  if (!part.is_row) columns_.push_back(part.column = column(name));
  std::string_view format = colon == std::string::npos ? std::string_view() : std::string_view(inner).substr(colon + 1);
  bool good = true;
  if (format.starts_with('0')) {
    format.remove_prefix(format.starts_with("0>") ? 2 : 1);
    good = take_number(format, part.width);
  }
  if (part.is_row && format.starts_with('d')) format.remove_prefix(1);
  if (good && format.starts_with('.')) {
    format.remove_prefix(1);
    good = take_number(format, part.longest);
  }
  if (!good || !format.empty()) {
    wrong("has the format '" + printable(inner.substr(colon + 1), 40) +
          "'; known are such as 09 (zeros in front, up to 9 digits), .5 (the first 5 characters) and 09.5");
  }
  return part;
}

std::string PictureTemplate::path(uint64_t row, const std::function<std::string_view(size_t)>& value) const {
  std::string path;
  for (const Part& part : parts_) {
    std::string text = part.is_row ? std::to_string(row) : std::string(value(part.column));
    if (text.size() < part.width) text.insert(0, part.width - text.size(), '0');
    path += part.text;
    path += first_characters(text, part.longest);
  }
  return path + end_;
}

void PictureTemplate::wrong(const std::string& what) const {
  fail(list_, ": image '", printable(template_), "' ", what);
}

bool leads_outside(const std::string& path) {
  const fs::path relative(path);
  return relative.is_absolute() || std::ranges::find(relative, "..") != relative.end();
}

const char* picture_path_fault(const std::string& root, const std::string& path) {
  if (leads_outside(path)) return "picture path leads outside";
  std::error_code ignored;
  return fs::is_regular_file(fs::path(root) / path, ignored) ? nullptr : "no such file";
}

}  // namespace albef
