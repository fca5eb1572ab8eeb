#include "albef/data/pictures.h"

#include <filesystem>
#include <limits>
#include <mutex>

#include "albef/base/files.h"

namespace albef {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

std::string read_bytes(const std::string& path) {
  try {
    return read_file(path, kMaxFileBytes);
  } catch (const Error& error) {
    std::error_code ignored;
    throw PictureError(error.what(), std::filesystem::exists(path, ignored) ? "unreadable file" : "no such file");
  }
}

/// Why bytes that could not be decoded are unusable.
std::string fault(const std::string& bytes, DecodeOptions options) {
  if (bytes.empty()) return "empty file";
  try {
    const uint64_t limit = options.max_pixels;
    options.max_pixels = std::numeric_limits<uint64_t>::max();
    const ImageSize size = image_size(bytes, "", options);
    const uint64_t pixels = static_cast<uint64_t>(size.width) * static_cast<uint64_t>(size.height);
    return pixels > limit ? "too many pixels" : "damaged picture";
  } catch (const Error&) {
    return "no picture";
  }
}

/// Reads the file and gives its bytes to `decode`; what that complains about becomes a PictureError.
template <class Decode>
Image decoded(const std::string& path, const DecodeOptions& options, const Decode& decode) {
  const std::string bytes = read_bytes(path);
  try {
    return decode(bytes);
  } catch (const Error& error) {
    throw PictureError(error.what(), fault(bytes, options));
  }
}

}  // namespace

Image Pictures::augmented(const std::string& path, const AugmentOptions& options, Rng& rng) {
  if (options_.shrink > 0 || options_.cache_bytes > 0) return augment(*stored(path), options, rng);
  return decoded(path, options_.decode, [&](const std::string& bytes) {
    return decode_and_augment(bytes, path, options, rng, options_.decode);
  });
}

Image Pictures::whole(const std::string& path, int side, Interpolation interpolation) {
  return resize(*stored(path), side, side, interpolation);
}

std::shared_ptr<const Image> Pictures::stored(const std::string& path) {
  if (options_.cache_bytes > 0) {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(path); found != cache_.end()) return found->second;
  }
  Image image = decoded(path, options_.decode,
                        [&](const std::string& bytes) { return decode_image(bytes, path, options_.decode); });
  if (options_.shrink > 0) image = resize(image, options_.shrink, options_.shrink);
  const auto stored = std::make_shared<const Image>(std::move(image));
  const auto bytes = static_cast<int64_t>(stored->pixels.size() + path.size());
  const std::unique_lock lock(mutex_);
  if (cached_bytes_ + bytes <= options_.cache_bytes && cache_.emplace(path, stored).second) cached_bytes_ += bytes;
  return stored;
}

}  // namespace albef
