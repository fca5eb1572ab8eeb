// Single true or false statements about a scene, with their truth decided first: the stuff of yes/no questions and of
// true/false sentences about two pictures.
#pragma once
#include <string>
#include <vector>

#include "albef/synth/meaning.h"

namespace albef::synth {

/// One claim about one object or one group that looks alike, true of the scene, or false of it even read loosely.
Claim make_claim(const Scene& scene, bool truth, Rng& rng);

/// Its words behind "there is" or "there are" as a statement, or behind "is there" or "are there" as a question.
std::string as_statement(const Claim& claim, Rng& rng);
std::string as_question(const Claim& claim, Rng& rng);

/// A claim that names `what` of object `index`, counting all that look the same ("two red stars").
Claim claim_about(const Scene& scene, size_t index, const Description& what);

}  // namespace albef::synth
