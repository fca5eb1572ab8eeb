#include "albef/tasks/common/sample_scores.h"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/rng.h"

namespace albef {
namespace {

constexpr int kResamples = 10'000;
constexpr uint64_t kSeed = 95;

using Column = std::map<uint64_t, double>;  // by the number of the sample
using Table = std::map<std::string, Column>;

Table table_of(const SampleLines& lines) {
  Table table;
  for (uint64_t n = 0; n < lines.size(); ++n) {
    for (const auto& [metric, score] : lines[n].at("scores").items()) table[metric][n] = score.get<double>();
  }
  return table;
}

Estimate estimate(const std::vector<double>& values, const std::string& metric) {
  const auto count = static_cast<double>(values.size());
  Rng rng(Purpose::kBootstrap, {kSeed, mix_bytes(metric)});
  std::vector<double> means;
  for (int i = 0; i < kResamples; ++i) {
    double sum = 0;
    for (size_t n = 0; n < values.size(); ++n) sum += values[rng.below(values.size())];
    means.push_back(100 * sum / count);
  }
  std::sort(means.begin(), means.end());
  return {.mean = 100 * std::accumulate(values.begin(), values.end(), 0.0) / count,
          .low = means[static_cast<size_t>(0.025 * kResamples)],
          .high = means[static_cast<size_t>(0.975 * kResamples)],
          .samples = std::ssize(values)};
}

}  // namespace

void write_sample_lines(const std::filesystem::path& path, const SampleLines& lines) {
  write_atomically(path, [&](std::ostream& out) {
    for (const auto& line : lines) out << line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
  });
}

SampleLines read_sample_lines(const std::filesystem::path& path) {
  std::istringstream text(read_file(path));
  SampleLines lines;
  for (std::string line; std::getline(text, line);) {
    const auto where = str(path.string(), ":", lines.size() + 1);
    try {
      lines.push_back(OrderedJson::parse(line));
    } catch (const OrderedJson::exception& error) {
      fail(where, ": is no JSON: ", json_fault(error));
    }
    const auto& scores = lines.back().is_object() ? lines.back().value("scores", OrderedJson()) : OrderedJson();
    const bool sound = scores.is_object() && std::all_of(scores.begin(), scores.end(), [](const OrderedJson& score) {
                         return score.is_number() && score.get<double>() >= 0 && score.get<double>() <= 1;
                       });
    if (!lines.back().is_object() || !lines.back().contains("sample") || !lines.back().at("sample").is_string())
      fail(where, ": has no text \"sample\"; expected a line of `albef eval --samples`");
    if (!sound) fail(where, ": has no \"scores\" from 0 to 1; expected a line of `albef eval --samples`");
  }
  if (lines.empty()) fail(path.string(), ": is empty; expected lines of `albef eval --samples`");
  return lines;
}

std::map<std::string, Estimate> estimates(const SampleLines& lines) {
  std::map<std::string, Estimate> found;
  for (const auto& [metric, column] : table_of(lines)) {
    std::vector<double> values;
    for (const auto& [sample, score] : column) values.push_back(score);
    found[metric] = estimate(values, metric);
  }
  return found;
}

OrderedJson estimates_json(const std::map<std::string, Estimate>& estimates) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [metric, e] : estimates)
    json[metric] = {{"mean", e.mean}, {"low", e.low}, {"high", e.high}, {"samples", e.samples}};
  return json;
}

void check_same_samples(const SampleLines& lines, const std::vector<std::string>& samples, const std::string& where) {
  if (lines.size() != samples.size())
    fail(where, ": has ", lines.size(), " samples, this evaluation ", samples.size(), "; expected the same list");
  for (size_t n = 0; n < samples.size(); ++n) {
    const auto theirs = lines[n].at("sample").get<std::string>();
    if (theirs != samples[n]) {
      fail(where, ":", n + 1, ": is of another sample (", printable(theirs), ") than this evaluation's (",
           printable(samples[n]), "); expected the same list");
    }
  }
}

std::map<std::string, Estimate> differences(const SampleLines& ours, const SampleLines& theirs,
                                            const std::string& where) {
  std::vector<std::string> samples;
  for (const auto& line : ours) samples.push_back(line.at("sample").get<std::string>());
  check_same_samples(theirs, samples, where);
  const auto a = table_of(ours), b = table_of(theirs);
  std::map<std::string, Estimate> found;
  for (const auto& [metric, column] : a) {
    const auto other = b.find(metric);
    if (other == b.end()) continue;
    std::vector<double> values;
    for (const auto& [sample, score] : column) {
      if (const auto same = other->second.find(sample); same != other->second.end())
        values.push_back(score - same->second);
    }
    if (!values.empty()) found[metric] = estimate(values, metric);
  }
  if (found.empty()) fail(where, ": has no metric in common with this evaluation");
  return found;
}

}  // namespace albef
