// A stream of frames, as a runner reads it.

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"
#include "modelparity/error.h"
#include "runner/frames.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int stream = ::memfd_create("frames", MFD_CLOEXEC);
  modelparity::fuzz::expect(::write(stream, data, size) == static_cast<ssize_t>(size));
  ::lseek(stream, 0, SEEK_SET);
  try {
    while (modelparity::runner::read_frame(stream, "the harness")) {
    }
  } catch (const modelparity::Error&) {
  }
  ::close(stream);
  return 0;
}
