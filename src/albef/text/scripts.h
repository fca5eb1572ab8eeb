// Which script a text is written in. That is not its language: Latin is English, Vietnamese and a hundred others.
#pragma once
#include <string>
#include <string_view>

namespace albef {

/// The script of most of its letters, by Unicode's property of that name: "Latin", "Cyrillic", "Devanagari", ...; of
/// equally many the one that comes first. What mixes Chinese characters with kana is "Japanese", with Hangul "Korean".
/// "none" where there is no letter; digits, punctuation and emoji belong to no script.
std::string script_of(std::string_view text);

}  // namespace albef
