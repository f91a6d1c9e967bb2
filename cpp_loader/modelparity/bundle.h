// A bundle: a folder with a model's artifacts, the manifest that describes them, and golden cases.
//
//   auto bundle = modelparity::Bundle::open("digits.bundle");
//   for (const modelparity::CaseFile& file : bundle.manifest().cases) {
//     modelparity::Case golden = bundle.read_case(file);
//     model.signature(golden.signature).run(golden.inputs);   // gives *golden.expected
//   }
//
// Ownership: a Bundle owns its manifest and no file; it is a plain value.
// Thread-safety: constant after open().
#pragma once

#include <optional>
#include <string>

#include "modelparity/comparison.h"
#include "modelparity/manifest.h"
#include "modelparity/tensor.h"

namespace modelparity {

inline constexpr const char* kManifestFile = "manifest.json";

// A recorded call of a signature: proto/modelparity/v1/case.proto.
struct Case {
  std::string signature;
  std::string name;
  TensorMap inputs;
  // The outputs where the case was recorded. Nothing: it has inputs only.
  std::optional<TensorMap> expected;
  // For some of the outputs; the others have the default of their dtype.
  ToleranceMap tolerances;
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

  // Throws Error kFileMissing, or kBundleInvalid when the file does not hold that case, whole and
  // free of contradictions.
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
