#include "reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

namespace albef::synth {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    while (!word.empty() && (word.back() == ',' || word.back() == '?')) word.pop_back();
    words.push_back(word);
  }
  return words;
}

// The usual word for a synonym or a plural.
std::string usual(std::string word) {
  static const std::map<std::string, std::string> kSynonyms = {
      {"big", "large"},     {"little", "small"},   {"spotted", "dotted"}, {"disc", "circle"},
      {"moon", "crescent"}, {"speckled", "noisy"}, {"crosses", "cross"}};
  const auto found = kSynonyms.find(word);
  if (found != kSynonyms.end()) return found->second;
  if (word.size() > 3 && word.back() == 's' && word != "cross") return usual(word.substr(0, word.size() - 1));
  return word;
}

template <class E>
bool is_a(const std::string& name) {
  for (uint64_t i = 0; i < kValues<E>; ++i) {
    if (name == word(static_cast<E>(i))) return true;
  }
  return false;
}

}  // namespace

Reader::Reader(const Scene& scene, const std::string& text, bool loose)
    : scene_(scene), text_(text), words_(split(text)), loose_(loose) {}

bool Reader::accept(const std::string& words) {
  const std::vector<std::string> wanted = split(words);
  if (at_ + wanted.size() > words_.size()) return false;
  if (!std::equal(wanted.begin(), wanted.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_))) return false;
  at_ += wanted.size();
  return true;
}

void Reader::expect(const std::string& words) {
  if (!accept(words)) throw Misread(text_ + ": expected '" + words + "' at word " + std::to_string(at_));
}

int Reader::number() {
  constexpr std::array kNumbers = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    if (accept(kNumbers[i]) || accept(std::to_string(i))) return static_cast<int>(i);
  }
  return -1;
}

Reader::Test Reader::adjective() {
  const std::string name = end() ? "" : usual(words_[at_]);
  Test test;
  if (is_a<Size>(name)) test = [name](const Object& o) { return name == word(o.look.size); };
  if (is_a<Texture>(name)) test = [name](const Object& o) { return name == word(o.look.texture); };
  if (is_a<Colour>(name)) test = [name](const Object& o) { return name == word(o.look.colour); };
  at_ += test ? 1 : 0;
  return test;
}

Reader::Test Reader::noun() {
  std::vector<Test> tests;
  while (Test test = adjective()) tests.push_back(test);
  const std::string name = end() ? "" : usual(words_[at_]);
  if (name != "shape" && !is_a<Shape>(name)) throw Misread(text_ + ": expected a noun at word " + std::to_string(at_));
  ++at_;
  if (name != "shape") tests.push_back([name](const Object& o) { return name == word(o.look.shape); });
  return
      [tests](const Object& o) { return std::all_of(tests.begin(), tests.end(), [&](const Test& t) { return t(o); }); };
}

Reader::Test Reader::place() {
  const auto left = [](const Object& o) { return o.x < 0.5; };
  const auto top = [](const Object& o) { return o.y < 0.5; };
  if (accept("at the top left")) return [=](const Object& o) { return top(o) && left(o); };
  if (accept("at the top right")) return [=](const Object& o) { return top(o) && !left(o); };
  if (accept("at the bottom left")) return [=](const Object& o) { return !top(o) && left(o); };
  if (accept("at the bottom right")) return [=](const Object& o) { return !top(o) && !left(o); };
  if (accept("at the top")) return top;
  if (accept("at the bottom")) return [=](const Object& o) { return !top(o); };
  if (accept("on the left side") || accept("on the left")) return left;
  if (accept("on the right side") || accept("on the right")) return [=](const Object& o) { return !left(o); };
  return [](const Object&) { return true; };
}

std::string Reader::relation() {
  static const std::vector<std::pair<std::string, std::string>> kRelations = {
      {"left of", "left"},  {"to the left of", "left"}, {"right of", "right"}, {"to the right of", "right"},
      {"above", "above"},   {"higher than", "above"},   {"below", "below"},    {"lower than", "below"},
      {"inside", "inside"}, {"within", "inside"},       {"on top of", "on"},   {"overlapping", "on"}};
  for (const auto& [words, name] : kRelations) {
    if (accept(words)) return name;
  }
  return "";
}

// `later`: a is drawn after b. Objects next to each other are at least a quarter of the picture apart.
bool Reader::is_related(const std::string& relation, const Object& a, const Object& b, bool later) const {
  constexpr double kApart = 0.2;
  const double distance = std::hypot(a.x - b.x, a.y - b.y);
  const bool on = later && distance < b.radius, under = !later && distance < a.radius;
  if (loose_ && (on || (under && relation != "inside" && relation != "on"))) return true;
  if (relation == "left") return a.x < b.x - kApart;
  if (relation == "right") return a.x > b.x + kApart;
  if (relation == "above") return a.y < b.y - kApart;
  if (relation == "below") return a.y > b.y + kApart;
  return on && (b.look.shape == Shape::kRing) == (relation == "inside");
}

std::vector<size_t> Reader::related(const std::string& relation, const std::vector<size_t>& others) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < scene_.objects.size(); ++i) {
    const bool is = std::any_of(others.begin(), others.end(), [&](size_t j) {
      return j != i && is_related(relation, scene_.objects[i], scene_.objects[j], i > j);
    });
    if (is) found.push_back(i);
  }
  return found;
}

std::vector<size_t> Reader::phrase() {
  if (!accept("a") && !accept("an")) accept("the");
  const Test what = noun(), where = place();
  std::vector<size_t> found;
  for (size_t i = 0; i < scene_.objects.size(); ++i) {
    if (what(scene_.objects[i]) && where(scene_.objects[i])) found.push_back(i);
  }
  const std::string relation = this->relation();
  if (relation.empty()) return found;
  const std::vector<size_t> right = related(relation, phrase());
  std::erase_if(found, [&](size_t i) { return std::find(right.begin(), right.end(), i) == right.end(); });
  return found;
}

int Reader::count() {
  const Test what = noun();
  return static_cast<int>(std::count_if(scene_.objects.begin(), scene_.objects.end(), what));
}

bool Reader::claim() {
  const int wanted = number();
  const auto found = static_cast<int>(phrase().size());
  return wanted < 0 ? found > 0 : found == wanted;
}

bool Reader::background() {
  const size_t start = at_;
  bool right = true;
  if (!accept("a") && !accept("an")) accept("the");
  for (; at_ < words_.size(); ++at_) {
    const std::string name = usual(words_[at_]);
    if (name == "background") {
      ++at_;
      return right;
    }
    if (is_a<Tone>(name)) {
      right = right && name == word(scene_.tone);
    } else if (is_a<Pattern>(name)) {
      right = right && name == word(scene_.pattern);
    } else {
      break;
    }
  }
  at_ = start;
  throw Misread(text_ + ": expected a background at word " + std::to_string(start));
}

bool Reader::caption() {
  bool right = true;
  const size_t start = at_;
  try {
    right = background();
    expect("with");
  } catch (const Misread&) {
    at_ = start;
    for (const char* opener : {"there is", "there are", "a picture of", "a picture with", "we see"}) {
      if (accept(opener)) break;
    }
  }
  const size_t list = at_;
  const int total = number();
  if (total >= 0 && accept("shapes") && (accept("with") || accept("among them"))) {
    right = right && total == static_cast<int>(scene_.objects.size());
  } else {
    at_ = list;
  }
  do {
    right = claim() && right;
  } while (accept("and") || (!end() && words_[at_] != "on"));
  if (accept("on")) right = background() && right;
  if (!end()) throw Misread(text_ + ": more than a caption at word " + std::to_string(at_));
  return right;
}

std::vector<size_t> Reader::fitting(const Test& test) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < scene_.objects.size(); ++i) {
    if (test(scene_.objects[i])) found.push_back(i);
  }
  return found;
}

std::vector<size_t> Reader::predicate(bool asked) {
  const std::string relation = this->relation();
  if (!relation.empty()) {
    const std::vector<size_t> others = phrase();
    if (asked && others.size() != 1)
      throw Misread(text_ + ": relates to " + std::to_string(others.size()) + " objects");
    return related(relation, others);
  }
  if (accept("a") || accept("an")) return fitting(noun());
  if (const Test test = adjective()) return fitting(test);
  const size_t before = at_;
  const Test where = place();
  if (at_ == before) throw Misread(text_ + ": expected a predicate at word " + std::to_string(at_));
  return fitting(where);
}

std::string Reader::entailment() {
  const std::vector<size_t> subject = phrase();
  if (subject.size() > 1) throw Misread(text_ + ": means " + std::to_string(subject.size()) + " objects");
  expect("is");
  const std::vector<size_t> right = predicate(!subject.empty());
  if (!end()) throw Misread(text_ + ": more than a statement at word " + std::to_string(at_));
  if (subject.empty()) return "neutral";
  return std::find(right.begin(), right.end(), subject[0]) != right.end() ? "entailment" : "contradiction";
}

}  // namespace albef::synth
