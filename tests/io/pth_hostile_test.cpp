// Archives and pickles made to break a reader: each must end in albef::Error.
#include <torch/torch.h>

#include "albef/io/pth.h"
#include "support.h"

namespace albef {
namespace {

using namespace albef::testing;

/// Bytes of a pickle, written by hand.
std::string bytes(std::initializer_list<std::string> parts) {
  std::string all = std::string("\x80\x02", 2);
  for (const std::string& part : parts) all += part;
  return all + ".";
}
std::string text(const std::string& value) {
  return std::string("X") + static_cast<char>(value.size()) + std::string(3, '\0') + value;
}
std::string number(int64_t value) {
  std::string result = "\x8a\x08";
  for (int i = 0; i < 8; ++i) result += static_cast<char>(value >> (8 * i));
  return result;
}
std::string tuple(std::initializer_list<std::string> parts) {
  std::string all = "(";
  for (const std::string& part : parts) all += part;
  return all + "t";
}

/// Storage "0" of `count` floats, and a tensor on it.
std::string storage(int64_t count, const std::string& type = "FloatStorage", const std::string& key = "0") {
  return tuple({text("storage"), "ctorch\n" + type + "\n", text(key), text("cpu"), number(count)}) + "Q";
}
std::string tensor(const std::string& storage, int64_t offset, const std::string& shape, const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n" + tuple({storage, number(offset), shape, strides, "\x89", "N"}) + "R";
}

class Hostile : public ::testing::Test {
 protected:
  /// Reads the pickle beside a storage "0" of four floats.
  PthValue read(const std::string& pickle) {
    return read_archive(zip_of({{"a/data.pkl", pickle}, {"a/data/0", std::string(16, '\0')}}));
  }
  PthValue read_archive(const std::string& archive) {
    write(folder_ / "hostile.pth", archive);
    return read_pth(folder_ / "hostile.pth");
  }
  void expect_refused(const std::string& pickle, const std::string& with = "") {
    const std::string message = error_of([&] { read(pickle); });
    EXPECT_NE(message.find(with), std::string::npos) << message;
  }
  TemporaryFolder folder_;
};

TEST_F(Hostile, TheToolsOfThisTestMakeReadableFiles) {
  const PthValue value = read(bytes({tensor(storage(4), 1, tuple({number(3)}), tuple({number(1)}))}));
  EXPECT_EQ(value.get_if<torch::Tensor>()->numel(), 3);
}

TEST_F(Hostile, DirectoriesOfLargeArchivesAreRead) {
  const std::string pickle = bytes({tensor(storage(4), 1, tuple({number(3)}), tuple({number(1)}))});
  const std::string archive =
      zip_of({{"a/data.pkl", pickle}, {"a/data/0", std::string(16, '\1')}}, /*in_64_bits=*/true);
  EXPECT_EQ(read_archive(archive).get_if<torch::Tensor>()->numel(), 3);
  count_accepted(archive, 1, [&](const std::string& spoilt) { read_archive(spoilt); });
}

TEST_F(Hostile, CodeIsRefusedByName) {
  expect_refused(bytes({"cos\nsystem\n", tuple({text("echo")}), "R"}), "os.system");
  expect_refused(bytes({"cbuiltins\neval\n"}), "builtins.eval");
  expect_refused(bytes({text("posix"), text("system"), "\x93"}), "posix.system");
  expect_refused(bytes({"ctorch\nload\n"}), "torch.load");
  expect_refused(bytes({"ctorch\nComplexFloatStorage\n"}), "ComplexFloatStorage");
  expect_refused(bytes({"ctorch\nF32\n"}), "torch.F32");
  expect_refused(bytes({"ctorch\nFloatStorage\n)R"}), "cannot be called");
}

TEST_F(Hostile, TensorsOutsideTheirStorageAreRefused) {
  const auto refused = [&](int64_t offset, const std::string& shape, const std::string& strides) {
    expect_refused(bytes({tensor(storage(4), offset, shape, strides)}));
  };
  const int64_t huge = int64_t{1} << 62;
  refused(2, tuple({number(3)}), tuple({number(1)}));
  refused(0, tuple({number(3)}), tuple({number(2)}));
  refused(-1, tuple({number(1)}), tuple({number(1)}));
  refused(4, tuple({}), tuple({}));
  refused(5, tuple({number(0)}), tuple({number(1)}));
  refused(0, tuple({number(-1)}), tuple({number(1)}));
  refused(0, tuple({number(2)}), tuple({number(-1)}));
  refused(0, tuple({number(2), number(2)}), tuple({number(huge), number(huge)}));
  refused(huge, tuple({number(2)}), tuple({number(huge)}));
  refused(0, tuple({number(2)}), tuple({}));
  refused(0, number(2), number(1));
  refused(0, tuple({text("2")}), tuple({number(1)}));
}

TEST_F(Hostile, ExpandedTensorsAreReadAsTheyWereSaved) {
  const PthValue value =
      read(bytes({tensor(storage(4), 1, tuple({number(1000), number(3)}), tuple({number(0), number(1)}))}));
  const auto* expanded = value.get_if<torch::Tensor>();
  ASSERT_TRUE(expanded);
  EXPECT_EQ(expanded->sizes(), torch::IntArrayRef({1000, 3}));
  EXPECT_EQ(expanded->strides(), torch::IntArrayRef({0, 1}));
  EXPECT_EQ(expanded->storage().nbytes(), 16u) << "who copies pays";
  const PthValue windows =
      read(bytes({tensor(storage(4), 0, tuple({number(3), number(2)}), tuple({number(1), number(1)}))}));
  EXPECT_EQ(windows.get_if<torch::Tensor>()->numel(), 6);
  const PthValue none =
      read(bytes({tensor(storage(4), 0, tuple({number(0), number(9)}), tuple({number(0), number(0)}))}));
  EXPECT_EQ(none.get_if<torch::Tensor>()->numel(), 0);
}

TEST_F(Hostile, ExpandedTensorsThatWouldFillTheMemoryAreRefused) {
  const auto expanded = [](int64_t elements) {  // of 4 bytes each
    return tensor(storage(4), 0, tuple({number(elements)}), tuple({number(0)}));
  };
  const int64_t huge = int64_t{1} << 62;
  expect_refused(bytes({expanded(huge)}), "expanded");
  expect_refused(bytes({tensor(storage(4), 0, tuple({number(huge), number(4)}), tuple({number(0), number(0)}))}),
                 "expanded");
  expect_refused(bytes({expanded((int64_t{1} << 28) + 1)}), "expanded");
  read(bytes({expanded(int64_t{1} << 28)}));
  std::string many = "](";  // each small enough, but not together
  for (int i = 0; i < 257; ++i) many += expanded(1 << 20);
  expect_refused(bytes({many + "e"}), "expanded");
}

TEST_F(Hostile, QuantisedTensorsAreRefusedAsSuch) {
  for (const char* name : {"ctorch._utils\n_rebuild_qtensor\n", "ctorch\nQInt8Storage\n", "ctorch\nQUInt8Storage\n",
                           "ctorch\nqint8\n", "ctorch\nper_tensor_affine\n"})
    expect_refused(bytes({name}), "quantised");
}

TEST_F(Hostile, StoragesThatDoNotFitTheirRecordAreRefused) {
  const auto refused = [&](const std::string& storage) {
    expect_refused(bytes({tensor(storage, 0, tuple({number(1)}), tuple({number(1)}))}));
  };
  refused(storage(5));
  refused(storage(int64_t{1} << 60));
  refused(storage(4, "FloatStorage", "1"));
  refused(storage(4, "FloatStorage", "../data.pkl"));
  refused(storage(2, "DoubleStorage") + "0" + storage(4));  // one record with two types
  refused(number(1));
  refused(tuple({text("storage")}) + "Q");
  expect_refused(bytes({storage(4)}), "bare storage");
}

TEST_F(Hostile, DeepSharedAndCircularValuesAreRefused) {
  expect_refused(bytes({std::string(100000, ']'), std::string(99999, 'a')}), "deeper");
  expect_refused(bytes({"]q", std::string(1, '\0'), "h", std::string(1, '\0'), "a"}), "deeper");  // a list in itself
  std::string doubling = "]q" + std::string(1, '\0');  // each list holds the one before twice: 2^40 values
  for (int i = 1; i <= 40; ++i) {
    const std::string before(1, static_cast<char>(i - 1)), here(1, static_cast<char>(i));
    doubling += "0](h" + before + "h" + before + "eq" + here;
  }
  expect_refused(bytes({doubling}), "more values");
}

TEST_F(Hostile, BrokenPicklesAreRefused) {
  for (const std::string& pickle : {std::string(),
                                    std::string("."),
                                    std::string("\x80\x09N."),
                                    std::string("\x80\x02N"),
                                    bytes({"0"}),
                                    bytes({"a"}),
                                    bytes({"s"}),
                                    bytes({"u"}),
                                    bytes({"(u"}),
                                    bytes({"}(Nu"}),
                                    bytes({")Na"}),
                                    bytes({"NNa"}),
                                    bytes({"h", "\x05"}),
                                    bytes({"q", "\x05"}),
                                    bytes({"R"}),
                                    bytes({"NNR"}),
                                    bytes({"NNb"}),
                                    bytes({"Q"}),
                                    bytes({"NQ"}),
                                    bytes({"N\x93"}),
                                    bytes({"NN\x93"}),
                                    bytes({"c"}),
                                    bytes({"cos"}),
                                    bytes({"X\xff\xff\xff\xff"}),
                                    bytes({"\x8d\xff\xff\xff\xff\xff\xff\xff\xff"}),
                                    bytes({"\x8a\xff"}),
                                    bytes({"\x8a\x09", std::string(9, '\x7f')}),
                                    bytes({"X\x01", std::string(3, '\0'), "\xff"}),
                                    bytes({"i"}),
                                    bytes({"ccollections\nOrderedDict\n", tuple({text("x")}), "R"}),
                                    bytes({"ctorch\nSize\n)R"}),
                                    bytes({"ctorch\nSize\n"}),
                                    bytes({"(N0"}),
                                    bytes({"((("})}) {
    error_of([&] { read(pickle); });
  }
  expect_refused(bytes({std::string(5 << 20, 'N')}), "more than");
}

TEST_F(Hostile, DirectoriesThatMultiplyTheFileAreRefused) {
  // Entries of the directory altered to name the whole file as the content of each record.
  std::string archive = zip_of({{"a/data.pkl", bytes({"N"})}, {"a/data/0", std::string(16, '\0')}});
  for (size_t at = archive.find("PK\x01\x02"); at != std::string::npos; at = archive.find("PK\x01\x02", at + 1)) {
    for (const size_t field : {20u, 24u}) archive[at + field] = static_cast<char>(archive.size() - 10);
  }
  EXPECT_NE(error_of([&] { read_archive(archive); }).find("more bytes than the file"), std::string::npos);
}

TEST_F(Hostile, RecordsMustBeStoredAndThereOnce) {
  std::string archive = zip_of({{"a/data.pkl", bytes({"N"})}});
  archive[archive.find("PK\x01\x02") + 10] = '\x08';  // deflated
  EXPECT_NE(error_of([&] { read_archive(archive); }).find("compressed"), std::string::npos);
  error_of([&] { read_archive(zip_of({{"a/data.pkl", bytes({"N"})}, {"a/data.pkl", bytes({"N"})}})); });
  EXPECT_NE(error_of([&] {
              read_archive(zip_of({{"a/data.pkl", bytes({"N"})}, {"a/byteorder", "big"}}));
            }).find("endian"),
            std::string::npos);
}

TEST_F(Hostile, DamagedDataIsFoundByItsChecksum) {
  std::string archive = zip_of({{"a/data.pkl", bytes({tensor(storage(4), 0, tuple({number(1)}), tuple({number(1)}))})},
                                {"a/data/0", std::string(16, '\0')}});
  archive[archive.find("a/data/0") + 8 + 3] = '\1';
  EXPECT_NE(error_of([&] { read_archive(archive); }).find("checksum"), std::string::npos);
}

TEST_F(Hostile, SpoiltArchivesNeverCrash) {
  count_accepted(content(kSamples / "protocol2.pth"), 3, [&](const std::string& spoilt) { read_archive(spoilt); });
  count_accepted(zip_of({{"a/data.pkl", bytes({"N"})}}), 1, [&](const std::string& spoilt) { read_archive(spoilt); });
}

TEST_F(Hostile, SpoiltPicklesNeverCrash) {
  for (const char* name : {"protocol2.pth", "protocol5.pth"}) {
    const std::string pickle = zip_record(kSamples / name, "/data.pkl");
    std::vector<std::pair<std::string, std::string>> records = {{"a/data.pkl", ""}};
    for (int i = 0; i < 12; ++i) {  // storages that some of the altered pickles will find large enough
      records.emplace_back(str("a/data/", i), zip_record(kSamples / name, str("/data/", i)));
    }
    count_accepted(pickle, 1, [&](const std::string& spoilt) {
      records[0].second = spoilt;
      to_json(read_archive(zip_of(records)));
    });
  }
}

TEST_F(Hostile, SpoiltGoldensNeverCrash) {
  for (const auto& entry : fs::directory_iterator(kGoldens)) {
    if (entry.path().extension() != ".pth") continue;
    const std::string pickle = zip_record(entry.path(), "/data.pkl");
    count_accepted(pickle, pickle.size() / 40, [&](const std::string& spoilt) { read(spoilt); });
  }
}

}  // namespace
}  // namespace albef
