// albef data list: what the program reads in a source, pair by pair.
#include <cstdio>
#include <iostream>
#include <memory>

#include "albef/base/json.h"
#include "albef/base/log.h"
#include "albef/data/annotations.h"
#include "apps/albef/arguments.h"
#include "apps/albef/data_commands.h"
#include "apps/albef/list_flags.h"

namespace albef::cli {
namespace {

struct DataListArgs {
  ListFlags lists;
  uint64_t limit = 0;
};

OrderedJson line_of(const Annotations& list, uint64_t record) {
  OrderedJson line = {{"image", list.image(record)}, {"image_id", list.image_id(record)}};
  for (uint64_t i = 0; i < list.caption_count(record); ++i) line["caption"].push_back(list.caption(record, i));
  const Place place = list.place(record);
  line["file"] = place.file;
  line["record"] = place.record;
  return line;
}

void run(const DataListArgs& args) {
  BadSamples bad;
  const auto list = read_mixed(args.lists.lists(), {}, bad);
  const uint64_t end = args.limit > 0 ? std::min(args.limit, list.records()) : list.records();
  for (uint64_t record = 0; record < end && std::cout; ++record)
    std::cout << line_of(list, record).dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << '\n';
  if (bad.total() > 0) log_warning("passed over: ", bad.summary());
  log_info(list.records(), " records with ", list.captions(), " captions");
}

}  // namespace

void add_data_list(CLI::App& data) {
  auto args = std::make_shared<DataListArgs>();
  auto* command = data.add_subcommand("list", "Print the pairs that a source gives, a JSON object a line");
  add_list_flags(*command, args->lists);
  command->add_option("--limit", args->limit, "only so many records; 0: all")->capture_default_str();
  command->footer(
      "Example:\n  albef data list 'cc3m/{00000..00331}.tar' --limit 5\n"
      "  albef data list cc3m.tsv --caption 1 --image 'pictures/{row:09}.jpg' --image-root cc3m | less");
  command->callback([args] { run(*args); });
}

}  // namespace albef::cli
