#include "albef/io/pth_writer.h"

#include <torch/torch.h>

#include <fstream>

#include "albef/io/zip.h"
#include "albef/io/zip_writer.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

PthValue sample() {
  PthValue::Dict tensors;
  for (const auto& [name, tensor] : sample_tensors()) tensors.push_back(pth_entry(name, {tensor}));
  const auto base = torch::arange(12, torch::kFloat).view({3, 4});
  tensors.push_back(pth_entry("tied", {base}));
  tensors.push_back(pth_entry("tied again", {base}));
  tensors.push_back(pth_entry("transposed", {base.t()}));
  tensors.push_back(pth_entry("tail", {base.slice(0, 1)}));
  const auto plain = OrderedJson::parse(
      R"({"numbers": [0, 255, 256, -1, -2147483648, 2147483648, -9223372036854775808, 9223372036854775807, 0.5, -1e300],
          "nothing": null, "flags": [true, false], "text": "naïve ☃", "nested": {"": [[], {}, [1, [2]]]}})");
  return {PthValue::Dict{pth_entry("model", {std::move(tensors)}),
                         pth_entry("config", from_json(plain)),
                         {PthValue{int64_t{7}}, PthValue{std::string("seven")}}}};
}

TEST(PthWriter, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const PthValue value = sample();
  write_pth(folder / "a.pth", value);
  const PthValue read = read_pth(folder / "a.pth");
  EXPECT_EQ(to_json(read).dump(), to_json(value).dump());
  const auto got = state_dict_of(read, "read");
  expect_equal(got, state_dict_of(value, "value"));
  EXPECT_EQ(got.at("tied").data_ptr(), got.at("tied again").data_ptr()) << "shared memory is shared in the file";
  EXPECT_NE(got.at("tied").data_ptr(), got.at("transposed").data_ptr());
}

TEST(PthWriter, TheSameValueGivesTheSameBytesWhateverTheName) {
  const TemporaryFolder folder;
  write_pth(folder / "a.pth", sample());
  write_pth(folder / "b.pth", sample());
  EXPECT_EQ(content(folder / "a.pth"), content(folder / "b.pth"));
}

TEST(PthWriter, RecordsAreThoseOfTorchAndAligned) {
  const TemporaryFolder folder;
  write_pth(folder / "a.pth", sample());
  const ZipFile zip(folder / "a.pth");
  for (const char* name : {"data.pkl", "byteorder", "version", "data/0", ".data/serialization_id"})
    EXPECT_TRUE(zip.records().contains(std::string("archive/") + name)) << name;
  const std::string bytes = content(folder / "a.pth");
  for (const auto& [name, record] : zip.records()) {
    const auto two = [&](uint64_t at) {
      return static_cast<unsigned char>(bytes[at]) + 256U * static_cast<unsigned char>(bytes[at + 1]);
    };
    EXPECT_EQ((record.offset + 30 + two(record.offset + 26) + two(record.offset + 28)) % 64, 0U) << name;
  }
}

TEST(PthWriter, AFailureNamesThePlaceAndLeavesNothing) {
  const TemporaryFolder folder;
  const PthValue value{PthValue::Dict{pth_entry("w", {torch::zeros({2}, torch::kComplexFloat)})}};
  EXPECT_NE(error_of([&] { write_pth(folder / "a.pth", value); }).find("ComplexFloat"), std::string::npos);
  EXPECT_NE(error_of([&] { write_pth(folder / "no/a.pth", sample()); }).find("no/a.pth"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(ZipWriter, ArchivesInSixtyFourBitsAreReadBack) {
  const TemporaryFolder folder;
  for (const bool wide : {false, true}) {
    std::ofstream out(folder / "a.zip", std::ios::binary);
    ZipWriter zip(out, "a", wide);
    zip.add("one", std::string("1"));
    zip.add("empty", std::string());
    zip.add("many", std::string(1000, 'x'));
    zip.finish();
    out.close();
    EXPECT_EQ(zip_record(folder / "a.zip", "a/many"), std::string(1000, 'x'));
    const ZipFile read(folder / "a.zip");
    ASSERT_EQ(read.records().size(), 3U);
    std::string one(1, ' ');
    read.read(read.records().at("a/one"), one.data());
    EXPECT_EQ(one, "1");
  }
}

}  // namespace
}  // namespace albef
