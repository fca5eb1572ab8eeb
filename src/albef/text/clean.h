// Captions and questions as the authors clean them before tokenisation, step by step the same. Broken UTF-8 becomes
// U+FFFD; the result is well-formed. With lower_case false the first step is left out, for vocabularies that keep case.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace albef {

/// Lower case; , . ' ! ? " ( ) * # : ; ~ deleted; - and / made spaces; <person> made person; runs of two or more white
/// spaces made one space; newlines stripped at the end, then spaces at both; cut after max_words words.
std::string pre_caption(std::string_view text, size_t max_words = 30, bool lower_case = true);

/// Lower case; the same deletions, - and /; spaces stripped at the end; cut after max_words words, of which two spaces
/// in a row make an empty one. The authors take 30 in training and 50 in testing.
std::string pre_question(std::string_view text, size_t max_words = 30, bool lower_case = true);

}  // namespace albef
