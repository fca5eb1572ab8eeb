// Files of named tensors in the safetensors format: 8 bytes with the length of a JSON header, the header, the data.
// https://huggingface.co/docs/safetensors. Ours also carry a checksum of the whole file in their metadata; a file
// without one (anybody else's) is read all the same.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "albef/io/dtypes.h"

namespace albef {

using Metadata = std::map<std::string, std::string>;

/// Key of the checksum in the metadata: CRC-32 of the file with these eight digits taken as 0, in hexadecimal.
inline constexpr char kChecksumKey[] = "albef.crc32";

struct TensorInfo {
  torch::ScalarType dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  ///< bytes, counted from the first byte of data
};

struct SafetensorsHeader {
  std::map<std::string, TensorInfo> tensors;
  Metadata metadata;
  uint64_t data_offset = 0;  ///< where in the file the data begins
};

struct TensorFile {
  TensorMap tensors;  ///< contiguous, on the CPU, sharing no memory
  Metadata metadata;
};

/// The header alone, checked against the file's length: types, shapes and offsets fit, the tensors fill the data
/// without gap or overlap. Throws Error naming the file and what is wrong.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);
Metadata read_safetensors_metadata(const std::filesystem::path& path);

/// All of it. Throws Error as above, or if the checksum is there and does not match.
TensorFile read_safetensors(const std::filesystem::path& path);

/// Reads all and keeps nothing: the metadata, or the Error that read_safetensors would give.
Metadata verify_safetensors(const std::filesystem::path& path);

/// Writes through write_atomically (base/files.h), one tensor at a time; tensors on a GPU are fetched one by one. The
/// same tensors and metadata give the same bytes: wider elements first (so that all are aligned), then by name. Returns
/// the checksum. Throws Error if the file cannot be written, an element type has no name in the format, or a text is
/// not UTF-8.
std::string write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                              const Metadata& metadata = {});

}  // namespace albef
