// Questions about a scene, each with one right answer; those of one type have their answers about equally often.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "albef/synth/scene.h"

namespace albef::synth {

struct Question {
  std::string text;
  std::string answer;
  std::string type = "";  ///< VQA v2's question_type, how the question begins: "what color is the", "how many"

  const char* answer_type() const;  ///< VQA v2's: "yes/no", "number" or "other"
};

/// How often each answer was given to questions of each type: {type, answer}.
using AnswerCounts = std::map<std::pair<std::string, std::string>, int64_t>;

/// `count` different questions: colours, textures, sizes, shapes, places, numbers, backgrounds, and yes or no. Of
/// several that could be asked, the one whose answer was `given` least to its type is; `given` then counts it. Of a
/// background's pattern nothing is asked where `made_with` leaves no choice.
std::vector<Question> make_questions(const Scene& scene, int count, const SceneOptions& made_with, AnswerCounts& given);

/// Every answer that a question can have.
std::vector<std::string> all_answers();

}  // namespace albef::synth
