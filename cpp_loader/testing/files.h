// Files and folders of tests.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace modelparity::testing {

// A new empty folder, removed with everything in it when the object is destroyed.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  std::string path() const { return path_.string(); }

  // The path of a file in it, whether it is there or not.
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Writes a file, and the folders that lead to it.
void write_file(const std::string& path, std::string_view content);

std::string read_file(const std::string& path);

// Makes a file of that size without writing it.
void make_sparse_file(const std::string& path, std::uintmax_t size);

// A writable copy of a folder of test data.
void copy_folder(const std::string& from, const std::string& to);

}  // namespace modelparity::testing
