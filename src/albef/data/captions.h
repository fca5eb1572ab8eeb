// The captions of files, without the pictures that they belong to.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace albef {

/// All texts of the files, in their order: of a list (published.h) the records' captions, sentences, phrases, questions
/// and answers; of folders, tables and shards the captions that training reads; of a .txt each line. As they are: empty
/// and doubled ones too. Error that names file and record, or line, for another kind of file, a record without texts,
/// one that is no text, or a line that is not UTF-8.
std::vector<std::string> read_captions(const std::vector<std::filesystem::path>& files);

}  // namespace albef
