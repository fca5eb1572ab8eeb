#include "albef/data/delimited_rows.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "albef/base/error.h"
#include "albef/data/annotations.h"
#include "albef/data/list_file.h"
#include "albef/data/records.h"

namespace albef {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 18;
constexpr int kEnd = -1;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Where the field that begins at `begin` with a quote has its last one, or npos where the quotes are text.
size_t closing_quote(std::string_view line, size_t begin, char separator) {
  for (size_t at = line.find('"', begin + 1); at != std::string_view::npos; at = line.find('"', at + 1)) {
    if (at + 1 < line.size() && line[at + 1] == '"') {
      ++at;
    } else {
      return at + 1 == line.size() || line[at + 1] == separator ? at : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

std::string unquoted(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '"') ++at;  // the second of two
  }
  return out;
}

}  // namespace

DelimitedRows::DelimitedRows(const std::string& path, char separator, Quotes quotes)
    : path_(path), separator_(separator), quotes_(quotes), in_(open_list(path, "a table")) {
  peek(kByteOrderMark.size());
  if (buffer_.starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
}

bool DelimitedRows::next(DelimitedRow& row) {
  row.fields.clear();
  while (true) {
    begin_ += next_;
    passed_ += next_;
    next_ = 0;
    if (peek(0) == kEnd) return false;
    if (!find_line()) {
      row.fault = skip_line();
      return true;
    }
    if (line_ > 0) break;
  }
  const std::string_view line(buffer_.data() + begin_, line_);
  row.fault = nullptr;
  if (quotes_ == Quotes::kInLine || line.find('"') == std::string_view::npos) {
    split_line(line, row.fields);
  } else {
    row.fault = split_quoted(row.fields);
  }
  return true;
}

/// The byte at `at` of the row under way; kEnd behind the last.
int DelimitedRows::peek(size_t at) {
  while (begin_ + at >= buffer_.size()) {
    if (!refill()) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[begin_ + at]);
}

bool DelimitedRows::refill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t held = buffer_.size();
  buffer_.resize(held + kBufferBytes);
  in_.read(buffer_.data() + held, kBufferBytes);
  if (in_.bad()) fail(path_, ": cannot be read (", std::strerror(errno), ")");
  buffer_.resize(held + static_cast<size_t>(in_.gcount()));
  return buffer_.size() > held;
}

/// Sets `line_` and `next_` by the end of the line; false where it is too far.
bool DelimitedRows::find_line() {
  size_t searched = 0, end = 0;
  while (true) {
    end = buffer_.find('\n', begin_ + searched);
    if (end != std::string::npos) break;
    searched = buffer_.size() - begin_;
    if (searched > kMaxRecordBytes) return false;
    if (!refill()) break;
  }
  line_ = (end == std::string::npos ? buffer_.size() : end) - begin_;
  next_ = line_ + (end == std::string::npos ? 0 : 1);
  if (line_ > 0 && buffer_[begin_ + line_ - 1] == '\r') --line_;
  return true;
}

/// Passes over a line without holding it.
const char* DelimitedRows::skip_line() {
  size_t end = buffer_.find('\n', begin_);
  while (end == std::string::npos) {
    passed_ += buffer_.size() - begin_;
    begin_ = buffer_.size();
    if (!refill()) break;
    end = buffer_.find('\n');
  }
  next_ = end == std::string::npos ? 0 : end + 1 - begin_;
  return "row over 16 MB";
}

void DelimitedRows::split_line(std::string_view line, std::vector<std::string>& fields) const {
  for (size_t at = 0; at <= line.size();) {
    const size_t last = at < line.size() && line[at] == '"' ? closing_quote(line, at, separator_) : std::string::npos;
    if (last != std::string::npos) {
      fields.push_back(unquoted(line.substr(at + 1, last - at - 1)));
      at = last + 2;
    } else {
      const size_t end = std::min(line.find(separator_, at), line.size());
      fields.emplace_back(line.substr(at, end - at));
      at = end + 1;
    }
  }
}

/// Splits a row that has quotes, from its begin over as many lines as they make it; sets `next_`.
const char* DelimitedRows::split_quoted(std::vector<std::string>& fields) {
  size_t at = 0;
  while (true) {
    std::string& field = fields.emplace_back();
    const char* fault = nullptr;
    if (peek(at) == '"') {
      fault = quoted(field, ++at);
    } else {
      while (!ends_line(at) && peek(at) != separator_ && at <= kMaxRecordBytes) field += static_cast<char>(peek(at++));
    }
    if (fault == nullptr && at > kMaxRecordBytes) fault = "row over 16 MB";
    if (fault != nullptr) {
      wasted_ += at;
      return fault;
    }
    if (peek(at) != separator_) break;
    ++at;
  }
  if (peek(at) == '\r') ++at;
  next_ = at + (peek(at) == '\n' ? 1 : 0);
  return nullptr;
}

/// A field behind its first quote, up to what follows its last.
const char* DelimitedRows::quoted(std::string& field, size_t& at) {
  // A file whose quotes do not fit would be read again and again from every line to its end.
  constexpr uint64_t kWaste = uint64_t{64} << 20;
  const bool may_span = wasted_ <= kWaste + passed_;
  for (;; ++at) {
    const int c = peek(at);
    if (c == '"') {
      if (peek(at + 1) != '"') break;
      ++at;
    } else if (c == kEnd || (c == '\n' && !may_span)) {
      return "unclosed quote";
    }
    if (field.size() > kMaxCaptionBytes || at > kMaxRecordBytes) return "unclosed quote";
    field += static_cast<char>(c);
  }
  ++at;
  return ends_line(at) || peek(at) == separator_ ? nullptr : "text behind a quote";
}

bool DelimitedRows::ends_line(size_t at) {
  const int c = peek(at);
  if (c == '\r') return peek(at + 1) == '\n' || peek(at + 1) == kEnd;
  return c == '\n' || c == kEnd;
}

}  // namespace albef
