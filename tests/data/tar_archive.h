// Tar archives (ustar) made by hand, so that tests can break them.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace albef {

class TarArchive {
 public:
  /// `kind`: '0' a file, '2' a link to `target`, '5' a folder. `claimed`: the size that the header gives.
  void add(const std::string& name, const std::string& content, char kind = '0', const std::string& target = "",
           int64_t claimed = -1) {
    char header[512] = {};
    std::snprintf(header, 100, "%s", name.c_str());
    std::snprintf(header + 100, 8, "0000644");
    std::snprintf(header + 108, 8, "0000000");
    std::snprintf(header + 116, 8, "0000000");
    std::snprintf(header + 124, 12, "%011llo",
                  static_cast<unsigned long long>(claimed < 0 ? static_cast<int64_t>(content.size()) : claimed));
    std::snprintf(header + 136, 12, "00000000000");
    std::memset(header + 148, ' ', 8);
    header[156] = kind;
    std::snprintf(header + 157, 100, "%s", target.c_str());
    std::memcpy(header + 257,
                "ustar\0"
                "00",
                8);
    unsigned sum = 0;
    for (const unsigned char byte : header) sum += byte;
    std::snprintf(header + 148, 8, "%06o", sum);
    bytes_.append(header, sizeof header);
    bytes_ += content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
  }

  std::string unfinished() const { return bytes_; }
  std::string bytes() const { return bytes_ + std::string(1024, '\0'); }  ///< with the end mark

 private:
  std::string bytes_;
};

}  // namespace albef
