#include "albef/text/clean.h"

#include <algorithm>

#include "albef/text/unicode.h"

namespace albef {
namespace {

constexpr std::string_view kDeleted = ",.'!?\"()*#:;~";

/// The steps that captions and questions share: case, deletions, - and /.
std::string without_marks(std::string_view text, bool lower_case) {
  std::string out;
  for (const char c : lower_case ? unicode::lower(text) : unicode::well_formed(text)) {
    if (kDeleted.find(c) == std::string_view::npos) out += c == '-' || c == '/' ? ' ' : c;
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  std::string out;
  size_t start = 0;
  for (size_t at; (at = text.find(what, start)) != std::string::npos; start = at + what.size()) {
    out.append(text, start, at - start).append(by);
  }
  text = out.append(text, start);
}

/// Runs of at least two white spaces as one space; a single one stays what it is.
std::string collapse_spaces(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    size_t end = at, spaces = 0;
    while (at < text.size() && unicode::is_space(unicode::next(text, at))) {
      end = at;
      ++spaces;
    }
    if (spaces >= 2) {
      out += ' ';
      at = end;
    } else {
      out += text.substr(start, at - start);
    }
  }
  return out;
}

/// The first max_words of the words between single spaces.
std::string first_words(std::string text, size_t max_words) {
  size_t end = 0;
  for (size_t words = 0; words < max_words; ++words) {
    if (words > 0) ++end;  // behind the space
    end = text.find(' ', end);
    if (end == std::string::npos) return text;
  }
  text.resize(end);
  return text;
}

}  // namespace

std::string pre_caption(std::string_view text, size_t max_words, bool lower_case) {
  std::string out = without_marks(text, lower_case);
  replace_all(out, "<person>", "person");
  out = collapse_spaces(out);
  out.erase(out.find_last_not_of('\n') + 1);
  out.erase(out.find_last_not_of(' ') + 1);
  out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
  return first_words(std::move(out), max_words);
}

std::string pre_question(std::string_view text, size_t max_words, bool lower_case) {
  std::string out = without_marks(text, lower_case);
  out.erase(out.find_last_not_of(' ') + 1);
  return first_words(std::move(out), max_words);
}

}  // namespace albef
