#include "albef/image/augment.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "albef/base/error.h"

namespace albef {
namespace {

Crop whole(ImageSize size) {
  return {0, 0, size.width, size.height};
}

Crop draw_crop(ImageSize size, const AugmentOptions& options, Rng& rng) {
  return options.resize_only ? whole(size) : random_resized_crop(size, options, rng);
}

// Flip and RandAugment on the resized crop.
Image finish(Image image, const AugmentOptions& options, Rng& rng) {
  if (options.flip && rng.uniform() < 0.5) image = flip_horizontally(std::move(image));
  return randaugment(std::move(image), options.randaugment_ops, options.randaugment_magnitude, rng, options.overflow);
}

}  // namespace

void validate(const AugmentOptions& options) {
  const AugmentOptions& o = options;
  if (o.resolution < 1 || o.resolution > 8192) fail("image resolution ", o.resolution, ", expected 1 to 8192");
  if (!(o.area_min > 0 && o.area_min <= o.area_max && o.area_max <= 1)) {
    fail("crop area ", o.area_min, " to ", o.area_max, ", expected 0 < least <= most <= 1");
  }
  if (!(o.aspect_min >= 0.01 && o.aspect_min <= o.aspect_max && o.aspect_max <= 100)) {
    fail("crop aspect ", o.aspect_min, " to ", o.aspect_max, ", expected 0.01 <= least <= most <= 100");
  }
  if (o.randaugment_ops < 0 || o.randaugment_ops > 100) {
    fail("randaugment operations ", o.randaugment_ops, ", expected 0 to 100");
  }
  if (!(o.randaugment_magnitude >= 0 && o.randaugment_magnitude <= 10)) {
    fail("randaugment magnitude ", o.randaugment_magnitude, ", expected 0 to 10");
  }
}

Crop random_resized_crop(ImageSize size, const AugmentOptions& options, Rng& rng) {
  const double pixels = static_cast<double>(size.width) * size.height;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = pixels * rng.uniform(options.area_min, options.area_max);
    const double aspect = std::exp(rng.uniform(std::log(options.aspect_min), std::log(options.aspect_max)));
    const double width = std::nearbyint(std::sqrt(area * aspect)), height = std::nearbyint(std::sqrt(area / aspect));
    if (width < 1 || width > size.width || height < 1 || height > size.height) continue;
    Crop crop{0, 0, static_cast<int>(width), static_cast<int>(height)};
    crop.top = static_cast<int>(rng.below(size.height - crop.height + 1));
    crop.left = static_cast<int>(rng.below(size.width - crop.width + 1));
    return crop;
  }
  const double aspect = static_cast<double>(size.width) / size.height;
  Crop crop = whole(size);
  if (aspect < options.aspect_min) crop.height = static_cast<int>(std::nearbyint(size.width / options.aspect_min));
  if (aspect > options.aspect_max) crop.width = static_cast<int>(std::nearbyint(size.height * options.aspect_max));
  crop.width = std::clamp(crop.width, 1, size.width);
  crop.height = std::clamp(crop.height, 1, size.height);
  crop.left = (size.width - crop.width) / 2;
  crop.top = (size.height - crop.height) / 2;
  return crop;
}

Image flip_horizontally(Image image) {
  std::vector<uint8_t> old(image.row_bytes() + 1);
  for (int y = 0; y < image.height; ++y) {
    uint8_t* to = image.row(y);
    std::copy_n(to, image.row_bytes(), old.begin());
    const uint8_t* from = old.data() + image.row_bytes();
    // Four bytes are moved faster than three; the last of them is the next pixel's, which is written afterwards.
    for (int x = 1; x < image.width; ++x, to += 3) std::memcpy(to, from -= 3, 4);
    std::memcpy(to, from -= 3, 3);
  }
  return image;
}

Image augment(const Image& image, const AugmentOptions& options, Rng& rng) {
  const Crop crop = draw_crop({image.width, image.height}, options, rng);
  const int side = options.resolution;
  return finish(resized_crop(image, crop, side, side, options.interpolation), options, rng);
}

Image decode_and_augment(std::string_view bytes, const std::string& name, const AugmentOptions& options, Rng& rng,
                         const DecodeOptions& decoding) {
  const ImageSize size = image_size(bytes, name, decoding);
  Part part{.crop = draw_crop(size, options, rng)};
  const Crop& crop = part.crop;
  if (options.reduced_decode) {
    const double side = kReduction * options.resolution;  // what the crop keeps
    part.least = {static_cast<int>(std::min(std::ceil(size.width * side / crop.width), 1e9)),
                  static_cast<int>(std::min(std::ceil(size.height * side / crop.height), 1e9))};
  }
  const auto [image, scale, left, top] = decode_part(bytes, name, part, decoding);
  const Box box{crop.left * scale - left, crop.top * scale - top, crop.width * scale, crop.height * scale};
  return finish(resized_box(image, box, options.resolution, options.resolution, options.interpolation), options, rng);
}

}  // namespace albef
