#include "albef/synth/wording.h"

#include <array>

namespace albef::synth {
namespace {

// The usual word three times in four.
std::string either(const char* usual, const char* other, Rng& rng) {
  return rng.below(4) ? usual : other;
}

std::string varied(Size size, Rng& rng) {
  return size == Size::kLarge ? either("large", "big", rng) : either("small", "little", rng);
}

std::string varied(Texture texture, Rng& rng) {
  return texture == Texture::kDotted ? either("dotted", "spotted", rng) : word(texture);
}

std::string varied(Shape shape, Rng& rng) {
  switch (shape) {
    case Shape::kCircle:
      return either("circle", "disc", rng);
    case Shape::kCrescent:
      return either("crescent", "moon", rng);
    default:
      return word(shape);
  }
}

std::string varied(Pattern pattern, Rng& rng) {
  return pattern == Pattern::kNoisy ? either("noisy", "speckled", rng) : word(pattern);
}

}  // namespace

std::string noun(const Description& what, Rng& rng) {
  std::string text;
  if (what.size) text += varied(*what.size, rng) + " ";
  if (what.texture) text += varied(*what.texture, rng) + " ";
  if (what.colour) text += std::string(word(*what.colour)) + " ";
  return text + (what.shape ? varied(*what.shape, rng) : "shape");
}

std::string plural_noun(const Description& what, Rng& rng) {
  const std::string one = noun(what, rng);
  return one + (one.ends_with("s") ? "es" : "s");
}

std::string with_a(const std::string& noun) {
  return (std::string("aeiou").find(noun.front()) == std::string::npos ? "a " : "an ") + noun;
}

std::string say(Relation relation, Rng& rng) {
  switch (relation) {
    case Relation::kLeftOf:
      return either("left of", "to the left of", rng);
    case Relation::kRightOf:
      return either("right of", "to the right of", rng);
    case Relation::kAbove:
      return either("above", "higher than", rng);
    case Relation::kBelow:
      return either("below", "lower than", rng);
    case Relation::kInside:
      return either("inside", "within", rng);
    case Relation::kOnTopOf:
      return either("on top of", "overlapping", rng);
  }
  return "";
}

std::string say(Place place, Rng& rng) {
  switch (place) {
    case Place::kLeft:
      return either("on the left", "on the left side", rng);
    case Place::kRight:
      return either("on the right", "on the right side", rng);
    case Place::kTop:
      return "at the top";
    case Place::kBottom:
      return "at the bottom";
    case Place::kTopLeft:
      return "at the top left";
    case Place::kTopRight:
      return "at the top right";
    case Place::kBottomLeft:
      return "at the bottom left";
    case Place::kBottomRight:
      return "at the bottom right";
  }
  return "";
}

std::string number_word(int n) {
  constexpr std::array kWords = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
  return n >= 0 && n < static_cast<int>(kWords.size()) ? kWords[static_cast<size_t>(n)] : std::to_string(n);
}

std::string say(const Phrase& phrase, bool definite, Rng& rng) {
  const auto with_article = [&](const std::string& noun) { return definite ? "the " + noun : with_a(noun); };
  std::string text = with_article(noun(phrase.what, rng));
  if (phrase.place) text += " " + say(*phrase.place, rng);
  if (phrase.relation) text += " " + say(*phrase.relation, rng) + " " + with_article(noun(phrase.other, rng));
  return text;
}

std::string say(const Claim& claim, Rng& rng) {
  if (claim.count == 1) return say(claim.phrase, false, rng);
  std::string text = number_word(claim.count) + " " + plural_noun(claim.phrase.what, rng);
  if (claim.phrase.place) text += " " + say(*claim.phrase.place, rng);
  return text;
}

std::string background(const Meaning& meaning, Rng& rng) {
  std::string text;
  if (meaning.tone) text += std::string(word(*meaning.tone)) + " ";
  if (meaning.pattern) text += varied(*meaning.pattern, rng) + " ";
  return text + "background";
}

std::string say_list(const std::vector<Claim>& claims, Rng& rng) {
  std::string text;
  for (size_t i = 0; i < claims.size(); ++i) {
    if (i > 0) text += i + 1 == claims.size() ? " and " : ", ";
    text += say(claims[i], rng);
  }
  return text;
}

}  // namespace albef::synth
