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

// By name of the model; models without a version are left out. What cannot be read is left out,
// too: the next listing may find it.
std::map<std::string, VersionFolders> list_versions(const std::string& repository);

}  // namespace modelparity::server
