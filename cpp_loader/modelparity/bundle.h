// A bundle: a folder with a model's artifacts, the manifest that describes them, and golden cases.
//
//   auto bundle = modelparity::Bundle::open("digits.bundle");
//   for (const modelparity::CaseFile& file : bundle.manifest().cases) {
//     modelparity::Case golden = bundle.read_case(file);
//     model.signature(golden.signature).run(golden.inputs);
//   }
//
// Ownership: a Bundle owns its manifest and no file; it is a plain value.
// Thread-safety: constant after open().
#pragma once

#include <string>

#include "modelparity/manifest.h"
#include "modelparity/tensor.h"

namespace modelparity {

inline constexpr const char* kManifestFile = "manifest.json";

// A recorded call of a signature.
struct Case {
  std::string signature;
  std::string name;
  TensorMap inputs;
};

class Bundle {
 public:
  // Reads the manifest and holds every file against its size, and against its SHA-256 as well when
  // `verify_checksums`. Throws Error kBundleInvalid, kFileMissing or kChecksumMismatch.
  static Bundle open(const std::string& path, bool verify_checksums = true);

  const std::string& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }

  // Where a path of the manifest is. Throws Error kBundleInvalid when it leads out of the bundle.
  std::string path_of(const std::string& relative) const;

  // Throws Error kBundleInvalid when the file is no case, and as an inference request does.
  Case read_case(const CaseFile& file) const;

 private:
  Bundle(std::string path, Manifest manifest);

  std::string path_;
  Manifest manifest_;
};

// `folder`/`relative`. Throws Error kBundleInvalid when `relative` is empty, absolute, or has a
// "..".
std::string path_inside(const std::string& folder, const std::string& relative);

}  // namespace modelparity
