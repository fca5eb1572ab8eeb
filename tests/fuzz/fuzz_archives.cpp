// Fuzzes what holds pictures and captions together: tar archives, also packed ones, and Parquet.
#include <array>

#include "../data/tar_archive.h"
#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/data/formats.h"
#include "fuzz.h"

namespace albef {
extern const ListFormat shards, parquet_list;
}

namespace albef::fuzz {
namespace {

// All that training does with it: the list, and every picture.
void read_with(const ListFormat& format, const std::string& bytes) {
  const std::string file = as_file(bytes);
  BadSamples bad;
  PairCollector pairs({}, bad);
  pairs.begin_list({.source = file});
  format.read({file}, pairs);
  const Annotations list = pairs.finish();
  for (uint64_t record = 0; record < list.records(); ++record) {
    try {
      list.pictures()->read(list.image(record));
    } catch (const UnusableSample&) {  // the next may be whole
    }
  }
}

TarArchive samples() {
  TarArchive tar;
  tar.add("000000000.jpg", std::string(600, 'p'));
  tar.add("000000000.txt", "a dog\n");
  tar.add("000000000.json", R"({"caption": "a dog", "image_id": 7})");
  tar.add("a/b.png", "q");
  tar.add("a/b.json", R"({"captions": ["a cat", "two"]})");
  return tar;
}

/// A member whose name stands in an extended header, as Python writes it.
std::string with_extended_header() {
  TarArchive tar;
  tar.add("./PaxHeaders/x", "21 path=\xc3\xa9t\xc3\xa9/x.jpg\n19 size=4\n30 mtime=1.5\n", 'x');
  tar.add("x.jpg", "pppp");
  tar.add("././@LongLink", std::string(120, 'n') + ".txt", 'L');
  tar.add("n", "long name");
  return tar.bytes();
}

Kind tars() {
  set_quiet(true);
  auto seeds = files_of("data/samples", {".gz", ".zst"}, 1 << 16);
  seeds.insert(seeds.end(), {samples().bytes(), with_extended_header(), samples().unfinished()});
  return {"tar",
          seeds,
          {std::string("ustar\0"
                       "00",
                       8),
           "ustar  ",
           "00000000000",
           "77777777777",
           "\x80\xff\xff\xff",
           "0000644",
           ".jpg",
           ".txt",
           ".json",
           "../",
           "/",
           "__len__",
           "path=",
           "size=",
           "GNU.sparse.major=1",
           std::string(512, '\0'),
           std::string(1, '\0'),
           "x",
           "g",
           "L",
           "K",
           "S",
           "1",
           "2",
           "5",
           "\x1f\x8b\x08",
           "\x28\xb5\x2f\xfd"},
          [](const std::string& bytes) { read_with(shards, bytes); }};
}

Kind tables() {
  return {"parquet",
          files_of("data/samples", {".parquet"}, 1 << 16),
          {"PAR1", "PARE", std::string(4, '\0'), "\xff\xff\xff\x7f", "\xff\xff\xff\xff\x0f", "\x15", "\x16", "\x19",
           "\x1c", "\x2c", "\x48", "caption", "image", "bytes", "jpg", "image_id", "ARROW:schema"},
          [](const std::string& bytes) { read_with(parquet_list, bytes); }};
}

}  // namespace
}  // namespace albef::fuzz

int main(int argc, char** argv) {
  using namespace albef::fuzz;
  return run(argc, argv, {tars, tables});
}
