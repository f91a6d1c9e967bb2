// What a repository's folder holds: models/<name>/<version>/.
//
// A version is a folder that is named by a positive integer. Hidden folders, and those that end in
// ".tmp" or "~", are none of the repository's, so that a version may be copied under such a name
// and renamed when it is complete.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace modelparity::server {

struct VersionFolder {
  std::string path;
  // Paths, sizes and times of all files in it: while it changes, somebody writes.
  std::string fingerprint;
};

using VersionFolders = std::map<std::int64_t, VersionFolder>;

struct Listing {
  // By name of the model; models without a version are left out.
  std::map<std::string, VersionFolders> models;
  // Models whose folders are there and cannot be read now, with the reason. They are not in
  // `models`, and nothing is known of their versions.
  std::map<std::string, std::string> unreadable;
};

// Throws std::filesystem::filesystem_error when the repository's own folder cannot be read. What
// disappears while it is listed is left out.
Listing list_versions(const std::string& repository);

}  // namespace modelparity::server
