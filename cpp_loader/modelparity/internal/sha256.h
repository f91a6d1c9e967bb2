// SHA-256 as in FIPS 180-4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "modelparity/internal/instructions.h"

namespace modelparity::internal {

class Sha256 {
 public:
  explicit Sha256(Instructions instructions = Instructions::kFastest);

  void add(std::string_view data);

  // 64 lower-case hexadecimal digits of all that was added; nothing can be added afterwards.
  std::string hex();

 private:
  static constexpr std::size_t kBlockSize = 64;
  using State = std::array<std::uint32_t, 8>;
  using AddBlocks = void (*)(State&, const unsigned char*, std::size_t);

  AddBlocks add_blocks_;
  State state_;
  std::uint64_t size_ = 0;
  // What does not fill a block yet: the last size_ % kBlockSize bytes.
  std::array<unsigned char, 2 * kBlockSize> rest_ = {};
};

}  // namespace modelparity::internal
