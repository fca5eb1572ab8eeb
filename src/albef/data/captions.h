// The captions of files, without the pictures that they belong to.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace albef {

/// All captions of the files, in their order: of a .json list the records' "caption", one or a list; of a .txt each
/// line. As they are: empty and doubled ones too. Error that names file and record, or line, for another kind of file,
/// a record without captions, one that is no text, or a line that is not UTF-8.
std::vector<std::string> read_captions(const std::vector<std::filesystem::path>& files);

}  // namespace albef
