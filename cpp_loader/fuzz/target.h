// What a fuzz target is: LLVMFuzzerTestOneInput takes any bytes and returns. It may catch what its
// reader is said to throw and nothing else; a crash, another exception, a hang or memory without a
// limit is a finding.
//
// libFuzzer drives it (`tools/fuzz`), and replay_main.cc, which every compiler builds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace modelparity::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the process, as a finding does, unless `condition` holds.
inline void expect(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace modelparity::fuzz
