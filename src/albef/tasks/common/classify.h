// A classifier's answers to a list of labelled sentences, and what they are worth.
#pragma once
#include <torch/types.h>

#include <vector>

#include "albef/data/labelled_list.h"
#include "albef/data/pictures.h"
#include "albef/model/classifier.h"
#include "albef/model/compute.h"
#include "albef/tasks/common/settings.h"
#include "albef/text/caption.h"
#include "albef/train/task.h"

namespace albef {

struct ClassifyOptions {
  int64_t batch_size = 64;  ///< sentences at once
  int64_t loader_threads = 2;
  ComputeOptions compute = {};
};

/// Answers to the list's examples, in their order.
struct Answers {
  torch::Tensor probabilities;   ///< [N, classes] float32 on the host
  std::vector<int64_t> classes;  ///< [N] the likeliest; of equal ones the first
};

/// `parts`: model->online or ->momentum, whose module must be in eval mode. A picture that several sentences in a row
/// are about is encoded once. Error naming a picture that cannot be read.
Answers classify(ClassifierParts& parts, const LabelledList& list, const CaptionEncoder& encoder, Pictures& pictures,
                 const ClassifyOptions& options, torch::Device device);

/// [classes][classes] counts: row the label, column the answer.
std::vector<std::vector<int64_t>> confusion(const LabelledList& list, const Answers& answers);

/// Percent of the examples that are right.
double accuracy(const LabelledList& list, const Answers& answers);

/// Percent of the sentences that are right wherever they stand (NLVR2's consistency).
double consistency(const LabelledList& list, const Answers& answers);

}  // namespace albef
