// Frames on a pipe: a uint32 little-endian length, then that many bytes
// (proto/modelparity/v1/runner.proto).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace modelparity::runner {

inline constexpr std::size_t kMaxFrameSize = std::size_t{256} << 20;

// The next frame from a file descriptor; nothing when the stream has ended. Throws Error kProtocol
// when the frame is larger than kMaxFrameSize or the stream ends within it; `peer` is named.
std::optional<std::string> read_frame(int descriptor, const std::string& peer);

// Throws Error kProtocol when the frame is too large or `peer` is gone.
void write_frame(int descriptor, std::string_view frame, const std::string& peer);

}  // namespace modelparity::runner
