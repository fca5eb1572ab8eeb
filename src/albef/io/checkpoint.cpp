#include "albef/io/checkpoint.h"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>

#include "albef/base/error.h"
#include "albef/base/files.h"
#include "albef/base/log.h"
#include "albef/io/checksum.h"
#include "albef/io/input_file.h"
#include "albef/io/ordered_json.h"
#include "albef/io/safetensors.h"

namespace fs = std::filesystem;

namespace albef {
namespace {

constexpr char kFormat[] = "albef checkpoint";
constexpr int64_t kVersion = 1;
constexpr char kModelFile[] = "model.safetensors", kTrainingFile[] = "training.safetensors",
               kStateFile[] = "state.json";
constexpr char kTemporary[] = ".tmp-";
constexpr char kStep[] = "step-";

std::string step_name(int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "%s%08lld", kStep, static_cast<long long>(step));
  return name;
}

OrderedJson write_tensors(const fs::path& path, const TensorMap& tensors) {
  // "pt" is what Hugging Face's readers ask for.
  const std::string checksum = write_safetensors(path, tensors, {{"format", "pt"}});
  return {{"bytes", fs::file_size(path)}, {"crc32", checksum}};
}

std::string text_checksum(const std::string& text) {
  return checksum_text(crc32(0, text.data(), text.size()));
}

std::string checksum_of(const OrderedJson& document) {
  return text_checksum(document.dump());
}

void write_document(const fs::path& folder, OrderedJson document) {
  document["crc32"] = checksum_of(document);
  write_atomically(folder / kStateFile, document.dump(2) + "\n");
}

void write_files(const fs::path& folder, int64_t step, const Checkpoint& checkpoint) {
  OrderedJson document{{"format", kFormat}, {"version", kVersion}, {"step", step}};
  document["files"][kModelFile] = write_tensors(folder / kModelFile, checkpoint.model);
  document["files"][kTrainingFile] = write_tensors(folder / kTrainingFile, checkpoint.training);
  for (const auto& [name, content] : checkpoint.files) {
    TORCH_CHECK(is_plain_name(name) && !document["files"].contains(name) && name != kStateFile, "file named ", name);
    write_atomically(folder / name, content);
    document["files"][name] = {{"bytes", content.size()}, {"crc32", text_checksum(content)}};
  }
  document["state"] = checkpoint.state;
  write_document(folder, document);
}

/// Gives `temporary` the name `final`, where there may already be a folder: then the two change places, so that at no
/// moment is there none.
void put_in_place(const fs::path& temporary, const fs::path& final) {
  std::error_code ignored;  // what stays is removed before the next checkpoint is written
  if (fs::exists(final) && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, final.c_str(), RENAME_EXCHANGE) == 0) {
    remove_tree(temporary, ignored);
    return;
  }
  if (fs::exists(final)) {  // a file system that cannot exchange
    const fs::path old = temporary.string() + "-old";
    fs::rename(final, old);
    fs::rename(temporary, final);
    remove_tree(old, ignored);
    return;
  }
  fs::rename(temporary, final);
}

void remove_leftovers(const fs::path& root) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.path().filename().string().starts_with(kTemporary)) remove_tree(entry.path(), error);
  }
}

/// What is read from state.json further on is there and of its type.
bool has_form(const OrderedJson& document) {
  const OrderedJson files = document.value("files", OrderedJson());
  if (!files.is_object() || !files.contains(kModelFile) || !files.contains(kTrainingFile)) return false;
  for (const auto& [name, record] : files.items()) {
    const bool is_record = is_plain_name(name) && record.is_object() &&
                           record.value("bytes", OrderedJson()).is_number_unsigned() &&
                           record.value("crc32", OrderedJson()).is_string();
    if (!is_record) return false;
  }
  return document.contains("state") && document.at("state").is_object();
}

/// state.json, its form and its own checksum checked.
OrderedJson read_document(const fs::path& path) {
  const std::string file = (path / kStateFile).string();
  OrderedJson document = read_ordered_json(path / kStateFile);
  if (!document.is_object() || document.value("format", OrderedJson()) != kFormat) {
    fail(file, ": is not the state of an albef checkpoint");
  }
  const OrderedJson version = document.value("version", OrderedJson());
  if (!version.is_number_integer() || version.get<int64_t>() < 1) fail(file, ": damaged: it has no version");
  if (version.get<int64_t>() > kVersion) {
    fail(file, ": has version ", version.get<int64_t>(), "; this program reads up to ", kVersion, ": take a newer one");
  }
  const OrderedJson checksum = document.value("crc32", OrderedJson());
  document.erase("crc32");
  if (checksum != checksum_of(document)) {
    fail(file, ": damaged: its checksum does not match; take an earlier checkpoint");
  }
  if (!has_form(document)) fail(file, ": damaged: it does not name the checkpoint's files or has no state");
  return document;
}

/// Compares a file's size with the record before it is read; returns the checksum that it must have.
std::string check_size(const fs::path& path, const OrderedJson& document, const char* name) {
  const auto& record = document.at("files").at(name);
  std::error_code error;
  const uint64_t size = fs::file_size(path / name, error);
  if (error) fail((path / name).string(), ": cannot be read (", error.message(), ")");
  const auto expected = record.at("bytes").get<uint64_t>();
  if (size != expected) fail((path / name).string(), ": damaged: ", size, " bytes long, expected ", expected);
  return record.at("crc32").get<std::string>();
}

void check_checksum(const fs::path& path, const Metadata& metadata, const std::string& expected) {
  const auto found = metadata.find(kChecksumKey);
  if (found == metadata.end() || found->second != expected) {
    fail(path.string(), ": is not the file that this checkpoint was written with; take an earlier checkpoint");
  }
}

TensorMap read_tensors(const fs::path& path, const OrderedJson& document, const char* name) {
  const std::string expected = check_size(path, document, name);
  TensorFile file = read_safetensors(path / name);
  check_checksum(path / name, file.metadata, expected);
  return std::move(file.tensors);
}

std::map<std::string, std::string> read_texts(const fs::path& path, const OrderedJson& document) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, record] : document.at("files").items()) {
    if (name == kModelFile || name == kTrainingFile) continue;
    const std::string expected = check_size(path, document, name.c_str());
    std::string text = read_file(path / name);
    if (text_checksum(text) != expected) {
      fail((path / name).string(), ": damaged: its checksum does not match; take an earlier checkpoint");
    }
    texts[name] = std::move(text);
  }
  return texts;
}

/// Writes all of it as `temporary` and gives that its name.
void write_folder(const fs::path& final, const fs::path& temporary, int64_t step, const Checkpoint& checkpoint,
                  const std::function<void()>& clear) {
  TORCH_CHECK(step >= 0 && checkpoint.state.is_object(), "checkpoint of step ", step);
  const auto leave = [&temporary](const std::string& why) {
    std::error_code ignored;
    remove_tree(temporary, ignored);
    return why;
  };
  try {
    clear();
    fs::create_directory(temporary);
    write_files(temporary, step, checkpoint);
    put_in_place(temporary, final);
    sync_folder(final.parent_path());
  } catch (const fs::filesystem_error& error) {
    fail(final.string(), ": the checkpoint cannot be written (", leave(error.code().message()), ")");
  } catch (const OrderedJson::exception& error) {
    fail(final.string(), ": the checkpoint cannot be written: a text in its state is not valid UTF-8 (",
         leave(error.what()), ")");
  } catch (...) {
    leave("");
    throw;
  }
}

}  // namespace

fs::path write_checkpoint(const fs::path& root, int64_t step, const Checkpoint& checkpoint) {
  make_writable_folder(root);
  const fs::path final = root / step_name(step), temporary = root / (kTemporary + step_name(step));
  write_folder(final, temporary, step, checkpoint, [&] { remove_leftovers(root); });
  link_checkpoint(root, "last", final);
  return final;
}

void write_checkpoint_folder(const fs::path& folder, int64_t step, const Checkpoint& checkpoint) {
  const fs::path whole = fs::absolute(folder / "").parent_path();  // without a slash at its end
  if (fs::exists(fs::symlink_status(whole))) {
    fail(folder.string(), ": is there already; name a folder that is not, so that nothing is overwritten");
  }
  make_writable_folder(whole.parent_path());
  const fs::path temporary = whole.parent_path() / (kTemporary + whole.filename().string());
  write_folder(whole, temporary, step, checkpoint, [&] {
    std::error_code ignored;  // of a run of this program that was killed
    remove_tree(temporary, ignored);
  });
}

Checkpoint read_checkpoint(const fs::path& path) {
  const OrderedJson document = read_document(path);
  return {read_tensors(path, document, kModelFile), read_tensors(path, document, kTrainingFile), document.at("state"),
          read_texts(path, document)};
}

OrderedJson read_checkpoint_state(const fs::path& path) {
  return read_document(path).at("state");
}

int64_t read_checkpoint_step(const fs::path& path) {
  const OrderedJson step = read_document(path).value("step", OrderedJson());
  return step.is_number_integer() ? std::max<int64_t>(step.get<int64_t>(), 0) : 0;
}

void update_checkpoint_state(const fs::path& path, const OrderedJson& changes) {
  OrderedJson document = read_document(path);
  document["state"].update(changes);
  write_document(path, document);
}

std::string read_checkpoint_config(const fs::path& path) {
  const OrderedJson state = read_checkpoint_state(path);
  const auto config = state.find("config");
  if (config == state.end() || !config->is_string()) {
    fail((path / kStateFile).string(), ": state.config is ", config == state.end() ? "missing" : json_kind(*config),
         ", expected the settings as YAML text; take a checkpoint that `albef pretrain` wrote");
  }
  return config->get<std::string>();
}

void verify_checkpoint(const fs::path& path) {
  const OrderedJson document = read_document(path);
  for (const char* name : {kModelFile, kTrainingFile}) {
    const std::string expected = check_size(path, document, name);
    check_checksum(path / name, verify_safetensors(path / name), expected);
  }
  read_texts(path, document);
}

std::optional<int64_t> checkpoint_step(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::string digits = name.starts_with(kStep) ? name.substr(std::strlen(kStep)) : "";
  const bool is_number =
      digits.size() >= 8 && digits.size() <= 18 && digits.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::optional<int64_t>(std::stoll(digits)) : std::nullopt;
}

std::vector<fs::path> list_checkpoints(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error)) {
    if (checkpoint_step(entry.path()) && entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end(),
            [](const fs::path& a, const fs::path& b) { return *checkpoint_step(a) > *checkpoint_step(b); });
  return folders;
}

std::optional<fs::path> newest_whole_checkpoint(const fs::path& root) {
  auto folders = list_checkpoints(root);
  std::error_code error;  // a run that went back to an earlier step has its newest at `last`
  const auto last = std::find(folders.begin(), folders.end(), root / fs::read_symlink(root / "last", error).filename());
  if (last != folders.end()) std::rotate(folders.begin(), last, last + 1);
  for (const fs::path& folder : folders) {
    try {
      verify_checkpoint(folder);
      return folder;
    } catch (const Error& error) {
      log_warning("checkpoint ", folder.string(), " is passed over: ", error.what());
    }
  }
  return std::nullopt;
}

void link_checkpoint(const fs::path& root, const std::string& name, const fs::path& checkpoint) {
  TORCH_CHECK(checkpoint_step(checkpoint), checkpoint.string(), " is no checkpoint's folder");
  const fs::path temporary = root / (kTemporary + name);
  try {
    fs::remove(temporary);
    fs::create_directory_symlink(checkpoint.filename(), temporary);
    fs::rename(temporary, root / name);
    sync_folder(root);
  } catch (const fs::filesystem_error& error) {
    fail((root / name).string(), ": the link to ", checkpoint.filename().string(), " cannot be made (",
         error.code().message(), ")");
  }
}

void prune_checkpoints(const fs::path& root, size_t keep) {
  std::vector<fs::path> kept;
  std::error_code error;
  for (const char* name : {"best", "last"}) kept.push_back(fs::read_symlink(root / name, error).filename());
  const auto folders = list_checkpoints(root);
  for (size_t i = std::max<size_t>(keep, 1); i < folders.size(); ++i) {
    if (std::find(kept.begin(), kept.end(), folders[i].filename()) != kept.end()) continue;
    // Renamed first: were the removal cut off, half a checkpoint would be left under a good name.
    const fs::path temporary = root / (kTemporary + folders[i].filename().string());
    fs::rename(folders[i], temporary, error);
    if (!error) remove_tree(temporary, error);
    if (error) log_warning("checkpoint ", folders[i].string(), " cannot be removed (", error.message(), ")");
  }
}

}  // namespace albef
