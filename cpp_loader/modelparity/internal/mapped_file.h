// A file mapped into memory, read-only.
//
// Ownership: the mapping lives as long as the object; it can be moved, not copied.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "modelparity/error.h"

namespace modelparity::internal {

class MappedFile {
 public:
  // Throws Error kFileMissing when the file is not there, `unreadable` when it cannot be mapped.
  MappedFile(const std::string& path, ErrorKind unreadable);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::string_view content() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace modelparity::internal
