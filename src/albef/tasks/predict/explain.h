// Where a model looks for each word of a sentence (paper §5, figure 5; the authors' visualize.ipynb).
#pragma once
#include <string>
#include <vector>

#include "albef/model/albef.h"
#include "albef/model/compute.h"
#include "albef/tasks/grounding/eval.h"
#include "albef/text/tokenizer.h"

namespace albef {

struct ExplainedWord {
  std::string word;   ///< its pieces put together
  torch::Tensor map;  ///< [G, G] float32 on the host, the mean of its pieces'
};

struct Explanation {
  double similarity = 0;   ///< cosine of the features (ITC)
  double probability = 0;  ///< of ITM's class "match"; 0 by ITC, which does not look at it
  torch::Tensor map = {};  ///< [G, G] of the whole sentence: by ITM the mean over its tokens, [CLS] among them
  std::vector<ExplainedWord> words = {};  ///< none by ITC, which asks for the sentence as a whole
  int64_t layer = 0;                      ///< that was looked at
};

/// `pixels` [1, R, R, 3] uint8 of the picture, `ids` of the sentence, [CLS] first. Of `options` the mode and the layer
/// count. Error for a layer that the model has not; the model is in eval mode.
Explanation explain(Albef& model, Encoders& encoders, const torch::Tensor& pixels, const std::vector<int64_t>& ids,
                    const Vocabulary& vocabulary, const HeatOptions& options, torch::Device device);

struct ExplainPageOptions {
  int side = 256;                                             ///< of a panel: pixels of the picture's longer side
  std::string picture_name = {}, text = {}, checkpoint = {};  ///< as the user gave them
};

/// The picture, the sentence's heat and each word's, side by side, labelled; a PNG file's bytes.
std::string explanation_png(const Explanation& explanation, const Image& picture, const ExplainPageOptions& options);
/// The same as a page that needs nothing beside itself.
std::string explanation_html(const Explanation& explanation, const Image& picture, const ExplainPageOptions& options);

}  // namespace albef
