// What a bundle says of itself: proto/modelparity/v1/manifest.proto as C++ values. The comments
// there are the specification; what C++ has no use for (producer, conversion failures) is left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modelparity/signature.h"

namespace modelparity {

struct TensorBinding {
  std::string name;
  std::string tensor;
};

struct Binding {
  std::string signature;
  std::vector<TensorBinding> inputs;
  std::vector<TensorBinding> outputs;
};

struct Artifact {
  std::string format;
  std::string path;
  std::vector<Binding> bindings;
  std::vector<std::string> tags;
  std::vector<std::string> initializers;
};

struct CaseFile {
  std::string signature;
  std::string name;
  std::string path;
};

struct File {
  std::string path;
  std::uint64_t size = 0;
  std::string sha256;
};

struct Manifest {
  std::string name;
  std::vector<SignatureSpec> signatures;
  std::vector<Artifact> artifacts;
  std::vector<CaseFile> cases;
  std::vector<File> files;
};

// Reads the text of a manifest.json. Throws Error kBundleInvalid, also for an unknown format
// version.
Manifest parse_manifest(std::string_view text);

}  // namespace modelparity
