#include "testing/files.h"

#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <system_error>

namespace modelparity::testing {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "modelparity-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { fs::remove_all(path_); }

void write_file(const std::string& path, std::string_view content) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file.exceptions(std::ios::failbit | std::ios::badbit);
  file << content;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  file.exceptions(std::ios::failbit | std::ios::badbit);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void make_sparse_file(const std::string& path, std::uintmax_t size) {
  write_file(path, "");
  fs::resize_file(path, size);
}

void copy_folder(const std::string& from, const std::string& to) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (entry.is_directory()) continue;
    // Without following links, which is how Bazel lays out test data.
    const fs::path relative = entry.path().lexically_relative(from);
    write_file(to + "/" + relative.string(), read_file(entry.path().string()));
  }
}

}  // namespace modelparity::testing
