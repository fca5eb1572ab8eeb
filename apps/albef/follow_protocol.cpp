#include "apps/albef/follow_protocol.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "albef/base/error.h"
#include "albef/base/log.h"
#include "albef/data/published.h"
#include "albef/data/splits.h"
#include "albef/tasks/common/initial_weights.h"

namespace fs = std::filesystem;

namespace albef::cli {
namespace {

std::string all_of(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

std::string not_it(const FollowedProtocol& followed) {
  return "NOT " + followed.name + ": " + all_of(followed.check.deviations);
}

// As if the user had given it.
void set_flag(CLI::App& command, const std::string& flag, const std::string& value) {
  auto* option = command.get_option(flag);
  const auto& given = option->results();
  const auto key = value.substr(0, value.find('=') + 1);  // of --set, which may be given for other keys
  const auto says = [&](const std::string& one) { return flag != "--set" || one.starts_with(key); };
  if (std::any_of(given.begin(), given.end(), says)) return;
  option->add_result(value);
  option->run_callback();
}

}  // namespace

void add_protocol_flags(CLI::App& command, FollowedProtocol& followed) {
  followed.command = &command;
  std::string names;
  for (const auto& protocol : protocols()) {
    if (protocol.task == command.get_name()) names += (names.empty() ? "" : ", ") + protocol.name;
  }
  command.add_option("--protocol", followed.name,
                     "evaluate as published results were, and refuse what differs: " + names +
                         (command.get_name() == "retrieval"
                              ? ". \"Zero-shot\" on Flickr30K is in the paper the model fine-tuned on COCO"
                              : ""));
  command.add_flag("--deviate", followed.deviate, "of --protocol: run nevertheless, and say what differs");
}

void begin_protocol(FollowedProtocol& followed, const std::string& task, std::vector<std::string>& lists) {
  if (followed.name.empty()) {
    if (followed.deviate) fail("--deviate needs --protocol, from which to deviate");
    return;
  }
  followed.protocol = &find_protocol(followed.name, task);
  for (const auto& [flag, value] : followed.protocol->flags) set_flag(*followed.command, flag, value);
  if (followed.protocol->splits.empty()) return;
  for (auto& list : lists) {
    if (fs::is_regular_file(list) && has_splits(list)) list += "#" + followed.protocol->splits;
  }
}

void finish_check(FollowedProtocol& followed, const Facts& facts) {
  if (!followed.protocol) return;
  followed.check = check_protocol(*followed.protocol, facts);
  if (!followed.check.unknown.empty()) log_info(followed.name, ": cannot be told: ", all_of(followed.check.unknown));
  if (followed.check.deviations.empty()) return;
  if (!followed.deviate) fail(not_it(followed), "; --deviate runs it nevertheless and says so");
  log_warning(not_it(followed));
}

OrderedJson protocol_json(const FollowedProtocol& followed) {
  OrderedJson published = OrderedJson::object();
  for (const auto& result : followed.protocol->published) {
    published[result.metric]["14M"] = result.of_14m;
    if (result.of_4m > 0) published[result.metric]["4M"] = result.of_4m;
  }
  return {{"name", followed.name},
          {"scored", followed.protocol->scored},
          {"deviations", followed.check.deviations},
          {"unknown", followed.check.unknown},
          {"published", published}};
}

void print_protocol(const FollowedProtocol& followed) {
  if (!followed.protocol) return;
  const auto& [deviations, unknown] = followed.check;
  std::printf("%s\n", deviations.empty() ? followed.name.c_str() : not_it(followed).c_str());
  if (!unknown.empty()) std::printf("not known: %s\n", all_of(unknown).c_str());
}

void print_published(const FollowedProtocol& followed, const std::map<std::string, double>& results) {
  if (!followed.protocol) return;
  std::printf("%-30s %7s %7s %7s  (published: pretrained on 14M, 4M pictures)\n", followed.name.c_str(), "here", "14M",
              "4M");
  for (const auto& result : followed.protocol->published) {
    const auto ours = results.find(result.metric);
    const auto cell = [](double value) {
      char text[32];
      std::snprintf(text, sizeof text, "%.2f", value);
      return value > 0 ? std::string(text) : std::string("-");
    };
    std::printf("%-30s %7s %7s %7s\n", result.metric.c_str(),
                (ours == results.end() ? "-" : cell(ours->second)).c_str(), cell(result.of_14m).c_str(),
                cell(result.of_4m).c_str());
  }
  std::printf("scored by %s\n", followed.protocol->scored.c_str());
}

std::string sha256_of_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, ": cannot be opened (", std::strerror(errno), ")");
  sha256_ctx state;
  sha256_init(&state);
  std::vector<char> buffer(size_t{1} << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0)
    sha256_update(&state, static_cast<size_t>(in.gcount()), reinterpret_cast<const uint8_t*>(buffer.data()));
  if (in.bad()) fail(path, ": cannot be read (", std::strerror(errno), ")");
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest(&state, sizeof digest, digest);
  std::string text;
  for (const uint8_t byte : digest) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

std::string sha256_of_checkpoint(const std::string& checkpoint) {
  const fs::path path = checkpoint_path(checkpoint);
  for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
    if (fs::exists(path / name)) return sha256_of_file((path / name).string());
  }
  return sha256_of_file(path.string());
}

}  // namespace albef::cli
