// Reads the generator's English back and judges it by where and what the objects are: a second opinion that shares
// nothing with the code that wrote the sentence but the names of features.
#pragma once
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "albef/synth/scene.h"

namespace albef::synth {

/// A sentence that the reader does not understand: a test's failure.
struct Misread : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Reader {
 public:
  /// `loose`: what lies on another object also counts as inside it, on top of it and on any side of it.
  Reader(const Scene& scene, const std::string& text, bool loose = false);

  bool caption();                ///< whether a whole caption is true
  std::string entailment();      ///< the label of a whole sentence: "entailment", "neutral", "contradiction"
  std::vector<size_t> phrase();  ///< objects that "the red star above the ring" can mean; any article
  bool claim();                  ///< "a red star at the top", "two red stars": whether it is so
  int count();                   ///< how many objects the noun read next fits: "striped shapes"
  bool background();             ///< "a gray tiled background": whether it is this one
  std::string relation();        ///< the relation that stands next, "" if none
  std::vector<size_t> related(const std::string& relation, const std::vector<size_t>& others) const;

  bool accept(const std::string& words);  ///< skips these words if they stand next
  void expect(const std::string& words);
  bool end() const { return at_ == words_.size(); }
  int number();  ///< "two" or "2"; -1 and nothing skipped if none stands next

 private:
  using Test = std::function<bool(const Object&)>;
  Test adjective();  // a feature's word, if one stands next; else empty and nothing skipped
  Test noun();
  Test place();
  bool is_related(const std::string& relation, const Object& a, const Object& b, bool later) const;
  std::vector<size_t> fitting(const Test& test) const;
  std::vector<size_t> predicate(bool asked);  // the objects of which it is true; `asked`: of one thing to another

  const Scene& scene_;
  std::string text_;
  std::vector<std::string> words_;
  size_t at_ = 0;
  bool loose_;
};

}  // namespace albef::synth
