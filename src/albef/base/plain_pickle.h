// Python's pickles of plain data (protocols 0 to 5), such as the refs(unc).p of RefCOCO. Nothing in the file is run: it
// may ask for no name at all.
#pragma once
#include <filesystem>

#include "albef/base/json.h"

namespace albef {

/// Whether the file begins as the pickle of a list or a dictionary does (for protocols 2 to 5: of anything). False for
/// JSON, for other texts, and for what cannot be read.
bool is_pickle(const std::filesystem::path& path);

/// The value as JSON would have it: tuples and sets are lists, keys that are numbers, booleans or None become strings
/// as in Python's json module. Python 2's byte strings are taken for UTF-8, bytes that are none become U+FFFD. Throws
/// Error if the file asks for any name (code), is damaged, or holds more than such files do: 128 MiB, 8,388,608 values
/// (what is shared counts each time), 256 MiB of text, nested 64 deep; numbers must be finite and fit 64 bits, and keys
/// differ. The 50,000 phrases of RefCOCO+ are 40 MB and some 3 million values; memory is at most about 300 bytes a
/// value.
OrderedJson read_plain_pickle(const std::filesystem::path& path);

}  // namespace albef
