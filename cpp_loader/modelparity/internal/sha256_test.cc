#include "modelparity/internal/sha256.h"

#include <gtest/gtest.h>

namespace modelparity::internal {
namespace {

class Sha256Test : public ::testing::TestWithParam<Instructions> {
 protected:
  // Added in pieces of `piece` bytes.
  static std::string sha256(std::string_view data, std::size_t piece) {
    Sha256 hash(GetParam());
    for (; data.size() > piece; data.remove_prefix(piece)) hash.add(data.substr(0, piece));
    hash.add(data);
    return hash.hex();
  }

  static std::string sha256(std::string_view data) {
    std::string whole = sha256(data, data.size() + 1);
    for (const std::size_t piece : {1, 63, 64, 65, 100}) EXPECT_EQ(sha256(data, piece), whole);
    return whole;
  }
};

// The examples of FIPS 180-4, and lengths around the end of a block, from coreutils' sha256sum.
TEST_P(Sha256Test, AgreesWithTheStandard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_P(Sha256Test, AgreesAroundTheEndOfABlock) {
  EXPECT_EQ(sha256(std::string(55, 'a')),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(sha256(std::string(56, 'a')),
            "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  EXPECT_EQ(sha256(std::string(63, 'a')),
            "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
  EXPECT_EQ(sha256(std::string(64, 'a')),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  EXPECT_EQ(sha256(std::string(65, 'a')),
            "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
}

INSTANTIATE_TEST_SUITE_P(Instructions, Sha256Test,
                         ::testing::Values(Instructions::kFastest, Instructions::kPortable));

}  // namespace
}  // namespace modelparity::internal
