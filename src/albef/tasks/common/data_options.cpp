#include "albef/tasks/common/data_options.h"

namespace albef {

PairOptions pair_options(const CommonSettings& settings, bool train) {
  const AugmentSettings& a = settings.augment;
  const DataSettings& s = settings.data;
  return {
      .captions = train && s.captions == "expand" ? Captions::kExpand : Captions::kDraw,
      .train = train,
      .augment = {.resolution = static_cast<int>(settings.model.image_res),
                  .interpolation = a.interpolation == "bicubic" ? Interpolation::kBicubic : Interpolation::kBilinear,
                  .area_min = a.area_min,
                  .area_max = a.area_max,
                  .aspect_min = a.aspect_min,
                  .aspect_max = a.aspect_max,
                  .resize_only = !a.crop,
                  .flip = a.flip,
                  .randaugment_ops = static_cast<int>(a.randaugment_ops),
                  .randaugment_magnitude = a.randaugment_magnitude},
      .max_words = s.max_words,
      .max_tokens = longest_text(settings),
      .seed = static_cast<uint64_t>(settings.run.seed)};
}

LoaderOptions loader_options(const CommonSettings& settings, bool train) {
  const DataSettings& s = settings.data;
  return {.order = {.batch_size = s.batch_size,
                    .seed = static_cast<uint64_t>(settings.run.seed),
                    .shuffle = s.shuffle && train,
                    .drop_last = s.drop_last && train,
                    .window = static_cast<uint64_t>(s.shuffle_window)},
          .substitute = train,
          .threads = static_cast<int>(s.loader_threads),
          .max_bad_share = s.max_bad_share};
}

PictureOptions picture_options(const DataSettings& s) {
  return {
      .decode = {.honour_exif = s.honour_exif}, .shrink = static_cast<int>(s.shrink), .cache_bytes = s.cache_mb << 20};
}

}  // namespace albef
