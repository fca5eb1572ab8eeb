// What reads weights. An input that is no archive is taken for the pickle of one, and one that begins with { for the
// header of a safetensors file, so that alterations get behind checksums and lengths.
#include "../io/support.h"
#include "albef/io/pth.h"
#include "albef/io/safetensors.h"
#include "albef/io/weights.h"
#include "fuzz.h"

extern "C" const char* __lsan_default_options() {  // LibTorch keeps some memory until the end
  return "detect_leaks=0";
}

namespace albef::fuzz {
namespace {

constexpr uint64_t kMost = uint64_t{32} << 10;

Kind pth() {
  std::vector<std::string> seeds = files_of("io/samples", {".pth"}, kMost);
  for (const char* name : {"protocol2.pth", "protocol3.pth", "protocol4.pth", "protocol5.pth"}) {
    seeds.push_back(testing::zip_record(testing::kSamples / name, "data.pkl"));
  }
  return {"pth",
          seeds,
          {"ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nFloatStorage\n", "ccollections\nOrderedDict\n", "R", "Q",
           "t", "(", "]", "}", "\x80\x02", "\x8a\x08", "N", "h\x01", "q\x01", "X\xff\xff\xff\x7f", ".", "PK\x01\x02",
           "PK\x05\x06"},
          [](const std::string& bytes) {
            const std::string archive =
                bytes.starts_with("PK") ? bytes
                                        : testing::zip_of({{"a/data.pkl", bytes}, {"a/data/0", std::string(64, '\0')}});
            const std::string path = as_file(archive);
            read_pth(path);
            read_weights(path);
          }};
}

Kind safetensors() {
  std::vector<std::string> seeds = files_of("io/samples", {".safetensors"}, kMost);
  const std::string& sample = seeds.front();
  uint64_t header = 0;
  for (int i = 7; i >= 0; --i) header = header << 8 | static_cast<uint8_t>(sample[static_cast<size_t>(i)]);
  seeds.push_back(sample.substr(8));
  return {"safetensors",
          seeds,
          {"\"dtype\":\"F32\",", "\"shape\":[", "\"data_offsets\":[0,", "__metadata__", "NaN", "1e999", "{", "[", "]",
           "}", "\"", ",", "-1", "18446744073709551615", "9223372036854775807", "\\ud800"},
          [header](const std::string& bytes) {
            const bool bare = bytes.starts_with("{");
            std::string length;
            const uint64_t end = bare ? bytes.rfind("}}") : 0;
            for (int i = 0; i < 8; ++i) {
              length += static_cast<char>((end == std::string::npos ? header : end + 2) >> (8 * i));
            }
            const std::string file = bare ? length + bytes : bytes;
            const std::string path = as_file(file);
            read_safetensors(path);
            read_weights(path);
          }};
}

}  // namespace
}  // namespace albef::fuzz

int main(int argc, char** argv) {
  using namespace albef::fuzz;
  return run(argc, argv, {pth, safetensors});
}
