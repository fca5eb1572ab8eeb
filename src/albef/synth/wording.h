// Puts descriptions into English. Where there are several words for a thing, the generator picks one.
#pragma once
#include <string>

#include "albef/synth/meaning.h"

namespace albef::synth {

/// "small striped red star", or "small red shape" where the shape is not named; no article.
std::string noun(const Description& what, Rng& rng);
std::string plural_noun(const Description& what, Rng& rng);

std::string with_a(const std::string& noun);  ///< "a star", "an arrow"

/// "a red star to the left of a blue ring"; "the red star at the top" if definite.
std::string say(const Phrase& phrase, bool definite, Rng& rng);

/// "three red stars", "a red star at the top left".
std::string say(const Claim& claim, Rng& rng);

/// "left of"; "at the top left".
std::string say(Relation relation, Rng& rng);
std::string say(Place place, Rng& rng);
std::string number_word(int n);  ///< 0..10; larger ones in digits

/// "gray tiled background", of what is set; "background" if nothing is.
std::string background(const Meaning& meaning, Rng& rng);

/// "a red star, a blue ring and two hearts".
std::string say_list(const std::vector<Claim>& claims, Rng& rng);

}  // namespace albef::synth
