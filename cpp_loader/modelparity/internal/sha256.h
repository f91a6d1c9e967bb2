// SHA-256 as in FIPS 180-4.
#pragma once

#include <string>
#include <string_view>

#include "modelparity/internal/instructions.h"

namespace modelparity::internal {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view data, Instructions instructions = Instructions::kFastest);

}  // namespace modelparity::internal
