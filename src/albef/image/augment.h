// From a picture to what the network is trained on: a random crop, a flip, RandAugment. All that is random is drawn
// from the one generator of the sample, so the result depends on seed, epoch and sample alone.
#pragma once
#include <string>
#include <string_view>

#include "albef/base/rng.h"
#include "albef/image/decode.h"
#include "albef/image/randaugment.h"
#include "albef/image/resize.h"

namespace albef {

/// The defaults are the paper's for pretraining (fine-tuning: resolution 384, area_min 0.5).
struct AugmentOptions {
  int resolution = 256;                                   ///< side of the result, in pixels
  Interpolation interpolation = Interpolation::kBicubic;  ///< of the crop's resizing
  double area_min = 0.2, area_max = 1;                    ///< share of the picture that the crop covers, 0 to 1
  double aspect_min = 3.0 / 4, aspect_max = 4.0 / 3;      ///< the crop's width / height; 1 and 1 give a square
  bool resize_only = false;                               ///< the whole picture instead of a crop (grounding)
  bool flip = true;                                       ///< mirror left and right with probability 1/2
  int randaugment_ops = 2;                                ///< operations drawn; 0: none
  double randaugment_magnitude = 7;                       ///< 0 to 10
  Overflow overflow = Overflow::kWrap;                    ///< of RandAugment's operations
  bool reduced_decode = true;                             ///< let large JPEGs be decoded at 1/2, 1/4 or 1/8 first
};

/// Error that names the first option that is out of its range.
void validate(const AugmentOptions& options);

/// A crop of random area and aspect, as torchvision's RandomResizedCrop draws it: the logarithm of the aspect is
/// uniform; after ten that do not fit, the largest centred crop whose aspect is allowed.
Crop random_resized_crop(ImageSize size, const AugmentOptions& options, Rng& rng);

Image flip_horizontally(Image image);

/// Crop, flip, RandAugment: [resolution, resolution, 3].
Image augment(const Image& image, const AugmentOptions& options, Rng& rng);

/// How many times the result's side a crop keeps at least when its JPEG is decoded at reduced scale. With 2 the result
/// of a photo differs from the full decode's by less than 1 level on average; with 1 some photos differ by more than 4.
constexpr double kReduction = 2;

/// Decoding and augment() in one: of a JPEG no more than the crop is decoded. With `reduced_decode` a large one is
/// decoded at the smallest scale that kReduction allows; else the result is augment()'s. The random choices are the
/// same.
Image decode_and_augment(std::string_view bytes, const std::string& name, const AugmentOptions& options, Rng& rng,
                         const DecodeOptions& decoding = {});

}  // namespace albef
