// albef eval grounding: which box a phrase about a picture means, by Grad-CAM.
#include <cmath>
#include <cstdio>
#include <map>

#include "albef/tasks/grounding/eval.h"
#include "albef/tasks/grounding/settings.h"
#include "apps/albef/arguments.h"
#include "apps/albef/eval_commands.h"
#include "apps/albef/eval_flags.h"
#include "apps/albef/heat_flags.h"
#include "apps/albef/output.h"

namespace albef::cli {
namespace {

struct GroundingArgs {
  EvalFlags flags;
  GroundingFiles files;
  HeatFlags heat;
  BoxOptions boxes;
};

// One ref_id may have several phrases, and one of them twice.
std::vector<std::string> names_of(const LabelledList& list) {
  std::vector<std::string> names;
  std::map<std::string, int> before;
  for (const auto& e : list.examples) {
    const auto name = str(list.images[e.images[0]], ": ", e.sentence, " (ref_id ", e.id, ")");
    const int count = ++before[name];
    names.push_back(count == 1 ? name : str(name, " #", count));
  }
  return names;
}

OrderedJson box_json(const Box& box) {
  return {box.left, box.top, box.width, box.height};
}

// In thousandths of the highest value; what is below 0 is no heat.
OrderedJson heat_json(const torch::Tensor& heat) {
  const auto flat = heat.contiguous();
  const double highest = flat.max().item<double>();
  OrderedJson values = OrderedJson::array();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const double value = flat.const_data_ptr<float>()[i];
    values.push_back(highest > 0 && value > 0 ? std::round(1000 * value / highest) / 1000 : 0.0);
  }
  return {{"grid", {heat.size(0), heat.size(1)}}, {"values", values}};
}

struct Evaluated {
  LabelledList list;
  GroundingTruth truth;
  torch::Tensor heat;
  std::vector<Grounded> found;
};

SampleLines lines_of(const Evaluated& e, const std::vector<std::string>& names) {
  SampleLines lines;
  for (size_t n = 0; n < names.size(); ++n) {
    const auto& example = e.list.examples[n];
    const auto image = example.images[0];
    lines.push_back({{"sample", names[n]},
                     {"place", str(e.list.files[example.source], ":", example.record)},
                     {"ref_id", example.id},
                     {"images", OrderedJson::array({e.list.images[image]})},
                     {"text", example.sentence},
                     {"size", {e.truth.sizes[image].width, e.truth.sizes[image].height}},
                     {"truth", box_json(e.truth.referents[n].box)},
                     {"answer", box_json(e.found[n].answer)},
                     {"heat", heat_json(e.heat[static_cast<int64_t>(n)])},
                     {"scores", grounding_scores(e.found[n], e.list, e.truth, n)}});
  }
  return lines;
}

// Each score less what needs no model: the same samples, so the difference is paired.
OrderedJson less_baselines(const SampleLines& lines, bool proposals) {
  SampleLines ours, theirs;
  for (const auto& line : lines) {
    OrderedJson own = OrderedJson::object(), other = OrderedJson::object();
    for (const auto& [score, baseline] : grounding_baselines(proposals)) {
      const auto name = score + " less " + baseline;
      own[name] = line.at("scores").at(score);
      other[name] = line.at("scores").at(baseline);
    }
    ours.push_back({{"sample", line.at("sample")}, {"scores", own}});
    theirs.push_back({{"sample", line.at("sample")}, {"scores", other}});
  }
  return estimates_json(differences(ours, theirs, "the baselines"));
}

void print_result(const GroundingArgs& args, const OrderedJson& result) {
  print_protocol(args.flags.protocol);
  std::printf("%lld phrases about %lld %spictures, %s, %s, layer %lld, %s weights\n",
              result["phrases"].get<long long>(), result["pictures"].get<long long>(),
              args.flags.blank ? "blanked " : "", args.files.dets.empty() ? "boxes of the heat map" : "boxes proposed",
              args.heat.mode.c_str(), result["layer"].get<long long>(), args.flags.weights.c_str());
  print_estimates(result);
  std::printf("beside what needs no model:\n");
  print_signed(result["baselines"]["differences"]);
  std::map<std::string, double> means;
  for (const auto& [name, estimate] : result["estimates"].items()) means[name] = estimate["mean"];
  print_published(args.flags.protocol, means);
}

const char* given(const std::string& file) {
  return file.empty() ? "not given" : "given";
}

Facts facts_of(const GroundingArgs& args, const LabelledList& list, int64_t layer) {
  return {{"pictures", std::to_string(list.images.size())},
          {"phrases", std::to_string(list.examples.size())},
          {"--dets", given(args.files.dets)},
          {"--refs", given(args.files.refs)},
          {"--sizes", given(args.files.sizes)},
          {"--authors-fallback", args.boxes.authors_fallback ? "yes" : "no"},
          {"--mode", args.heat.mode},
          {"layer", std::to_string(layer)},
          {"--area-exponent", str(args.boxes.area_exponent)}};
}

void run(GroundingArgs& args) {
  auto& flags = args.flags;
  flags.also_read = {args.files.refs, args.files.dets, args.files.sizes};
  begin_eval(flags, "grounding");
  flags.load.itm = !args.heat.itc();
  flags.load.mlm = false;
  auto loaded = load_model(flags.load, GroundingSettings().common);
  take_run_settings(args.heat, loaded);
  args.boxes.threshold = args.heat.threshold;
  const auto& data = loaded.settings.data;
  const auto heat = args.heat.options(flags.batch, data.loader_threads, loaded.compute);
  const int64_t layer = heat_layer(loaded.encoders, heat);
  Evaluated e;
  e.list = read_labelled(flags.data, flags.image_root.empty() ? data.image_root : flags.image_root, grounding_format());
  check_facts(flags, loaded.settings, facts_of(args, e.list, layer));
  check_pictures_exist(e.list);
  const auto names = names_of(e.list);
  const auto against = read_against(flags, names);
  Pictures pictures(flags.pictures(data));
  e.truth = read_grounding_truth(e.list, args.files, pictures);
  const CaptionEncoder encoder{loaded.tokenizer, data.max_words, loaded.settings.model.bert.max_position_embeddings};
  const auto probe = probe_of(flags, e.list, [&](const LabelledList& some, int64_t at_once) {
    auto smaller = heat;
    smaller.batch_size = at_once;
    heat_maps(loaded.model, loaded.encoders, some, encoder, pictures, smaller, loaded.device);
  });
  e.heat = within_memory("the evaluation", "lower --batch-size", probe, [&] {
    return heat_maps(loaded.model, loaded.encoders, e.list, encoder, pictures, heat, loaded.device);
  });
  e.found = find_boxes(e.heat, e.list, e.truth, args.boxes);

  const auto lines = lines_of(e, names);
  OrderedJson result = {{"task", "grounding"},
                        {"phrases", names.size()},
                        {"pictures", e.list.images.size()},
                        {"refs", args.files.refs},
                        {"dets", args.files.dets},
                        {"mode", args.heat.mode},
                        {"layer", layer},
                        {"box_threshold", args.boxes.threshold},
                        {"area_exponent", args.boxes.area_exponent},
                        {"authors_fallback", args.boxes.authors_fallback}};
  result.update(finish_eval(flags, loaded.compute, e.list.image_root, lines, against));
  result["baselines"] = {{"differences", less_baselines(lines, !args.files.dets.empty())}};
  if (flags.json != "-") print_result(args, result);
  write_json(flags.json, result);
}

}  // namespace

void add_eval_grounding(CLI::App& group) {
  auto args = std::make_shared<GroundingArgs>();
  args->flags.batch = 64;
  auto* command = group.add_subcommand("grounding", "Where in a picture is a phrase? Boxes by Grad-CAM");
  add_eval_flags(*command, args->flags, "phrases looked for at once");
  command->add_option("--refs", args->files.refs, "the boxes that the phrases mean; RefCOCO's own files have theirs");
  command->add_option("--dets", args->files.dets, "boxes proposed for each picture; without: the heat map's own");
  command->add_option("--sizes", args->files.sizes, "sizes that boxes are in, where the pictures at hand have others");
  add_heat_flags(*command, args->heat);
  command
      ->add_option("--area-exponent", args->boxes.area_exponent,
                   "a proposal's score is its heat over its area to this power")
      ->capture_default_str()
      ->check(number(0, 4));
  command->add_flag("--authors-fallback", args->boxes.authors_fallback,
                    "where no proposal has heat, answer as to the phrase before, as the authors do");
  command->footer(
      "Examples:\n  albef eval grounding --checkpoint output/grounding --data grounding_test.json --refs refs.json "
      "--dets dets.json --image-root pictures\n  albef eval grounding --checkpoint output/grounding --data "
      "entities_test.json --refs entities_refs.json --sizes flickr8k_images.json --image-root data");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
