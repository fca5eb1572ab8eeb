// Questions about a scene, each with one right answer.
#pragma once
#include <string>
#include <vector>

#include "albef/synth/scene.h"

namespace albef::synth {

struct Question {
  std::string text;
  std::string answer;
};

/// `count` different questions: colours, textures, sizes, shapes, places, numbers, backgrounds, and yes or no.
std::vector<Question> make_questions(const Scene& scene, int count);

/// Every answer that a question can have.
std::vector<std::string> all_answers();

}  // namespace albef::synth
