#include "modelparity/internal/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace modelparity::internal {

InputFile::InputFile(std::string path, ErrorKind unreadable)
    : path_(std::move(path)),
      unreadable_(unreadable),
      // A pipe would be waited for.
      descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(errno == ENOENT ? ErrorKind::kFileMissing : unreadable_);
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error(unreadable_,
                "file " + in_quotes(path_) + ": cannot be read: it is no regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

std::size_t InputFile::read(char* bytes, std::size_t most) {
  std::size_t size = 0;
  while (size < most) {
    const ssize_t got = ::read(descriptor_, bytes + size, most - size);
    if (got == 0) break;
    if (got > 0) {
      size += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      fail(unreadable_);
    }
  }
  return size;
}

void InputFile::fail(ErrorKind kind) const {
  throw Error(kind, "file " + in_quotes(path_) +
                        ": cannot be read: " + std::generic_category().message(errno));
}

std::string read_file(const std::string& path, ErrorKind unreadable) {
  InputFile file(path, unreadable);
  std::string content(file.size(), '\0');
  content.resize(file.read(content.data(), content.size()));
  return content;
}

}  // namespace modelparity::internal
