#include "support.h"

#include <torch/torch.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "albef/base/files.h"
#include "albef/io/checksum.h"
#include "albef/io/zip.h"

namespace albef::testing {

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> count{0};
  path_ = fs::temp_directory_path() / str("albef_io_", ::getpid(), "_", count++);
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  remove_tree(path_, ignored);
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write(const fs::path& path, const std::string& content) {
  fs::remove(path);  // ext4 syncs a file that is cut to nothing and written again; thousands of them take minutes
  std::ofstream out(path, std::ios::binary);
  out << content;
  ASSERT_TRUE(out.flush()) << path;
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "expected albef::Error, got: " << error.what();
    return "";
  }
  ADD_FAILURE() << "expected albef::Error, got none";
  return "";
}

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& records, bool in_64_bits) {
  const auto number = [](uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value);
    return text;
  };
  std::string files, directory;
  for (const auto& [name, data] : records) {
    const std::string crc = number(crc32(0, data.data(), data.size()), 4), size = number(data.size(), 4);
    const std::string elsewhere = number(0xFFFFFFFF, 4), size64 = number(data.size(), 8);
    const std::string extra =
        in_64_bits ? number(1, 2) + number(24, 2) + size64 + size64 + number(files.size(), 8) : "";
    directory += "PK\x01\x02" + number(0, 12) + crc + (in_64_bits ? elsewhere + elsewhere : size + size) +
                 number(name.size(), 2) + number(extra.size(), 2) + number(0, 10) +
                 (in_64_bits ? elsewhere : number(files.size(), 4)) + name + extra;
    files += "PK\x03\x04" + number(0, 10) + crc + size + size + number(name.size(), 2) + number(0, 2) + name + data;
  }
  return files + directory + "PK\x05\x06" + number(0, 4) + number(records.size(), 2) + number(records.size(), 2) +
         number(directory.size(), 4) + number(files.size(), 4) + number(0, 2);
}

std::string zip_record(const fs::path& archive, const std::string& ending) {
  const ZipFile zip(archive);
  for (const auto& [name, record] : zip.records()) {
    if (!name.ends_with(ending)) continue;
    std::string data(record.size, '\0');
    zip.read(record, data.data());
    return data;
  }
  ADD_FAILURE() << archive << " has no " << ending;
  return "";
}

int count_accepted(const std::string& original, size_t stride, const std::function<void(const std::string&)>& read) {
  int accepted = 0;
  const auto attempt = [&](const std::string& spoilt, const std::string& how) {
    try {
      read(spoilt);
      ++accepted;
    } catch (const Error&) {  // as it should be
    } catch (const std::exception& error) {
      ADD_FAILURE() << how << ": " << error.what();
    }
  };
  for (size_t at = 0; at < original.size(); at += stride) {
    attempt(original.substr(0, at), str("cut at ", at));
    for (const int change : {0x01, 0x80, 0xFF}) {
      std::string spoilt = original;
      spoilt[at] = static_cast<char>(spoilt[at] ^ change);
      attempt(spoilt, str("byte ", at, " altered by ", change));
    }
  }
  return accepted;
}

TensorMap sample_tensors() {
  TensorMap tensors;
  for (const auto type : {torch::kDouble, torch::kFloat, torch::kHalf, torch::kBFloat16, torch::kLong, torch::kInt,
                          torch::kShort, torch::kChar, torch::kByte}) {
    tensors[str("of_", torch::toString(type))] = torch::arange(6, torch::kFloat).view({2, 3}).to(type);
  }
  tensors["flags"] = torch::tensor({true, false, true});
  tensors["empty"] = torch::zeros({0, 4});
  tensors["scalar"] = torch::tensor(0.07);
  tensors["transposed"] = torch::arange(6, torch::kFloat).view({2, 3}).t();
  return tensors;
}

void expect_equal(const TensorMap& got, const TensorMap& want) {
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [name, tensor] : want) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_EQ(got.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(got.at(name), tensor)) << name;
  }
}

}  // namespace albef::testing
