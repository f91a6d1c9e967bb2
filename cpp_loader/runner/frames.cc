#include "runner/frames.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "modelparity/error.h"

namespace modelparity::runner {
namespace {

using Length = std::uint32_t;
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the length is little-endian");

constexpr std::size_t kStep = std::size_t{1} << 20;

[[noreturn]] void fail(const std::string& peer, const std::string& message) {
  throw Error(ErrorKind::kProtocol, "frame with " + peer + ": " + message);
}

void expect_size(std::size_t size, const std::string& peer) {
  if (size <= kMaxFrameSize) return;
  fail(peer, "got " + std::to_string(size) + " bytes, a frame can have " +
                 std::to_string(kMaxFrameSize) + "; send large tensors as files");
}

// Reads until `size` bytes are there or the stream ends; returns how many came.
std::size_t read_fully(int descriptor, char* data, std::size_t size, const std::string& peer) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(descriptor, data + done, size - done);
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      fail(peer, "cannot be read: " + std::generic_category().message(errno));
    }
  }
  return done;
}

void write_fully(int descriptor, std::string_view data, const std::string& peer) {
  while (!data.empty()) {
    const ssize_t count = ::write(descriptor, data.data(), data.size());
    if (count >= 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      fail(peer, "cannot be written: " + std::generic_category().message(errno));
    }
  }
}

}  // namespace

std::optional<std::string> read_frame(int descriptor, const std::string& peer) {
  Length length = 0;
  char* const header = reinterpret_cast<char*>(&length);
  const std::size_t header_size = read_fully(descriptor, header, sizeof(length), peer);
  if (header_size == 0) return std::nullopt;
  if (header_size < sizeof(length)) fail(peer, "the stream ends within the length");
  expect_size(length, peer);
  std::string frame;
  while (frame.size() < length) {
    const std::size_t size = frame.size();
    // Memory for what has come, and for a step more: a length may be a lie.
    if (size == kStep) frame.reserve(length);
    frame.resize(std::min<std::size_t>(length, size + kStep));
    const std::size_t got = read_fully(descriptor, &frame[size], frame.size() - size, peer);
    if (size + got < frame.size()) {
      fail(peer, "the stream ends after " + std::to_string(size + got) + " of " +
                     std::to_string(length) + " bytes");
    }
  }
  return frame;
}

void write_frame(int descriptor, std::string_view frame, const std::string& peer) {
  expect_size(frame.size(), peer);
  const auto length = static_cast<Length>(frame.size());
  write_fully(descriptor, {reinterpret_cast<const char*>(&length), sizeof(length)}, peer);
  write_fully(descriptor, frame, peer);
}

}  // namespace modelparity::runner
