// NLVR2 (paper §5): is a sentence true of two pictures?
#pragma once
#include "albef/tasks/common/classifier_task.h"
#include "albef/tasks/nlvr/model.h"
#include "albef/tasks/nlvr/settings.h"

namespace albef {

/// Records {"images": [left, right], "sentence", "label"}, "identifier" optional; False 0, True 1.
LabelledFormat nlvr_format();

class NlvrTask : public ClassifierTask {
 public:
  NlvrTask(const NlvrSettings& settings, LabelledData data, const Run& run, Communicator& ranks);

 private:
  Metrics scores(const LabelledList& list, const Answers& answers) const override;  ///< accuracy and consistency
};

/// `albef train nlvr`: reads the data, makes the model, trains. Writes into the output folder.
void train_nlvr(NlvrSettings settings, Communicator& ranks);

}  // namespace albef
