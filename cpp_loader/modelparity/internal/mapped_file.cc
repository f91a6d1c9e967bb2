#include "modelparity/internal/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace modelparity::internal {

MappedFile::MappedFile(const std::string& path, ErrorKind unreadable) {
  const auto fail = [&](ErrorKind kind) {
    throw Error(kind, "file " + in_quotes(path) +
                          ": cannot be read: " + std::generic_category().message(errno));
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(errno == ENOENT ? ErrorKind::kFileMissing : unreadable);
  size_ = static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_END));
  // An empty file cannot be mapped, and needs not be.
  if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (data_ == MAP_FAILED) fail(unreadable);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace modelparity::internal
