#include "albef/tasks/convert/convert.h"

#include <filesystem>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/base/plain_pickle.h"
#include "albef/data/record_fields.h"
#include "albef/io/pth_writer.h"
#include "albef/tasks/convert/blend.h"
#include "albef/tasks/convert/settings.h"
#include "albef/text/vocabulary.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

void check_options(const ConvertOptions& o) {
  if (o.blend.has_value() != !o.with.empty()) fail("--blend A and --with P belong together: A * IN + (1 - A) * P");
  if (o.blend && !(*o.blend >= 0 && *o.blend <= 1)) fail("--blend is ", *o.blend, ", expected 0 to 1");
  if (o.to != "ours" && (!o.config.empty() || !o.vocab.empty())) fail("--config and --vocab go with --to ours alone");
  if (o.to == "json" && (o.blend || o.weights_only))
    fail("--to json takes a pickle of plain data: there are no weights");
}

/// OUT must not be IN, nor within it: what is read stays.
void check_place(const ConvertOptions& o) {
  std::error_code error;
  const fs::path out = fs::weakly_canonical(o.out, error);
  for (const std::string& input : {o.in, o.with, o.config, o.vocab}) {
    if (input.empty()) continue;
    const fs::path in = fs::weakly_canonical(input, error), inside = out.lexically_relative(in);
    if (out == in || (fs::is_directory(in, error) && !inside.empty() && *inside.begin() != ".."))
      fail(o.out, ": is ", input, ", which is read, or lies in it; name another place");
  }
}

void take_vocabulary(const std::string& path, Source& source) {
  if (path.empty()) fail(source.where, ": has no vocabulary with it; give its vocab.txt (--vocab)");
  const Vocabulary vocabulary = Vocabulary::load(path);
  const auto rows = source.checkpoint.model.at(our_name("text_encoder.embeddings.word_embeddings.weight", source.kind));
  if (vocabulary.size() > rows.size(0))
    fail(path, ": has ", vocabulary.size(), " tokens, the model knows ", rows.size(0));
  auto& files = source.checkpoint.files;
  files["vocab.txt"] = vocabulary.text();
  const fs::path folder = fs::is_directory(path) ? fs::path(path) : fs::path(path).parent_path();
  if (fs::exists(folder / "tokenizer_config.json"))
    files["tokenizer_config.json"] = read_file(folder / "tokenizer_config.json");
}

/// The state that a run of this program would have left, so that one can go on from it.
void complete(const ConvertOptions& options, Source& source) {
  if (source.is_ours) {
    if (!options.config.empty() || !options.vocab.empty())
      fail(source.where, ": knows its settings and its vocabulary; leave --config and --vocab out");
    return;
  }
  take_vocabulary(options.vocab, source);
  const OrderedJson epoch = source.authors.is_object() ? source.authors.value("epoch", OrderedJson()) : OrderedJson();
  auto& state = source.checkpoint.state;
  state = {{"task", source.kind.task},
           {"step", source.step},
           {"epoch", epoch.is_number_integer() ? epoch.get<int64_t>() + 1 : 0},
           {"step_in_epoch", 0},
           {"pairs", 0},
           {"ranks", 1},
           {"seconds", 0.0},
           {"without_gain", 0},
           {"evaluated", true},
           {"counters", OrderedJson::object()},
           {"config", settings_text(source, options.config)}};
  if (!source.authors.is_null()) state["authors"] = source.authors;
}

void warn_of_nan(const Source& source) {
  for (const auto* tensors : {&source.checkpoint.model, &source.checkpoint.training}) {
    if (const auto name = first_not_finite(*tensors))
      log_warning(source.where, ": ", printable(*name),
                  " holds NaN or infinity; converted as it is, but no evaluation will take it");
  }
}

std::vector<std::string> blend_into(const ConvertOptions& options, Source& source) {
  const Source other = read_source(options.with, /*weights_only=*/true);
  const BlendReport report = blend(source, other, *options.blend);
  std::vector<std::string> lines = {str(report.blended, " tensors are ", *options.blend, " of ", source.where, " and ",
                                        1 - *options.blend, " of ", other.where, "; ", report.kept,
                                        " queues and counters are the former's")};
  if (!report.resized.empty()) lines.push_back("resized to fit: " + joined(report.resized));
  if (!report.alone.empty()) lines.push_back("not in both, kept from the former: " + joined(report.alone));
  return lines;
}

std::vector<std::string> convert_pickle(const ConvertOptions& options) {
  if (!is_pickle(options.in)) fail(options.in, ": is no pickle of a list or dictionary, as RefCOCO's refs(unc).p is");
  const OrderedJson value = read_plain_pickle(options.in);
  write_atomically(options.out, [&](std::ostream& out) { out << value << "\n"; });
  return {str(options.out, ": ", value.size(), value.is_array() ? " records" : " keys")};
}

}  // namespace

std::vector<std::string> convert(const ConvertOptions& options) {
  check_options(options);
  check_place(options);
  if (options.to == "json") return convert_pickle(options);
  if (fs::is_regular_file(options.in) && is_pickle(options.in) && fs::path(options.in).extension() == ".p")
    fail(options.in, ": is a pickle of plain data; expected --to json");
  if (options.to == "albef") check_writable(options.out);
  Source source = read_source(options.in, options.weights_only || options.blend);
  std::vector<std::string> lines;
  if (options.blend) lines = blend_into(options, source);
  warn_of_nan(source);
  if (options.to == "ours") {
    complete(options, source);
  }
  if (options.blend && source.checkpoint.state.is_object()) {
    source.checkpoint.state["blend"] = {{"share", *options.blend}, {"with", options.with}};
    source.checkpoint.state["evaluated"] = false;  // these weights never were
  }
  if (options.to == "ours") {
    write_checkpoint_folder(options.out, source.step, source.checkpoint);
  } else {
    write_pth(options.out, authors_form(source, options.weights_only));
  }
  lines.push_back(str(options.out, ": ", source.checkpoint.model.size(), " tensors of `", source.kind.task, "`",
                      source.checkpoint.training.empty() ? "" : ", with its optimiser"));
  return lines;
}

}  // namespace albef
