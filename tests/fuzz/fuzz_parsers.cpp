// What reads pictures, lists, settings and texts. Needs no LibTorch.
#include <filesystem>

#include "../image/pictures.h"
#include "albef/base/config.h"
#include "albef/base/error.h"
#include "albef/base/json.h"
#include "albef/base/log.h"
#include "albef/base/plain_pickle.h"
#include "albef/data/annotations.h"
#include "albef/data/captions.h"
#include "albef/data/delimited_rows.h"
#include "albef/data/formats.h"
#include "albef/data/labelled_list.h"
#include "albef/data/picture_region.h"
#include "albef/data/question_list.h"
#include "albef/data/referring.h"
#include "albef/image/decode.h"
#include "albef/image/jpeg_writer.h"
#include "albef/image/png_writer.h"
#include "albef/text/clean.h"
#include "albef/text/tokenizer.h"
#include "fuzz.h"

namespace albef {
extern const ListFormat delimited_list;  // which is chosen by a file's name, and these have none
}

namespace albef::fuzz {
namespace {

Kind pictures() {
  std::vector<std::string> seeds =
      files_of("goldens/input", {".jpg", ".png", ".bmp", ".webp"}, /*most=*/uint64_t{16} << 10);
  const Image small = noise(23, 17, 1);
  for (const Json& cut : read_json(std::string(ALBEF_TEST_DATA) + "/image/cut_pictures.json")) {
    std::string bytes;
    const std::string hex = cut.at("file");
    for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    seeds.push_back(bytes);
  }
  RawGif gif{23, 17, 2, 1, 20, 15, true, 3, std::vector<uint8_t>(300, 1), std::vector<uint8_t>(12, 9)};
  for (size_t i = 0; i < gif.indices.size(); ++i) gif.indices[i] = small.pixels[i] % 4;
  seeds.push_back(encode_raw_gif(gif));
  seeds.push_back(encode_webp(15, 17, std::vector<uint8_t>(small.pixels.begin(), small.pixels.begin() + 15 * 17 * 4)));
  seeds.push_back(with_orientation(encode_jpeg(small), 6));
  seeds.push_back(with_orientation(encode_png(small), 5, true));
  seeds.push_back("BM" + little(0, 8) + little(14 + 40 + 1024, 4) + little(40, 4) + little(60, 4) + little(40, 4) +
                  little(1, 2) + little(8, 2) + little(1, 4) + little(0, 20) + std::string(1024, 'p') +
                  std::string(small.pixels.begin(), small.pixels.end()));
  return {"pictures",
          seeds,
          {"\xff\xd8", "\xff\xda", "\xff\xc4", "IDAT", "PLTE", "eXIf", "ANMF", "VP8X", "\x21\xf9\x04"},
          [](const std::string& bytes) {
            const DecodeOptions options{.max_pixels = 1'000'000, .honour_exif = true};
            image_size(bytes, "picture", options);
            decode_part(bytes, "picture", {.crop = {3, 2, 9, 9}, .least = {8, 8}}, options);
            const Image image = decode_image(bytes, "picture", options);
            if (image.pixels.size() != size_t{3} * image.width * image.height) throw std::runtime_error("a wrong size");
          }};
}

Kind lists() {
  const std::string list = R"([{"image": "a.jpg", "caption": "a dog", "image_id": 7, "score": 0.5},
 {"image": "b\u00e9.jpg", "caption": ["two \ud83d\ude00 boats", "caf)"
                           "\xc3\xa9"
                           R"("], "image_id": "7", "box": [1e3, -2, NaN]},
 {"image": "/c.jpg", "caption": ["x"], "more": {"a": [true, false, null, {"b": -Infinity}]}}])";
  std::vector<std::string> words = {"NaN",
                                    "Infinity",
                                    "-Infinity",
                                    "1e999",
                                    "-1e999",
                                    "{",
                                    "}",
                                    "[",
                                    "]",
                                    "\"",
                                    "\\",
                                    "\\u0000",
                                    "\\ud800",
                                    ",",
                                    ":",
                                    "null",
                                    "true",
                                    "\xff",
                                    "\xef\xbb\xbf",
                                    "\xc2\xa0",
                                    "99999999999999999999",
                                    "\"image\":",
                                    "\"caption\":",
                                    "\"image_id\":",
                                    "-",
                                    "0x1p9999"};
  return {"json",
          {list, R"([{"image":"a","caption":"b"}])",
           "{\"image\":\"a\",\"caption\":[\"b\",\"c\"],\"image_id\":1}\n{\"image\":\"d\",\"caption\":\"e\"}\n",
           R"({"a": [1, {"b": "c"}], "d": -1.5e3})"},
          words,
          [](const std::string& bytes) {
            try {
              parse_json(bytes, "text");
            } catch (const Error&) {
            }
            const std::string file = as_file(bytes);
            BadSamples bad;
            const Annotations pairs = read_annotations({file}, {.image_root = "root"}, bad);
            for (uint64_t record = 0; record < pairs.records(); ++record) pre_caption(pairs.caption(record, 0));
            read_eval_list({file}, "root");
          }};
}

Kind pickles() {
  std::vector<std::string> seeds;
  const Json json = read_json(std::string(ALBEF_TEST_DATA) + "/base/pickles.json");
  for (const std::string hex : json.at("files")) {
    std::string& bytes = seeds.emplace_back();
    for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return {
      "pickle",
      seeds,
      {"(lp0\n", "(dp1\n", "g0\n", "h\x01", "p3\n", "q\x01", "I01\n", "L1L\n", "V\\ud83d\n", "S'\\xff'\n",    "a", "s",
       "e",      "u",      "t",    "(",     "2",    "0",     "1",     "\x94",  "\x8a\x08",   "cos\nsystem\n", "R", "."},
      [](const std::string& bytes) {
        const std::string file = as_file(bytes);
        is_pickle(file);
        parse_json(read_plain_pickle(file).dump(), "what was read");
      }};
}

Kind questions() {
  return {
      "questions",
      {R"([{"question_id": 458752000, "question": "What?", "image": "a.jpg", "dataset": "vqa", "answer": ["a", "b"]},
 {"question_id": 1, "question": "Who?", "image": "b.jpg", "dataset": "vg", "answer": "A man.",
  "answer_type": "other"}])",
       R"(["yes", "no", "2", "left, right"])"},
      {"\"question_id\":",
       "\"dataset\":",
       "\"vg\"",
       "\"answer\":",
       "[]",
       "9223372036854775807",
       "9223372036854775808",
       "-1",
       "1e999",
       "NaN",
       "null",
       "\"\"",
       "\\ud800",
       "\xff",
       "{",
       "}",
       "[",
       "]",
       "\"",
       ","},
      [](const std::string& bytes) {
        const std::string file = as_file(bytes);
        for (const bool need_answers : {true, false}) {
          try {
            const auto list = read_questions({file}, {.vqa = "coco", .vg = "genome"}, need_answers);
            for (uint64_t i = 0; i < list.examples.size(); ++i) {
              list.place(i);
              pre_question(list.examples[i].question, 50);
            }
            list.fingerprint();
          } catch (const Error&) {
          }
        }
        read_answer_list(file);
      }};
}

/// As publishers ship them: each file is given to all readers.
void read_published(const std::string& bytes) {
  const auto attempt = [](const auto& read) {
    try {
      read();
    } catch (const Error&) {
    }
  };
  const std::string file = as_file(bytes);
  BadSamples bad;
  attempt([&] { read_annotations({file + "#test"}, {.image_root = "root"}, bad); });
  attempt([&] { read_mixed({{.source = file, .image_root = "root", .regions = "crop"}}, {}, bad); });
  attempt([&] { read_mixed({{.source = file, .image = "{row:09}.jpg"}}, {}, bad); });
  attempt([&] { read_captions({file}); });
  attempt([&] { read_questions({file}, {}, false); });
  attempt([&] { read_questions({file, file}, {}, true); });
  attempt([&] { read_labelled({file}, "", {.labels = {"contradiction", "neutral", "entailment"}}); });
  attempt([&] { read_labelled({file}, "", {.pictures = 2, .labels = {"False", "True"}}); });
  read_instances(file);
}

Kind published() {
  set_quiet(true);
  return {
      "published",
      {R"({"images": [{"filepath": "val", "filename": "a.jpg", "split": "test", "cocoid": 7,
 "sentences": [{"raw": "A dog"}]}, {"filename": "b.jpg", "imgid": 8, "split": "val", "sentences": []}],
 "dataset": "x"})",
       R"({"data_subtype": "train2014", "questions": [{"image_id": 4, "question": "What?", "question_id": 40}]})",
       R"({"annotations": [{"image_id": 4, "question_id": 40, "answer_type": "other", "answers": [{"answer": "a"}]}],
 "data_subtype": "train2014"})",
       R"([{"id": 1, "qas": [{"question": "Who?", "image_id": 1, "qa_id": 5, "answer": "A man."}]}])",
       "{\"gold_label\": \"neutral\", \"sentence2\": \"A\", \"Flickr30K_ID\": \"1\"}\n"
       "{\"gold_label\": \"-\", \"sentence2\": \"A\", \"Flickr30kID\": 1}\n",
       "{\"identifier\": \"train-1-0-0\", \"sentence\": \"A\", \"label\": \"True\", \"left_url\": \"\", \"directory\": "
       "3}\n",
       R"([{"ref_id": 1, "ann_id": 1, "image_id": 5, "split": "test", "sentences": [{"sent": "dog"}]}])",
       R"({"images": [{"id": 5, "file_name": "a.jpg"}], "annotations": [{"id": 1, "image_id": 5, "bbox": [1, 2, 3,
 4]}]})",
       R"({"info": {}, "images": [{"id": 5, "file_name": "a.jpg"}], "annotations": [{"id": 1, "image_id": 5, "caption":
 "A dog"}]})",
       R"({"annotations": [{"image_id": 5, "caption": "A dog"}], "images": [{"id": 5, "file_name": "a.jpg"}]})",
       R"([{"id": 1, "regions": [{"region_id": 1, "image_id": 1, "phrase": "a dog", "x": -1, "y": 2, "width": 30,
 "height": 4}]}])",
       R"({"image_urls": ["http://a", "b"], "user_ids": ["1", "2"], "captions": ["A \u00e9", "two"]})"},
      {"\"images\":",
       "\"questions\":",
       "\"annotations\":",
       "\"split\":",
       "\"-\"",
       "9223372036854775808",
       "-1",
       "1e999",
       "NaN",
       "null",
       "\"\"",
       "\\ud800",
       "\xff",
       "{",
       "}",
       "[",
       "]",
       "\"",
       ",",
       ":",
       "\n"},
      read_published};
}

/// As tables of all kinds, and row by row as TSV; what is accepted names pictures.
void read_table(const std::string& bytes) {
  const std::string file = as_file(bytes);
  const auto attempt = [&](ListOptions options) {
    options.source = file;
    BadSamples bad;
    PairCollector pairs({.image_root = "root"}, bad);
    pairs.begin_list(options);
    try {
      delimited_list.read({file}, pairs);
      const Annotations list = pairs.finish();
      for (uint64_t record = 0; record < list.records(); ++record) picture_region(list.image(record));
    } catch (const Error&) {
    }
  };
  const std::string templates = bytes.substr(0, bytes.find('\n'));
  attempt({.source = {}});
  attempt({.source = {}, .image = "2", .caption = "1", .separator = "tab"});
  attempt({.source = {}, .image = "{image:.5}/{row:09}.jpg", .header = "yes"});
  attempt({.source = {}, .image = "{" + templates, .caption = "1"});
  DelimitedRows rows(file, '\t', Quotes::kInLine);
  for (DelimitedRow row; rows.next(row);) {
  }
}

Kind tables() {
  return {"csv",
          {"image,caption,image_id\na.jpg,\"A \"\"big\"\" dog,\nand a cat\",7\r\nb.jpg#xywh=1,2,3,4\n\n\"c\",d",
           "caption\turl\n\"stray\thttp://a\n\"quoted\"\thttp://b\n", "row:09.5}/{1:0>9}.jpg,x\na,b\n"},
          {"\"",           "\"\"",    ",",      "\t",       "\n", "\r\n", "\",\"", "\"\n",
           "\xef\xbb\xbf", "\xff",    "#xywh=", "{row:09}", "{",  "}",    ":.5",   "99999999999999999999",
           "../",          "caption", "image",  "1"},
          read_table};
}

struct Inner {
  double lr = 1e-4;
  int64_t steps = 10;
};
template <class Visitor>
void fields(Visitor& v, Inner& s) {
  v("lr", s.lr, "learning rate", Range{0, 1});
  v("steps", s.steps, "steps", Range{0, 1e6});
}
struct Settings {
  std::string name = "run", mode = "sampled";
  bool flip = true;
  int64_t batch_size = 64;
  std::vector<std::string> files;
  NumberMap factors;
  Inner optimizer;
};
template <class Visitor>
void fields(Visitor& v, Settings& s) {
  v("name", s.name, "what it is called");
  v("mode", s.mode, "how", Choices{"sampled", "hardest"});
  v("flip", s.flip, "mirror");
  v("batch_size", s.batch_size, "pairs", Range{1, 1000});
  v("files", s.files, "lists");
  v("factors", s.factors, "numbers by name", Range{0, 1000});
  v("optimizer", s.optimizer, "AdamW");
}

Kind settings() {
  const std::string block =
      "name: \"a run\"  # its name\nmode: hardest\nflip: no\nbatch_size: 32\nfiles:\n  - a.json\n  - 'b.json'\n"
      "optimizer:\n  lr: 1e-3\n  steps: 5\n";
  return {"yaml",
          {block, "{name: x, files: [a, b], factors: {a.b: 0.1, c: 2}, optimizer: {lr: 0.5}}",
           "a: &a {lr: 1}\noptimizer: *a\nname: |\n  x\n"},
          {"&a ",  "*a", "- ",   ": ", "? ",    "!!int ",       "|\n",         ">-\n", "{",         "[",
           "]",    "}",  "<<: ", "\t", "---\n", "...\n",        "%YAML 9.9\n", "\"",   "'",         ".inf",
           ".nan", "0x", "~",    "#",  "\xff",  "\xef\xbb\xbf", "1e999",       "\\x",  "optimizer", "&a [*a, *a]"},
          [](const std::string& bytes) {
            Settings read;
            read_config(parse_yaml(bytes, "run.yaml", {"optimizer.lr=0.1"}), "run.yaml", read);
            Settings again;
            read_config(parse_yaml(config_text(read), "again.yaml"), "again.yaml", again);
          }};
}

Kind texts() {
  const Tokenizer tokenizer(Vocabulary::load(std::string(ALBEF_TEST_DATA) + "/goldens/input/vocab_tiny.txt"));
  return {"text",
          {"A dog, and 2 caf\xc3\xa9s; <person> in [MASK]-land\n",
           "\xe7\x8a\xac\xe3\x81\x8c \xce\xa3\xce\x91\xce\xa3 \xe0\xa4\x95\xe0\xa5\x8d"},
          {"[CLS]", "[UNK", "##", "\xcc\x81", "\xe2\x80\x8d", "\xef\xb8\x8f", "\xf4\x8f\xbf\xbf", "\xed\xa0\x80",
           "\xc3", "\xc4\xb0", "<person>"},
          [tokenizer](const std::string& bytes) {
            for (const bool lower : {true, false}) tokenizer.encode(pre_caption(bytes, 30, lower), 25);
            Vocabulary::from_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + bytes, {}, "vocab.txt");
            tokenizer.encode(bytes);
          }};
}

/// A program that finds nothing may be blind: this kind is there to be found.
Kind planted() {
  return {"planted", {"seed"}, {"!"}, [](const std::string& bytes) {
            const std::vector<char> three(3);
            volatile char read = three.data()[bytes.size() == 7 ? 3 : 0];
            static_cast<void>(read);
          }};
}

}  // namespace
}  // namespace albef::fuzz

int main(int argc, char** argv) {
  using namespace albef::fuzz;
  return run(argc, argv, {pictures, lists, questions, published, tables, pickles, settings, texts, planted});
}
