#include "albef/synth/scene.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace albef::synth {
namespace {

constexpr double kSmallRadius = 0.135, kLargeRadius = 0.215, kRadiusInRing = 0.115;
constexpr double kFirstCentre = 0.26, kSpacing = 0.48;  // of the grid's columns and rows

Look any_look(Rng& rng) {
  const Texture texture = rng.uniform() < 0.4 ? Texture::kPlain : any_other(Texture::kPlain, rng);
  return {any<Size>(rng), texture, any<Colour>(rng), any<Shape>(rng)};
}

// How many objects: of the numbers allowed, each as often as its lots say.
size_t any_count(const SceneOptions& options, Rng& rng) {
  constexpr std::array<size_t, 5> kLots = {0, 4, 4, 9, 7};
  std::vector<size_t> counts;
  for (auto count = static_cast<size_t>(options.least); count <= static_cast<size_t>(options.most); ++count)
    counts.insert(counts.end(), kLots[count], count);
  return counts[rng.below(counts.size())];
}

// The first objects are alike ("two red stars") in some scenes.
std::vector<Object> any_objects(const SceneOptions& options, Rng& rng) {
  std::vector<Object> objects(any_count(options, rng));
  for (Object& object : objects) object.look = any_look(rng);
  if (objects.size() > 2 && rng.uniform() < 0.35) {
    objects[1].look = objects[0].look;
    if (objects.size() > 3 && rng.uniform() < 0.5) objects[2].look = objects[0].look;
  }
  return objects;
}

// The last object is put on the one before it, both made fit for that. On a ring it lies in the hole; on anything else
// it covers a corner only, since in the middle of a circle it would make the circle look like a ring.
void nest(std::vector<Object>& objects, Rng& rng) {
  if (objects.size() < 2) return;
  constexpr std::array kWide = {Shape::kCircle, Shape::kSquare, Shape::kDiamond, Shape::kHeart};
  Object& host = objects[objects.size() - 2];
  Object& guest = objects.back();
  host.look.size = Size::kLarge;
  host.look.shape = rng.uniform() < 0.5 ? Shape::kRing : kWide[rng.below(kWide.size())];
  guest.look.size = Size::kSmall;
  if (guest.look.colour == host.look.colour) guest.look.colour = any_other(host.look.colour, rng);
  guest.host = static_cast<int>(objects.size()) - 2;
}

void place_on_grid(std::vector<Object>& objects, Rng& rng) {
  std::array<int, 4> cells;
  std::iota(cells.begin(), cells.end(), 0);
  for (size_t i = 0; i < objects.size(); ++i) {
    std::swap(cells[i], cells[i + rng.below(cells.size() - i)]);
    Object& object = objects[i];
    const bool large = object.look.size == Size::kLarge;
    const double jitter = large ? 0.015 : 0.06;
    object.column = cells[i] % 2;
    object.row = cells[i] / 2;
    object.x = kFirstCentre + kSpacing * object.column + rng.uniform(-jitter, jitter);
    object.y = kFirstCentre + kSpacing * object.row + rng.uniform(-jitter, jitter);
    object.radius = (large ? kLargeRadius : kSmallRadius) * rng.uniform(0.94, 1.04);
    object.angle = rng.uniform(-0.14, 0.14);
  }
}

void place_on_host(std::vector<Object>& objects, Rng& rng) {
  Object& guest = objects.back();
  if (guest.host < 0) return;
  const Object& host = objects[static_cast<size_t>(guest.host)];
  guest.column = host.column;
  guest.row = host.row;
  const bool ring = host.look.shape == Shape::kRing;
  if (ring) guest.radius = kRadiusInRing;
  const double offset = ring ? 0.0 : 0.45 * host.radius;
  guest.x = host.x + (rng.below(2) ? offset : -offset);
  guest.y = host.y + (rng.below(2) ? offset : -offset);
}

uint64_t look_code(const Look& look) {
  return ((static_cast<uint64_t>(look.size) * kValues<Texture> + static_cast<uint64_t>(look.texture)) *
              kValues<Colour> +
          static_cast<uint64_t>(look.colour)) *
             kValues<Shape> +
         static_cast<uint64_t>(look.shape);
}

}  // namespace

const char* word(Shape shape) {
  constexpr std::array kWords = {"circle", "square",  "triangle", "star",     "ring",
                                 "cross",  "diamond", "heart",    "crescent", "arrow"};
  return kWords[static_cast<size_t>(shape)];
}

const char* word(Colour colour) {
  constexpr std::array kWords = {"red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"};
  return kWords[static_cast<size_t>(colour)];
}

const char* word(Texture texture) {
  constexpr std::array kWords = {"plain", "striped", "dotted", "checkered"};
  return kWords[static_cast<size_t>(texture)];
}

const char* word(Size size) {
  return size == Size::kSmall ? "small" : "large";
}

const char* word(Pattern pattern) {
  constexpr std::array kWords = {"plain", "gradient", "noisy", "tiled", "lined", "wavy", "rippled", "grid"};
  return kWords[static_cast<size_t>(pattern)];
}

const char* word(Tone tone) {
  constexpr std::array kWords = {"white", "gray", "black", "beige", "mint"};
  return kWords[static_cast<size_t>(tone)];
}

const char* word(Split split) {
  constexpr std::array kWords = {"train", "val", "test"};
  return kWords[static_cast<size_t>(split)];
}

Split split_of(const std::vector<Object>& objects) {
  std::vector<uint64_t> codes;
  for (const Object& object : objects) codes.push_back(look_code(object.look));
  std::sort(codes.begin(), codes.end());
  uint64_t hash = codes.size();
  for (uint64_t code : codes) hash = mix({hash, code});
  const uint64_t tenth = hash % 10;
  return tenth == 9 ? Split::kTest : tenth == 8 ? Split::kVal : Split::kTrain;
}

Scene make_scene(uint64_t seed, Split split, uint64_t index, const SceneOptions& options) {
  Scene scene;
  scene.key = mix({seed, static_cast<uint64_t>(split), index});
  Rng rng = scene.stream(Stream::kLayout);
  do {
    scene.objects = any_objects(options, rng);
    if (rng.uniform() < 0.4) nest(scene.objects, rng);
  } while (split_of(scene.objects) != split);
  place_on_grid(scene.objects, rng);
  place_on_host(scene.objects, rng);
  scene.pattern = static_cast<Pattern>(rng.below(static_cast<uint64_t>(options.patterns)));
  scene.tone = any<Tone>(rng);
  return scene;
}

}  // namespace albef::synth
