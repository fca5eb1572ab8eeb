#include "albef/tasks/vqa/generate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "albef/model/decoding.h"

namespace albef {
namespace {

// A beginning of an answer.
struct Beam {
  std::vector<int64_t> ids;
  double log_p = 0;
  int64_t row = 0;  // of its last token in the last call of Decoding::next()
};

struct QuestionBeams {
  std::vector<Beam> open;
  std::vector<WrittenAnswer> ended;
};

class BeamSearch {
 public:
  BeamSearch(TextEncoder& decoder, const std::vector<KeyValues>& question_keys, const GenerateOptions& options)
      : decoder_(decoder),
        options_(options),
        decoding_(decoder, question_keys),
        questions_(static_cast<size_t>(question_keys.at(0).key.size(0)), QuestionBeams{{Beam{}}, {}}) {
    const int64_t rows = decoder->options().vocab_size;
    vocabulary_ = options.vocabulary > 0 ? std::min(options.vocabulary, rows) : rows;
  }

  std::vector<std::vector<WrittenAnswer>> run() {
    for (int64_t length = 0; length < options_.max_tokens && step(length); ++length) {
    }
    std::vector<std::vector<WrittenAnswer>> answers;
    for (auto& question : questions_) {
      for (const auto& beam : question.open) keep(question, beam.ids, beam.log_p, std::ssize(beam.ids));
      std::stable_sort(question.ended.begin(), question.ended.end(),
                       [](const WrittenAnswer& a, const WrittenAnswer& b) { return a.score > b.score; });
      TORCH_CHECK(!question.ended.empty(), "generate_answers: there is no token that may be written");
      question.ended.resize(std::min(question.ended.size(), static_cast<size_t>(options_.beams)));
      answers.push_back(std::move(question.ended));
    }
    return answers;
  }

 private:
  // The next token of all open beams, which have `length` so far. False where none is open.
  bool step(int64_t length) {
    std::vector<int64_t> ids, before, which;
    for (size_t q = 0; q < questions_.size(); ++q) {
      for (auto& beam : questions_[q].open) {
        ids.push_back(length == 0 ? options_.start : beam.ids.back());
        if (length > 0) before.push_back(beam.row);
        which.push_back(static_cast<int64_t>(q));
        beam.row = std::ssize(ids) - 1;
      }
    }
    if (ids.empty()) return false;
    const auto log_p = next_log_probabilities(decoding_.next(ids, before, which), length);
    for (auto& question : questions_) {
      if (!question.open.empty()) go_on(question, log_p);
    }
    return true;
  }

  // [rows, vocabulary] on the host; -inf for what may not be written there.
  torch::Tensor next_log_probabilities(const torch::Tensor& states, int64_t length) {
    auto log_p = torch::log_softmax(decoder_->mlm_logits(states).to(torch::kFloat).narrow(1, 0, vocabulary_), 1);
    constexpr auto kNever = -std::numeric_limits<double>::infinity();
    for (const int64_t id : options_.forbidden) log_p.select(1, id).fill_(kNever);
    if (length > 0) return log_p;
    log_p.select(1, options_.end).fill_(kNever);  // an empty answer is none
    if (!options_.not_first.empty()) log_p.index_fill_(1, to_device(options_.not_first, log_p.device()), kNever);
    return log_p;
  }

  void go_on(QuestionBeams& question, const torch::Tensor& log_p) {
    const auto first = question.open.front().row, count = std::ssize(question.open);
    std::vector<double> so_far;
    for (const auto& beam : question.open) so_far.push_back(beam.log_p);
    const auto sums = log_p.narrow(0, first, count).to(torch::kCPU, torch::kDouble) +
                      torch::tensor(so_far, torch::kDouble).unsqueeze(1);
    const auto [best, place] = sums.flatten().topk(std::min(2 * options_.beams, sums.numel()));
    std::vector<Beam> open;
    for (int64_t i = 0; i < best.size(0); ++i) {
      const auto sum = best[i].item<double>();
      if (std::isinf(sum)) break;
      const int64_t at = place[i].item<int64_t>(), token = at % vocabulary_;
      const auto& beam = question.open[static_cast<size_t>(at / vocabulary_)];
      if (token == options_.end) {
        if (i < options_.beams) keep(question, beam.ids, sum, std::ssize(beam.ids) + 1);
      } else if (std::ssize(open) < options_.beams) {
        open.push_back({beam.ids, sum, beam.row});
        open.back().ids.push_back(token);
      }
    }
    question.open = std::ssize(question.ended) < options_.beams ? std::move(open) : std::vector<Beam>{};
  }

  void keep(QuestionBeams& question, const std::vector<int64_t>& ids, double log_p, int64_t tokens) const {
    question.ended.push_back({ids, log_p / std::pow(static_cast<double>(tokens), options_.length_penalty)});
  }

  TextEncoder& decoder_;
  const GenerateOptions& options_;
  Decoding decoding_;
  std::vector<QuestionBeams> questions_;
  int64_t vocabulary_ = 0;
};

}  // namespace

std::vector<std::vector<WrittenAnswer>> generate_answers(TextEncoder& decoder,
                                                         const std::vector<KeyValues>& question_keys,
                                                         const GenerateOptions& options) {
  TORCH_CHECK(options.beams > 0 && options.max_tokens > 0, "generate_answers: ", options.beams, " beams of ",
              options.max_tokens, " tokens");
  TORCH_CHECK(options.max_tokens < decoder->options().max_position_embeddings, "generate_answers: ", options.max_tokens,
              " tokens and the start, but positions for ", decoder->options().max_position_embeddings);
  const torch::NoGradGuard no_grad;
  return BeamSearch(decoder, question_keys, options).run();
}

}  // namespace albef
