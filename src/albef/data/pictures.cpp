#include "albef/data/pictures.h"

#include <limits>
#include <mutex>

#include "albef/data/picture_region.h"

namespace albef {

std::string picture_fault(const std::string& bytes, DecodeOptions options) {
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

namespace {

/// What of the region lies within its picture. Throws UnusableSample.
Crop part_within(const std::string& name, const PictureRegion& region, ImageSize size) {
  const auto part = cut_to(region.part, size);
  if (part) return *part;
  throw UnusableSample(str(name, ": lies outside of the picture, which is ", size.width, " x ", size.height),
                       "region outside the picture");
}

}  // namespace

/// Gives the picture's bytes to `decode`; what that complains about becomes an UnusableSample.
template <class Decode>
auto Pictures::decoded(const std::string& name, const Decode& decode) const -> decltype(decode(name)) {
  const std::string bytes = bytes_->read(name);
  try {
    return decode(bytes);
  } catch (const Error& error) {
    throw UnusableSample(error.what(), picture_fault(bytes, options_.decode));
  }
}

Image Pictures::augmented(const std::string& name, const AugmentOptions& options, Rng& rng) {
  if (options_.shrink > 0 || options_.cache_bytes > 0 || picture_region(name))
    return augment(*stored(name), options, rng);
  return decoded(
      name, [&](const std::string& bytes) { return decode_and_augment(bytes, name, options, rng, options_.decode); });
}

Image Pictures::original(const std::string& name) const {
  const auto region = picture_region(name);
  const std::string& picture = region ? region->picture : name;
  Image whole =
      decoded(picture, [&](const std::string& bytes) { return decode_image(bytes, picture, options_.decode); });
  return region ? cut_out(whole, part_within(name, *region, {whole.width, whole.height})) : std::move(whole);
}

ImageSize Pictures::size(const std::string& name) const {
  const auto region = picture_region(name);
  const std::string& picture = region ? region->picture : name;
  const ImageSize whole =
      decoded(picture, [&](const std::string& bytes) { return image_size(bytes, picture, options_.decode); });
  if (!region) return whole;
  const Crop part = part_within(name, *region, whole);
  return {part.width, part.height};
}

Image Pictures::whole(const std::string& name, int side, Interpolation interpolation) {
  constexpr uint8_t kGray = 128;
  if (options_.blank) return Image::filled(side, side, kGray);
  return resize(*stored(name), side, side, interpolation);
}

std::shared_ptr<const Image> Pictures::stored(const std::string& name) {
  if (options_.cache_bytes > 0) {
    const std::shared_lock lock(mutex_);
    if (const auto found = cache_.find(name); found != cache_.end()) return found->second;
  }
  Image image = original(name);
  if (options_.shrink > 0) image = resize(image, options_.shrink, options_.shrink);
  const auto stored = std::make_shared<const Image>(std::move(image));
  const auto bytes = static_cast<int64_t>(stored->pixels.size() + name.size());
  const std::unique_lock lock(mutex_);
  if (cached_bytes_ + bytes <= options_.cache_bytes && cache_.emplace(name, stored).second) cached_bytes_ += bytes;
  return stored;
}

}  // namespace albef
