#include "albef/train/metrics_log.h"

#include <cstdio>
#include <fstream>
#include <string_view>

#include "albef/base/error.h"
#include "albef/base/files.h"

namespace albef {

std::vector<OrderedJson> read_metrics(const std::filesystem::path& path) {
  std::vector<OrderedJson> lines;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return lines;
  const std::string text = read_file(path, uint64_t{1} << 30);
  size_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    const bool whole = end != std::string::npos;
    const auto line = std::string_view(text).substr(begin, whole ? end - begin : std::string::npos);
    begin = whole ? end + 1 : text.size();
    ++number;
    auto json = OrderedJson::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("step") && json.at("step").is_number()) {
      lines.push_back(std::move(json));
    } else if (whole) {
      fail(path.string(), ":", number,
           ": is no line of a run's metrics, expected an object with `step`: ", printable(std::string(line), 40));
    }
  }
  return lines;
}

void append_metrics(const std::filesystem::path& path, const OrderedJson& line) {
  std::ofstream out(path, std::ios::app);
  out << line.dump() << "\n";
  out.flush();
  if (!out) fail(path.string(), ": cannot be written (is the disk full?)");
}

std::string brief(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace albef
