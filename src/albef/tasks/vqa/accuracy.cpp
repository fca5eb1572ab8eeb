#include "albef/tasks/vqa/accuracy.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <unordered_map>

#include "albef/base/error.h"
#include "albef/text/unicode.h"

namespace albef {
namespace {

constexpr std::string_view kMarks = ";/[]\"{}()=+\\_-><@`,?!";
constexpr int kMostPeriods = 32;  // the official code hands the flag re.UNICODE, 32, over as the number of replacements

// Of the official table 113 of 120 entries are these words with one apostrophe left out: hed've, he'dve. Of the others
// one is irregular, two change nothing, and four have a capital I, which no lower-cased word has.
constexpr const char* kContractions =
    "'ow's'at 'twas ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't "
    "haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am might've mightn't mightn't've must've "
    "mustn't needn't not've o'clock oughtn't shan't she'd've should've shouldn't shouldn't've somebody'd've "
    "somebody'll somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll "
    "that's there'd there'd've there're there's they'd they'd've they'll they're they've wasn't we'd've we've weren't "
    "what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're "
    "why's won't would've wouldn't wouldn't've y'all y'all'd've y'all'll you'd you'd've you'll you're you've";

using Words = std::unordered_map<std::string, std::string>;

Words contractions() {
  Words words = {{"somebody'd", "somebodyd"}};
  std::istringstream right(kContractions);
  for (std::string word; right >> word;) {
    for (size_t at = word.find('\''); at != std::string::npos; at = word.find('\'', at + 1)) {
      words.emplace(std::string(word).erase(at, 1), word);
    }
  }
  return words;
}

const std::string& replaced(const Words& words, const std::string& word) {
  const auto found = words.find(word);
  return found == words.end() ? word : found->second;
}

bool is_article(const std::string& word) {
  return word == "a" || word == "an" || word == "the";
}

bool digit_at(std::string_view text, size_t at) {
  return at < text.size() && unicode::is_digit(unicode::next(text, at));
}

bool has_comma_between_digits(std::string_view text) {
  bool after_digit = false;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = unicode::next(text, at);
    if (c == ',' && after_digit && digit_at(text, at)) return true;
    after_digit = unicode::is_digit(c);
  }
  return false;
}

std::string without_periods(std::string_view text) {
  std::string out;
  int deleted = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_deleted = text[at] == '.' && deleted < kMostPeriods && !digit_at(text, at + 1);
    if (is_deleted) {
      ++deleted;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string_view stripped(std::string_view text) {
  size_t start = text.size(), end = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t first = at;
    if (unicode::is_space(unicode::next(text, at))) continue;
    start = std::min(start, first);
    end = at;
  }
  return start < end ? text.substr(start, end - start) : std::string_view();
}

/// Between white space.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const size_t first = at;
    const bool space = unicode::is_space(unicode::next(text, at));
    if (!space && !inside) words.emplace_back();
    if (!space) words.back() += text.substr(first, at - first);
    inside = !space;
  }
  return words;
}

/// As Python's round(value, 2), which decides by the exact value of the double; value * 100 would have another.
double two_decimals(double value) {
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return std::strtod(text.data(), nullptr);
}

}  // namespace

std::string without_punctuation(std::string_view answer) {
  const bool comma_between_digits = has_comma_between_digits(answer);
  std::array<bool, 128> deleted = {};
  for (const char mark : kMarks) {
    const std::string before = {mark, ' '}, after = {' ', mark};
    deleted.at(static_cast<size_t>(mark)) = comma_between_digits || answer.find(before) != std::string_view::npos ||
                                            answer.find(after) != std::string_view::npos;
  }
  std::string out;
  for (const char c : answer) {
    if (kMarks.find(c) == std::string_view::npos) {
      out += c;
    } else if (!deleted.at(static_cast<size_t>(c))) {
      out += ' ';
    }
  }
  return without_periods(out);
}

std::string normalise_answer(std::string_view answer) {
  static const Words kNumbers = {{"none", "0"},  {"zero", "0"},  {"one", "1"},  {"two", "2"},
                                 {"three", "3"}, {"four", "4"},  {"five", "5"}, {"six", "6"},
                                 {"seven", "7"}, {"eight", "8"}, {"nine", "9"}, {"ten", "10"}};
  static const Words kWithApostrophes = contractions();
  std::string text(answer);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  std::string out;
  for (const auto& spoken : words_of(unicode::lower(without_punctuation(stripped(text))))) {
    const auto& word = replaced(kNumbers, spoken);
    if (!is_article(word)) out += (out.empty() ? "" : " ") + replaced(kWithApostrophes, word);
  }
  return out;
}

double question_accuracy(const std::vector<std::string>& given, std::string_view answer) {
  if (given.empty()) fail("a question without answers has no accuracy");
  const std::string ours = normalise_answer(answer);
  if (given.size() == 1) return normalise_answer(given[0]) == ours ? 1 : 0;
  const bool differ = std::any_of(given.begin(), given.end(), [&](const auto& text) { return text != given[0]; });
  std::vector<bool> matches;
  for (const auto& text : given) matches.push_back((differ ? without_punctuation(text) : text) == ours);
  const auto matching = std::count(matches.begin(), matches.end(), true);
  const double enough = std::min<double>(3, static_cast<double>(given.size() - 1));
  double sum = 0;
  for (const bool match : matches) sum += std::min(1.0, static_cast<double>(matching - (match ? 1 : 0)) / enough);
  return sum / static_cast<double>(given.size());
}

double rounded_percent(double share) {
  return two_decimals(100 * share);
}

void VqaAccuracyMeans::add(const std::string& question_type, const std::string& answer_type, double accuracy) {
  const auto count = [accuracy](Mean& mean) {
    mean.first += accuracy;
    ++mean.second;
  };
  count(overall_);
  if (!question_type.empty()) count(per_question_type_[question_type]);
  if (!answer_type.empty()) count(per_answer_type_[answer_type]);
}

VqaAccuracy VqaAccuracyMeans::percent() const {
  // In the official order of operations: 100 times the sum, then divided.
  const auto percent = [](const Mean& mean) {
    return mean.second == 0 ? 0 : two_decimals(100 * mean.first / static_cast<double>(mean.second));
  };
  VqaAccuracy result{.questions = overall_.second, .overall = percent(overall_)};
  for (const auto& [type, mean] : per_question_type_) result.per_question_type[type] = percent(mean);
  for (const auto& [type, mean] : per_answer_type_) result.per_answer_type[type] = percent(mean);
  return result;
}

}  // namespace albef
