// A file that is read from its beginning to its end.
//
// Not mapped: a mapped file that somebody truncates meanwhile ends the process, and files of a
// bundle are read while they may still be copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "modelparity/error.h"

namespace modelparity::internal {

class InputFile {
 public:
  // Throws Error kFileMissing when the file is not there, `unreadable` when it cannot be read, or
  // is a folder, a pipe or a device: these may have no end.
  InputFile(std::string path, ErrorKind unreadable);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  // When it was opened.
  std::uint64_t size() const { return size_; }

  // The next bytes; fewer than `most` only at the end. Throws Error `unreadable`.
  std::size_t read(char* bytes, std::size_t most);

 private:
  [[noreturn]] void fail(ErrorKind kind) const;

  std::string path_;
  ErrorKind unreadable_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

// All of a file. Throws as InputFile.
std::string read_file(const std::string& path, ErrorKind unreadable);

}  // namespace modelparity::internal
