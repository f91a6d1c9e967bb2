#include "server/version_folders.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace modelparity::server {
namespace {

namespace fs = std::filesystem;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_temporary(std::string_view name) {
  return name.front() == '.' || ends_with(name, ".tmp") || ends_with(name, "~");
}

// The number that a name is, or 0.
std::int64_t version_of(const std::string& name) {
  std::int64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped_at, error] = std::from_chars(name.data(), end, number);
  const bool canonical = error == std::errc() && stopped_at == end && name.front() != '0';
  return canonical && number > 0 ? number : 0;
}

// Somebody removed it while it was read, which is no failure.
bool is_gone(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

[[noreturn]] void fail(const fs::path& folder, const std::error_code& error) {
  throw fs::filesystem_error("cannot be listed", folder, error);
}

// The paths of the folders in a folder, links to folders too.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code not_there;
    if (entry->is_directory(not_there)) folders.push_back(entry->path());
  }
  if (error) fail(folder, error);
  return folders;
}

std::string fingerprint_of(const fs::path& folder) {
  std::vector<std::string> lines;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code no_file;
    const auto size = entry->file_size(no_file);
    std::error_code not_there;
    const auto time = entry->last_write_time(not_there).time_since_epoch().count();
    lines.push_back(entry->path().lexically_relative(folder).string() + '\t' +
                    (no_file ? "folder" : std::to_string(size)) + '\t' + std::to_string(time));
  }
  if (error && !is_gone(error)) fail(folder, error);
  std::sort(lines.begin(), lines.end());
  std::string fingerprint;
  for (const std::string& line : lines) fingerprint += line + '\n';
  return fingerprint;
}

VersionFolders versions_in(const fs::path& model) {
  VersionFolders versions;
  for (const fs::path& folder : folders_in(model)) {
    const std::int64_t number = version_of(folder.filename().string());
    if (number != 0) versions[number] = {folder.string(), fingerprint_of(folder)};
  }
  return versions;
}

}  // namespace

Listing list_versions(const std::string& repository) {
  Listing listing;
  for (const fs::path& model : folders_in(repository)) {
    const std::string name = model.filename().string();
    if (is_temporary(name)) continue;
    try {
      VersionFolders versions = versions_in(model);
      if (!versions.empty()) listing.models[name] = std::move(versions);
    } catch (const fs::filesystem_error& error) {
      if (!is_gone(error.code())) listing.unreadable[name] = error.what();
    }
  }
  return listing;
}

}  // namespace modelparity::server
