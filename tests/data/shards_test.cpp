#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <thread>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/base/rng.h"
#include "albef/data/annotations.h"
#include "tar_archive.h"
#include "temporary_folder.h"

namespace albef {
namespace {

std::string gzip(const std::string& bytes) {
  std::string packed(bytes.size() + 1000, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TarArchive two_samples() {
  TarArchive tar;
  tar.add("000000000.jpg", "first picture");
  tar.add("000000000.txt", "a dog\n");
  tar.add("000000000.json", R"({"caption": "not this", "image_id": 7})");
  tar.add("000000001.png", std::string(700, 'x'));
  tar.add("000000001.json", R"({"captions": ["a cat", "two cats"]})");
  return tar;
}

Annotations read(const std::string& source, BadSamples& bad, ListOptions options = {}) {
  set_quiet(true);
  options.source = source;
  return read_mixed({options}, {}, bad);
}

void expect_the_two(const Annotations& list, const std::string& shard) {
  ASSERT_EQ(list.records(), 2u);
  EXPECT_EQ(list.image(0), shard + "/000000000.jpg");
  EXPECT_EQ(list.caption(0, 0), "a dog");
  EXPECT_EQ(list.caption_count(1), 2u);
  EXPECT_EQ(list.caption(1, 1), "two cats");
  EXPECT_EQ(list.place(1).record, 2u);
  EXPECT_EQ(list.pictures()->read(list.image(0)), "first picture");
  EXPECT_EQ(list.pictures()->read(list.image(1)), std::string(700, 'x'));
}

TEST(Shards, AreReadPlainPackedAndFromACommand) {
  const TemporaryFolder folder;
  const auto plain = folder.write("00000.tar", two_samples().bytes());
  const auto packed = folder.write("00001.tar.gz", gzip(two_samples().bytes()));
  for (const std::string& source : {plain, packed, "pipe:cat " + plain, "pipe:cat " + packed}) {
    BadSamples bad;
    const auto list = read(source, bad);
    expect_the_two(list, source);
    EXPECT_EQ(bad.total(), 0u);
    EXPECT_TRUE(bad.truncated_archives().empty()) << source;
    EXPECT_EQ(list.parts(false).at(0).fetched, source != plain);
  }
}

TEST(Shards, ArePiecesOfOneListOfWhichAPatternNamesMany) {
  const TemporaryFolder folder;
  folder.write("a-08.tar", two_samples().bytes());
  folder.write("a-09.tar", two_samples().bytes());
  folder.write("a-10.tar", two_samples().bytes());
  BadSamples bad;
  const auto list = read(folder / "a-{08..10}.tar", bad, {.source = {}, .weight = 0.5});
  EXPECT_EQ(list.records(), 6u);
  EXPECT_EQ(list.place(5).file, folder / "a-10.tar");
  const auto parts = list.parts(/*expand=*/true);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].samples, 9u);
  EXPECT_EQ(parts[0].shards, (std::vector<uint64_t>{3, 3, 3}));
  EXPECT_EQ(parts[0].weight, 0.5);
  EXPECT_EQ(list.parts(false)[0].samples, 6u);
  EXPECT_EQ(list.image_id(0), list.image_id(2)) << "7 in all of them";
  EXPECT_NE(list.image_id(1), list.image_id(3));
}

TEST(Shards, TakeCaptionsFromWhereTheyAreSaidToBe) {
  const TemporaryFolder folder;
  TarArchive tar;
  tar.add("1.jpg", "p");
  tar.add("1.txt", "from txt");
  tar.add("1.alt", "from alt");
  tar.add("1.json", R"({"title": "from json", "caption": "usual"})");
  const auto file = folder.write("x.tar", tar.bytes());
  const auto caption = [&](const std::string& name) {
    BadSamples bad;
    return std::string(read(file, bad, {.source = {}, .caption = name}).caption(0, 0));
  };
  EXPECT_EQ(caption(""), "from txt");
  EXPECT_EQ(caption("alt"), "from alt");
  EXPECT_EQ(caption("title"), "from json");
}

TEST(Shards, CutAnywhereGiveWhatTheyHoldAndNoBrokenSample) {
  const TemporaryFolder folder;
  const std::string whole = two_samples().bytes();
  constexpr size_t kFirstEnds = 3 * 1024, kSecondEnds = kFirstEnds + 1536 + 512 + 35,
                   kEndMark = kFirstEnds + 1536 + 1024;
  for (size_t size = 2700; size < whole.size(); size += 131) {
    for (const bool packed : {false, true}) {
      const auto file = folder.write("cut.tar", packed ? gzip(whole.substr(0, size)) : whole.substr(0, size));
      BadSamples bad;
      const auto list = read(file, bad);
      EXPECT_EQ(bad.total(), 0u) << size;
      EXPECT_EQ(list.records(), size >= kSecondEnds ? 2u : 1u) << size;
      EXPECT_EQ(bad.truncated_archives().size(), size < kEndMark + 512 ? 1u : 0u) << size << packed;
      EXPECT_EQ(list.pictures()->read(list.image(0)), "first picture");
    }
  }
}

TEST(Shards, WhoseCompressedBytesAreCutGiveWhatCameBefore) {
  const TemporaryFolder folder;
  TarArchive tar;
  Rng rng(Purpose::kSynthetic, {1});
  for (const std::string name : {"1", "2", "3"}) {
    std::string noise(200'000, '\0');
    std::ranges::generate(noise, [&] { return static_cast<char>(rng.below(256)); });
    tar.add(name + ".jpg", noise);
    tar.add(name + ".txt", "a dog");
  }
  const auto packed = gzip(tar.bytes());
  const auto file = folder.write("cut.tar.gz", packed.substr(0, 500'000));
  BadSamples bad;
  const auto list = read(file, bad);
  EXPECT_EQ(list.records(), 2u);
  EXPECT_EQ(bad.total(), 0u);
  EXPECT_EQ(bad.truncated_archives(), std::vector{file});
  EXPECT_EQ(list.pictures()->read(list.image(1)).size(), 200'000u);
}

TEST(Shards, CountSamplesThatCannotBeUsed) {
  const TemporaryFolder folder;
  TarArchive tar = two_samples();
  tar.add("../outside.jpg", "p");
  tar.add("../outside.txt", "a dog");
  tar.add("link.jpg", "", '2', "/etc/passwd");
  tar.add("link.txt", "a dog");
  tar.add("alone.jpg", "p");
  tar.add("words.txt", "no picture");
  tar.add("broken.jpg", "p");
  tar.add("broken.json", "{");
  tar.add("000000000.jpg", "again");
  tar.add("000000000.txt", "a dog");
  tar.add("__len__", "9");
  tar.add("folder/", "", '5');
  const auto file = folder.write("x.tar", tar.bytes());
  BadSamples bad;
  const auto list = read(file, bad);
  expect_the_two(list, file);
  const std::map<std::string, uint64_t> want = {{"path leads out of the archive", 1},
                                                {"no regular file in the archive", 1},
                                                {"no caption", 1},
                                                {"no picture in the sample", 1},
                                                {"damaged .json in the archive", 1},
                                                {"a second member of the same name", 1}};
  EXPECT_EQ(bad.by_reason(), want);
  EXPECT_TRUE(bad.truncated_archives().empty());
}

TEST(Shards, DoNotReadAMemberOfAGigabyteToPassOverIt) {
  const TemporaryFolder folder;
  TarArchive tar;
  tar.add("1.jpg", "p");
  tar.add("1.txt", "a dog");
  std::string bytes = tar.unfinished();
  TarArchive huge;
  huge.add("2.jpg", "", '0', "", (int64_t{1} << 30) + 512);
  bytes += huge.unfinished();
  const auto file = folder.write("x.tar", bytes);
  std::filesystem::resize_file(file, bytes.size() + (uint64_t{1} << 30) + 512);
  std::ofstream(file, std::ios::binary | std::ios::app) << two_samples().bytes();
  BadSamples bad;
  const auto list = read(file, bad);
  EXPECT_EQ(list.records(), 3u);
  EXPECT_EQ(bad.by_reason(), (std::map<std::string, uint64_t>{{"picture over 1 GB", 1}}));
}

TEST(Shards, OfOneFileReadTwiceKeepTheirPicturesApart) {
  const TemporaryFolder folder;
  TarArchive tar;
  tar.add("1.depth.png", "its depth");
  tar.add("1.jpg", "the photo");
  tar.add("1.png", "a drawing");
  tar.add("1.txt", "a dog");
  const auto file = folder.write("x.tar", tar.bytes());
  BadSamples bad;
  const auto list =
      read_mixed({{.source = file, .image = "jpg"}, {.source = file, .image = "png"}, {.source = file}}, {}, bad);
  EXPECT_EQ(list.pictures()->read(list.image(0)), "the photo");
  EXPECT_EQ(list.pictures()->read(list.image(1)), "a drawing");
  EXPECT_EQ(list.pictures()->read(list.image(2)), "the photo") << "and not its depth";
}

TEST(Shards, OfACommandThatEndsInASlashAreRead) {
  const TemporaryFolder folder;
  folder.write("in/1.jpg", "p");
  folder.write("in/1.txt", "a dog");
  BadSamples bad;
  const auto list = read("pipe:tar --sort=name -cf - -C " + folder.path() + " in/", bad);
  ASSERT_EQ(list.records(), 1u);
  EXPECT_EQ(list.pictures()->read(list.image(0)), "p");
}

TEST(Shards, WhoseJsonPythonWroteAreRead) {
  const TemporaryFolder folder;
  TarArchive tar;
  const std::vector<std::string> jsons = {R"({"similarity": NaN, "caption": "one"})",
                                          "{\"caption\": \"two\", \"exif\": \"\\ud83d\"}",
                                          R"({"caption": null, "captions": ["three"]})", R"(["four", "five"])"};
  for (size_t i = 0; i < jsons.size(); ++i) {
    tar.add(std::to_string(i) + ".jpg", "p");
    tar.add(std::to_string(i) + ".json", jsons[i]);
  }
  tar.add("9.jpg", "p");
  tar.add("9.txt", "the text counts");
  tar.add("9.json", "{ damaged");
  BadSamples bad;
  const auto list = read(folder.write("x.tar", tar.bytes()), bad);
  EXPECT_EQ(bad.summary(), "");
  ASSERT_EQ(list.records(), 5u);
  EXPECT_EQ(list.caption(1, 0), "two");
  EXPECT_EQ(list.caption(2, 0), "three");
  EXPECT_EQ(list.caption(3, 1), "five");
  EXPECT_EQ(list.caption(4, 0), "the text counts");
}

TEST(Shards, WhatIsNoTarIsAnErrorInOneLine) {
  const TemporaryFolder folder;
  const auto message = [](const std::string& source, int64_t timeout = 60) {
    return complaint<Error>([&] {
      BadSamples bad;
      read(source, bad, {.source = {}, .timeout = timeout});
    });
  };
  const auto text = folder.write("text.tar", "this is a text and no tar archive at all\n");
  EXPECT_NE(message(text).find("text.tar: is no tar archive"), std::string::npos) << message(text);
  EXPECT_NE(message(folder.write("empty.tar", "")).find("no tar archive"), std::string::npos);
  EXPECT_NE(message(folder / "missing.tar").find("cannot be opened: No such file"), std::string::npos);
  EXPECT_NE(message(folder / "missing-*.tar").find("no file matches"), std::string::npos);
  EXPECT_NE(message("pipe:echo 'no such bucket' >&2; exit 3").find("ended with status 3: no such bucket"),
            std::string::npos);
  EXPECT_NE(message("pipe:exec sleep 600", 1).find("gave nothing for 1 s and was ended"), std::string::npos);
  EXPECT_NE(message("pipe:(sleep 600) & sleep 600", 1).find("gave nothing for 1 s"), std::string::npos);
  EXPECT_NE(message("pipe:yes").find("no tar archive"), std::string::npos);
  EXPECT_NE(message("https://example.org/0.tar").find("pipe:curl -sL https://example.org/0.tar"), std::string::npos);
  EXPECT_NE(message("").find("names no source"), std::string::npos);
  ASSERT_EQ(::mkfifo((folder / "fifo.tar").c_str(), 0600), 0);
  EXPECT_NE(message(folder / "fifo.tar").find("is no regular file"), std::string::npos);
}

TEST(Shards, ACommandThatFailsLaterMakesItsPicturesUnusable) {
  const TemporaryFolder folder;
  const auto file = folder.write("x.tar", two_samples().bytes());
  BadSamples bad;
  const auto list = read("pipe:cat " + file, bad);
  std::filesystem::remove(file);
  for (const uint64_t record : {0, 1}) {
    try {
      list.pictures()->read(list.image(record));
      ADD_FAILURE() << "it was read";
    } catch (const UnusableSample& error) {
      EXPECT_EQ(error.reason(), "shard cannot be fetched");
      EXPECT_NE(std::string(error.what()).find("No such file"), std::string::npos) << error.what();
    }
  }
  const auto shorter = folder.write("y.tar", two_samples().bytes());
  const auto other = read(shorter, bad);
  folder.write("y.tar", "short");
  EXPECT_NE(complaint<UnusableSample>([&] { other.pictures()->read(other.image(1)); }).find("shorter"),
            std::string::npos);
}

TEST(Shards, AreFetchedOnceByManyThreads) {
  const TemporaryFolder folder;
  const auto file = folder.write("x.tar", two_samples().bytes()), count = folder / "count";
  BadSamples bad;
  const auto list = read("pipe:echo >>" + count + "; cat " + file, bad);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) EXPECT_EQ(list.pictures()->read(list.image(0)), "first picture");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::filesystem::file_size(count), 2u) << "for its index, and for its pictures";
}

TEST(Shards, ThatAreLargeKeepTheirIndex) {
  const TemporaryFolder folder;
  ::setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);
  TarArchive tar = two_samples();
  tar.add("000000002.jpg", std::string(33 << 20, 'x'));
  tar.add("000000002.txt", "a large picture");
  const auto file = folder.write("x.tar", tar.bytes());
  const auto count = folder / "count";
  const std::string command = "pipe:echo >>" + count + "; cat " + file;
  const auto kept = [&] {
    std::error_code none;
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "albef/shards", none))
      files.push_back(entry.path().string());
    return files;
  };
  BadSamples bad;
  const auto fresh = read(file, bad);
  ASSERT_EQ(kept().size(), 1u);
  const auto again = read(file, bad);
  EXPECT_EQ(again.fingerprint(), fresh.fingerprint());
  EXPECT_EQ(again.pictures()->read(again.image(2)).size(), size_t{33} << 20);
  folder.write("albef/shards/" + std::filesystem::path(kept()[0]).filename().string(), "damaged");
  EXPECT_EQ(read(file, bad).fingerprint(), fresh.fingerprint()) << "made anew";

  read(command, bad);
  const auto piped = read(command, bad);
  EXPECT_EQ(std::filesystem::file_size(count), 1u) << "run once, for its index";
  EXPECT_EQ(piped.pictures()->read(piped.image(0)), "first picture");

  TarArchive other;
  other.add("another.jpg", "another picture");
  other.add("another.txt", "a cat");
  folder.write("x.tar", other.unfinished() + tar.bytes());
  EXPECT_EQ(read(file, bad).records(), 4u) << "the file has changed";
  const auto stale = read(command, bad);
  EXPECT_EQ(stale.records(), 3u) << "of a command nothing can be told beforehand";
  const auto message = complaint<UnusableSample>([&] { stale.pictures()->read(stale.image(0)); });
  EXPECT_NE(message.find("another archive than when it was indexed"), std::string::npos) << message;
  EXPECT_EQ(read(command, bad).records(), 4u) << "the next run indexes it anew";
  folder.write("cut.tar", tar.unfinished());
  const auto before = kept().size();
  read("pipe:cat " + folder / "cut.tar", bad);
  EXPECT_EQ(kept().size(), before) << "what is cut may be whole the next time";
  ::unsetenv("XDG_CACHE_HOME");
}

TEST(Shards, NamesOfAnyScriptAndLengthAreRead) {
  const TemporaryFolder folder;
  TarArchive tar;
  tar.add("\xc3\xa9t\xc3\xa9/\xe7\x8a\xac.jpg", "p");
  tar.add("\xc3\xa9t\xc3\xa9/\xe7\x8a\xac.txt", "a dog");
  const auto file = folder.write("x.tar", tar.bytes());
  BadSamples bad;
  const auto list = read(file, bad);
  EXPECT_EQ(list.image(0), file + "/\xc3\xa9t\xc3\xa9/\xe7\x8a\xac.jpg");
  EXPECT_EQ(list.pictures()->read(list.image(0)), "p");
}

}  // namespace
}  // namespace albef
