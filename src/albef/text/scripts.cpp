#include "albef/text/scripts.h"

#include <unicode/uscript.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "albef/text/unicode.h"

namespace albef {
namespace {

using Counts = std::vector<std::pair<int, size_t>>;  // by script, in the order of their first letters

size_t& count_of(Counts& counts, int script) {
  const auto found = std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == script; });
  return found == counts.end() ? counts.emplace_back(script, 0).second : found->second;
}

bool is_letter_script(int script) {
  return script != USCRIPT_COMMON && script != USCRIPT_INHERITED && script != USCRIPT_UNKNOWN && script >= 0;
}

/// Chinese characters beside kana or Hangul are counted with these.
int counted_as(int script, const Counts& present) {
  const auto has = [&](int s) {
    return std::any_of(present.begin(), present.end(), [&](const auto& c) { return c.first == s; });
  };
  const bool kana = has(USCRIPT_HIRAGANA) || has(USCRIPT_KATAKANA);
  if (script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA) return USCRIPT_JAPANESE;
  if (script == USCRIPT_HAN && kana) return USCRIPT_JAPANESE;
  if (script == USCRIPT_HANGUL || (script == USCRIPT_HAN && has(USCRIPT_HANGUL))) return USCRIPT_KOREAN;
  return script;
}

std::string name_of(int script) {
  if (script == USCRIPT_JAPANESE) return "Japanese";
  if (script == USCRIPT_KOREAN) return "Korean";
  const char* name = uscript_getName(static_cast<UScriptCode>(script));
  return name == nullptr ? "unknown" : name;
}

}  // namespace

std::string script_of(std::string_view text) {
  Counts letters;
  for (size_t at = 0; at < text.size();) {
    UErrorCode error = U_ZERO_ERROR;
    const char32_t c = unicode::next(text, at);
    const int script = uscript_getScript(static_cast<UChar32>(c), &error);
    if (U_SUCCESS(error) && is_letter_script(script)) ++count_of(letters, script);
  }
  Counts scripts;
  for (const auto& [script, count] : letters) count_of(scripts, counted_as(script, letters)) += count;
  const auto most = std::max_element(scripts.begin(), scripts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == scripts.end() ? "none" : name_of(most->first);
}

}  // namespace albef
