#include "albef/synth/annotations.h"

#include <array>
#include <cstdio>
#include <functional>
#include <span>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/json.h"
#include "albef/synth/draw.h"
#include "albef/synth/entailment.h"
#include "albef/synth/pair_sentences.h"
#include "albef/synth/questions.h"
#include "albef/synth/references.h"

namespace albef::synth {
namespace {

constexpr int kPhrasesAnObject = 2, kQuestionsAScene = 4;
constexpr size_t kAnswers = 10;  // VQA v2 has ten people's answers to a question; ours all agree

using Add = std::function<void(const OrderedJson&)>;

// A JSON list with one record on a line.
void write_list(const std::filesystem::path& path, const std::function<void(const Add&)>& make) {
  write_atomically(path, [&](std::ostream& out) {
    const char* before = "[\n";
    make([&](const OrderedJson& record) {
      out << before << record.dump();
      before = ",\n";
    });
    out << (*before == '[' ? "[]\n" : "\n]\n");
  });
}

void for_each(const SplitScenes& split,
              const std::function<void(const Scene&, const std::string& image, int64_t id)>& visit) {
  for (size_t i = 0; i < split.scenes.size(); ++i) {
    const auto id = static_cast<int64_t>(split.split) * (kMaxScenes + 1) + static_cast<int64_t>(i) + 1;
    visit(split.scenes[i], image_name(split.split, i + 1), id);
  }
}

OrderedJson json_of(const Box& box) {
  return OrderedJson{box.x, box.y, box.width, box.height};
}

OrderedJson json_of(const Object& object, int side) {
  OrderedJson json = {{"shape", word(object.look.shape)},
                      {"color", word(object.look.colour)},
                      {"texture", word(object.look.texture)},
                      {"size", word(object.look.size)},
                      {"column", object.column},
                      {"row", object.row},
                      {"box", json_of(box_of(object, side))}};
  json["on"] = object.host < 0 ? OrderedJson(nullptr) : OrderedJson(object.host);
  return json;
}

void write_captions(const std::filesystem::path& path, const SplitScenes& split) {
  write_list(path, [&](const Add& add) {
    for_each(split, [&](const Scene& scene, const std::string& image, int64_t id) {
      OrderedJson texts = OrderedJson::array();
      for (const Caption& caption : make_captions(scene, split.captions)) texts.push_back(caption.text);
      add({{"image", image}, {"caption", texts}, {"image_id", id}});
    });
  });
}

// Each phrase of each object; its number within the scene makes the ref_id.
void for_each_reference(const SplitScenes& split,
                        const std::function<void(const Scene&, const std::string& image, int64_t image_id,
                                                 int64_t ref_id, const Reference&)>& visit) {
  for_each(split, [&](const Scene& scene, const std::string& image, int64_t id) {
    int64_t ref_id = id * 10;
    for (const Reference& reference : make_references(scene, kPhrasesAnObject))
      visit(scene, image, id, ref_id++, reference);
  });
}

void write_grounding(const std::filesystem::path& path, const SplitScenes& split) {
  write_list(path, [&](const Add& add) {
    for_each_reference(
        split, [&](const Scene&, const std::string& image, int64_t, int64_t ref_id, const Reference& reference) {
          add({{"image", image}, {"text", reference.text}, {"ref_id", ref_id}});
        });
  });
}

void write_questions(const std::filesystem::path& path, const SplitScenes& split) {
  write_list(path, [&](const Add& add) {
    AnswerCounts given;
    for_each(split, [&](const Scene& scene, const std::string& image, int64_t id) {
      int64_t question_id = id * 10;
      for (const Question& question : make_questions(scene, kQuestionsAScene, split.captions.scenes, given)) {
        add({{"question_id", question_id++},
             {"question", question.text},
             {"question_type", question.type},
             {"answer_type", question.answer_type()},
             {"image", image},
             {"dataset", "vqa"},
             {"answer", std::vector<std::string>(kAnswers, question.answer)}});
      }
    });
  });
}

void write_entailment(const std::filesystem::path& path, const SplitScenes& split) {
  write_list(path, [&](const Add& add) {
    for (const Entailment& made : make_entailments(split.scenes)) {
      const std::string image = image_name(split.split, made.scene + 1);
      add({{"image", image}, {"sentence", made.sentence}, {"label", word(made.label)}});
    }
  });
}

// Scenes 1 and 2, 3 and 4, ... make the pairs. The identifier is NLVR2's: split, set, pair in it, sentence.
void write_pairs(const std::filesystem::path& path, const SplitScenes& split) {
  write_list(path, [&](const Add& add) {
    size_t number = 0;
    for (const PairSet& set : pair_sets(split.scenes.size() / 2)) {
      const std::span scenes(split.scenes.data() + 2 * set.begin, 2 * (set.end - set.begin));
      for (const PairSentence& made : make_pair_sentences(scenes)) {
        const size_t left = 2 * (set.begin + made.pair) + 1;
        add({{"images", {image_name(split.split, left), image_name(split.split, left + 1)}},
             {"sentence", made.text},
             {"label", made.truth ? "True" : "False"},
             {"identifier", str(word(split.split), "-", number, "-", made.pair, "-", made.sentence)}});
      }
      ++number;
    }
  });
}

void write_scenes(const std::filesystem::path& path, const std::vector<SplitScenes>& splits) {
  write_atomically(path, [&](std::ostream& out) {
    for (const SplitScenes& split : splits) {
      for_each(split, [&](const Scene& scene, const std::string& image, int64_t id) {
        OrderedJson json = {{"image", image}, {"image_id", id}, {"split", word(split.split)}, {"side", split.side}};
        json["background"] = {{"pattern", word(scene.pattern)}, {"tone", word(scene.tone)}};
        json["objects"] = OrderedJson::array();
        for (const Object& object : scene.objects) json["objects"].push_back(json_of(object, split.side));
        out << json.dump() << "\n";
      });
    }
  });
}

void write_noise(const std::filesystem::path& path, const std::vector<SplitScenes>& splits) {
  write_list(path, [&](const Add& add) {
    for (const SplitScenes& split : splits) {
      for_each(split, [&](const Scene& scene, const std::string& image, int64_t) {
        int index = 0;
        for (const Caption& caption : make_captions(scene, split.captions)) {
          const int here = index++;
          if (caption.kind == CaptionKind::kTrue) continue;
          add({{"image", image}, {"index", here}, {"caption", caption.text}, {"kind", word(caption.kind)}});
        }
      });
    }
  });
}

// RefCOCO+ tests people and the rest apart (testA, testB); ours large and small objects.
void write_refs(const std::filesystem::path& path, const std::vector<SplitScenes>& splits) {
  write_list(path, [&](const Add& add) {
    for (const SplitScenes& split : splits) {
      if (split.split == Split::kTrain) continue;
      for_each_reference(
          split, [&](const Scene& scene, const std::string&, int64_t id, int64_t ref_id, const Reference& reference) {
            const Object& object = scene.objects[reference.object];
            const char* test = object.look.size == Size::kLarge ? "testA" : "testB";
            add({{"ref_id", ref_id},
                 {"image_id", id},
                 {"split", split.split == Split::kVal ? "val" : test},
                 {"type", word(object.look.shape)},
                 {"sent", reference.text},
                 {"bbox", json_of(box_of(object, split.side))}});
          });
    }
  });
}

// A near miss, as detectors have them: the box moved by 0.6 of its size towards the picture's middle.
Box beside(const Box& box, int side) {
  const auto moved = [&](int start, int length) {
    return start + (2 * start + length < side ? 1 : -1) * static_cast<int>(0.6 * length);
  };
  return {moved(box.x, box.width), moved(box.y, box.height), box.width, box.height};
}

// Proposals for grounding: every object's box, and as many near misses.
void write_boxes(const std::filesystem::path& path, const std::vector<SplitScenes>& splits) {
  write_atomically(path, [&](std::ostream& out) {
    const char* before = "{\n";
    for (const SplitScenes& split : splits) {
      if (split.split == Split::kTrain) continue;
      for_each(split, [&](const Scene& scene, const std::string&, int64_t id) {
        OrderedJson boxes = OrderedJson::array();
        for (const Object& object : scene.objects) {
          const Box box = box_of(object, split.side);
          boxes.push_back(json_of(box));
          boxes.push_back(json_of(beside(box, split.side)));
        }
        out << before << '"' << id << "\":" << boxes.dump();
        before = ",\n";
      });
    }
    out << (*before == '{' ? "{}\n" : "\n}\n");
  });
}

struct List {
  const char* prefix;
  void (*write)(const std::filesystem::path&, const SplitScenes&);
};
constexpr std::array<List, 5> kLists = {{{"", write_captions},
                                         {"grounding_", write_grounding},
                                         {"vqa_", write_questions},
                                         {"ve_", write_entailment},
                                         {"nlvr_", write_pairs}}};

std::string list_name(const List& list, Split split) {
  return std::string(list.prefix) + word(split) + ".json";
}

}  // namespace

std::string image_name(Split split, size_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%06zu", number);
  return std::string("images/") + word(split) + "/" + digits + ".png";
}

void write_lists(const std::filesystem::path& folder, const SplitScenes& scenes) {
  for (const List& list : kLists) list.write(folder / list_name(list, scenes.split), scenes);
}

void write_shared_lists(const std::filesystem::path& folder, const std::vector<SplitScenes>& splits) {
  write_scenes(folder / "scenes.jsonl", splits);
  write_noise(folder / kNoiseList, splits);
  write_refs(folder / "refs.json", splits);
  write_boxes(folder / "dets.json", splits);
  write_atomically(folder / "vqa_answer_list.json", OrderedJson(all_answers()).dump() + "\n");
}

std::vector<std::string> list_names(const std::vector<SplitScenes>& splits) {
  std::vector<std::string> names = {"scenes.jsonl", kNoiseList, "refs.json", "dets.json", "vqa_answer_list.json"};
  for (const SplitScenes& split : splits) {
    for (const List& list : kLists) names.push_back(list_name(list, split.split));
  }
  return names;
}

}  // namespace albef::synth
