#include "albef/io/safetensors.h"

#include <sys/resource.h>
#include <torch/torch.h>

#include <csignal>

#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

/// A file with this header and so many bytes of data.
std::string file_of(const std::string& header, size_t data_bytes) {
  std::string file(8, '\0');
  for (size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i));
  return file + header + std::string(data_bytes, '\1');
}

TEST(Safetensors, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a.safetensors", sample_tensors(), {{"config", "lr: 1\n\"naïve\""}});
  const TensorFile file = read_safetensors(folder / "a.safetensors");
  expect_equal(file.tensors, sample_tensors());
  EXPECT_EQ(file.metadata.at("config"), "lr: 1\n\"naïve\"");
  EXPECT_EQ(read_safetensors_metadata(folder / "a.safetensors"), file.metadata);
  EXPECT_EQ(verify_safetensors(folder / "a.safetensors"), file.metadata);
  EXPECT_EQ(read_safetensors_header(folder / "a.safetensors").tensors.at("flags").shape, std::vector<int64_t>{3});
}

TEST(Safetensors, SameTensorsGiveTheSameBytes) {
  const TemporaryFolder folder;
  const auto first = write_safetensors(folder / "a", sample_tensors(), {{"b", "2"}, {"a", "1"}});
  const auto second = write_safetensors(folder / "b", sample_tensors(), {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(first, second);
  EXPECT_EQ(content(folder / "a"), content(folder / "b"));
}

TEST(Safetensors, AlignsDataAndEveryTensor) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", sample_tensors());
  const auto header = read_safetensors_header(folder / "a");
  EXPECT_EQ(header.data_offset % 8, 0u);
  for (const auto& [name, info] : header.tensors) {
    EXPECT_EQ(info.begin % static_cast<uint64_t>(torch::elementSize(info.dtype)), 0u) << name;
  }
}

TEST(Safetensors, ReadsWhatPythonWrote) {
  const TensorFile file = read_safetensors(kSamples / "python.safetensors");
  EXPECT_EQ(file.tensors.size(), 15u);
  EXPECT_EQ(file.metadata.at("note"), "naïve");
  EXPECT_TRUE(torch::equal(file.tensors.at("transposed"), torch::arange(12, torch::kFloat).view({3, 4}).t()));
  EXPECT_EQ(file.tensors.at("bfloat16")[1].item<float>(), 3.0f);
  EXPECT_EQ(file.tensors.at("long").item<int64_t>(), -(int64_t{1} << 62));
  for (const auto& entry : fs::directory_iterator(kGoldens)) {
    if (entry.path().extension() != ".safetensors") continue;
    EXPECT_FALSE(read_safetensors(entry.path()).tensors.empty());
  }
}

TEST(Safetensors, AnyAlteredByteOfOursIsAnError) {
  const TemporaryFolder folder;
  write_safetensors(folder / "whole", {{"w", torch::ones({5})}, {"flag", torch::tensor({true})}}, {{"note", "some"}});
  const std::string whole = content(folder / "whole");
  std::vector<std::string> accepted;
  count_accepted(whole, 1, [&](const std::string& spoilt) {
    write(folder / "spoilt", spoilt);
    read_safetensors(folder / "spoilt");
    accepted.push_back(spoilt);
  });
  // What remains is the name of the checksum itself: a file without it is somebody else's, its tensors are as they
  // were.
  for (const std::string& spoilt : accepted) {
    EXPECT_EQ(spoilt.find(kChecksumKey), std::string::npos);
    EXPECT_EQ(spoilt.substr(spoilt.size() - 21), whole.substr(whole.size() - 21));
  }
}

TEST(Safetensors, VerifyRefusesWhatReadingRefuses) {
  const TemporaryFolder folder;
  write_safetensors(folder / "whole", {{"w", torch::ones({5})}});
  std::string spoilt = content(folder / "whole");
  spoilt.back() = '\x7f';
  write(folder / "spoilt", spoilt);
  EXPECT_NE(error_of([&] { verify_safetensors(folder / "spoilt"); }).find("damaged"), std::string::npos);
  EXPECT_NE(error_of([&] { read_safetensors(folder / "spoilt"); }).find("spoilt"), std::string::npos);
}

TEST(Safetensors, HostileHeadersAreErrors) {
  const TemporaryFolder folder;
  const auto entry = [](const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  const std::vector<std::pair<std::string, size_t>> cases = {
      {"", 0},
      {"{", 0},
      {"[]", 0},
      {"{}", 4},
      {R"({"w":1})", 0},
      {R"({"w":{}})", 0},
      {R"({"__metadata__":1})", 0},
      {R"({"__metadata__":{"a":1}})", 0},
      {entry("[1]", "[0,4]", "F8"), 4},
      {entry("[1]", "[0,4]", "FloatStorage"), 4},
      {entry("[-1]", "[0,4]"), 4},
      {entry("[1.5]", "[0,4]"), 4},
      {entry("[1]", "[0,8]"), 8},
      {entry("[1]", "[4,0]"), 4},
      {entry("[1]", "[4,8]"), 8},                                      // a hole in front
      {entry("[1]", "[0,4]"), 8},                                      // bytes left over
      {entry("[1]", "[0,4]"), 3},                                      // cut short
      {entry("[4611686018427387904,4]", "[0,0]"), 0},                  // 2^64 elements
      {entry("[0,4611686018427387904,4]", "[0,0]"), 0},                // none, but such strides
      {entry("[2305843009213693951]", "[0,9223372036854775804]"), 4},  // 8 EB
      {entry("[18446744073709551615]", "[0,4]"), 4},
      {entry(
           "[1" + std::string(80, ' ') + ",1" +
               [] {
                 std::string s;
                 for (int i = 0; i < 64; ++i) s += ",1";
                 return s;
               }() +
               "]",
           "[0,4]"),
       4},
      {R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}})",
       4},
      {R"({"a":)" + std::string(100000, '['), 0},
      {entry("[1]", "[0,1]", "BOOL").append(" "), 0},
  };
  for (const auto& [header, bytes] : cases) {
    write(folder / "hostile", file_of(header, bytes));
    error_of([&] { read_safetensors(folder / "hostile"); });
    error_of([&] { read_safetensors_header(folder / "hostile"); });
  }
  write(folder / "hostile", std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10));
  error_of([&] { read_safetensors(folder / "hostile"); });
  std::string strange = file_of(entry("[1]", "[0,1]", "BOOL"), 1);
  strange.back() = '\2';
  write(folder / "hostile", strange);
  EXPECT_NE(error_of([&] { read_safetensors(folder / "hostile"); }).find("BOOL"), std::string::npos);
}

TEST(Safetensors, MetadataOfNullIsNoMetadata) {  // as the Python package reads it
  const TemporaryFolder folder;
  write(folder / "a", file_of(R"({"__metadata__":null,"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2));
  const TensorFile file = read_safetensors(folder / "a");
  EXPECT_TRUE(file.metadata.empty());
  EXPECT_TRUE(torch::equal(file.tensors.at("w"), torch::ones(2, torch::kByte)));
}

TEST(Safetensors, ATypeThatCannotBeReadIsNoDamage) {
  const TemporaryFolder folder;
  write(folder / "a", file_of(R"({"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", 2));
  const std::string message = error_of([&] { read_safetensors(folder / "a"); });
  EXPECT_NE(message.find("tensor w has type \"F8_E4M3\""), std::string::npos) << message;
  EXPECT_EQ(message.find("damaged"), std::string::npos) << message;
}

TEST(Safetensors, NamesTheFileThatIsNotThere) {
  EXPECT_NE(error_of([] { read_safetensors("/nowhere/a.safetensors"); }).find("/nowhere/a.safetensors"),
            std::string::npos);
  EXPECT_NE(error_of([] { read_safetensors(kSamples); }).find("folder"), std::string::npos);
}

TEST(Safetensors, RefusesToWriteWhatTheFormatCannotHold) {
  const TemporaryFolder folder;
  error_of([&] { write_safetensors(folder / "a", {{"z", torch::zeros({1}, torch::kComplexFloat)}}); });
  error_of([&] { write_safetensors(folder / "a", {{"bad\xff", torch::zeros({1})}}); });
  EXPECT_FALSE(fs::exists(folder / "a"));
}

TEST(Safetensors, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", {{"w", torch::ones({5})}});
  const std::string before = content(folder / "a");
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{1 << 16, old.rlim_max};  // stands for a full disk: writes beyond fail
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = error_of([&] { write_safetensors(folder / "a", {{"w", torch::ones({1 << 18})}}); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find((folder / "a").string()), std::string::npos) << message;
  EXPECT_EQ(content(folder / "a"), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace albef
