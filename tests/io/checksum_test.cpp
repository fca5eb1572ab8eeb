#include "albef/io/checksum.h"

#include <gtest/gtest.h>

#include <string>

namespace albef {
namespace {

uint32_t of(const std::string& text) {
  return crc32(0, text.data(), text.size());
}

TEST(Checksum, IsTheOneOfZipFiles) {  // the check value that every catalogue of CRCs gives
  EXPECT_EQ(of("123456789"), 0xCBF43926u);
  EXPECT_EQ(of(""), 0u);
  EXPECT_EQ(checksum_text(0xCBF4u), "0000cbf4");
}

TEST(Checksum, OfPartsIsTheChecksumOfTheWhole) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(i * 37);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const uint32_t first = crc32(0, text.data(), cut);
    EXPECT_EQ(crc32(first, text.data() + cut, text.size() - cut), of(text)) << cut;
  }
}

TEST(Checksum, ChangesWithEveryBit) {
  std::string text(67, 'a');
  const uint32_t whole = of(text);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(of(text), whole) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
}

}  // namespace
}  // namespace albef
