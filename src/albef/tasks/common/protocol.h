// The evaluations that published results come from, as far as they can be told by name: what model on which list,
// scored how. docs/protocols.md shows the table.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace albef {

/// What must hold of an evaluation: a fact's name and its value. `why` is said where it does not.
struct ProtocolRule {
  std::string fact, value;
  std::string why = {};
};

/// In percent, by the paper; 0: not published.
struct PublishedResult {
  std::string metric;  ///< as the evaluation names it
  double of_14m = 0, of_4m = 0;
};

struct Protocol {
  std::string name, task;  ///< task: the command of `albef eval`
  std::vector<ProtocolRule> rules;
  std::vector<std::pair<std::string, std::string>> flags;  ///< that it sets where the user does not
  std::string splits;                                      ///< of a list that has several; "" where none has
  std::string scored;                                      ///< how, in words
  std::vector<PublishedResult> published;
};

/// All of them.
const std::vector<Protocol>& protocols();
/// Error for another name, or another task's.
const Protocol& find_protocol(const std::string& name, const std::string& task);

/// By name; what is not known is not there.
using Facts = std::map<std::string, std::string>;

/// What a checkpoint tells: "checkpoint of" (the task that trained it), "trained at" (the pictures' side) and, where
/// the number of captions leaves no doubt, "fine-tuned on". Nothing of a .pth.
Facts checkpoint_facts(const std::string& checkpoint);

/// How an evaluation differs from its protocol, and what cannot be told: each a short text.
struct ProtocolCheck {
  std::vector<std::string> deviations, unknown;
};
ProtocolCheck check_protocol(const Protocol& protocol, const Facts& facts);

}  // namespace albef
