#include "modelparity/bundle.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/internal/inference.h"
#include "modelparity/internal/input_file.h"
#include "modelparity/internal/message_reader.h"
#include "modelparity/internal/sha256.h"
#include "modelparity/v1/case.tags.h"

namespace modelparity {
namespace {

namespace fs = std::filesystem;
using internal::MessageReader;

// No manifest of a model is larger; one that was made to fill the memory may be.
constexpr std::uintmax_t kMostManifestBytes = 16 << 20;

// Refuses what a link leads to, unless it is below `root`, a canonical path.
void expect_inside(const fs::path& root, const std::string& path) {
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(path, failed);
  const auto end = std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first;
  if (failed || end != root.end()) {
    throw Error(ErrorKind::kBundleInvalid,
                "file " + in_quotes(path) + ": leads out of the bundle, to " +
                    in_quotes(real.string()) + "; do not trust this bundle");
  }
}

std::string sha256_of(internal::InputFile& file) {
  internal::Sha256 hash;
  std::string block(std::size_t{1} << 20, '\0');
  std::size_t size = block.size();
  while (size == block.size()) {
    size = file.read(block.data(), block.size());
    hash.add(std::string_view(block.data(), size));
  }
  return hash.hex();
}

void check_file(const File& file, const std::string& path, bool verify_checksum) {
  internal::InputFile input(path, ErrorKind::kFileMissing);
  if (input.size() != file.size) {
    throw Error(ErrorKind::kChecksumMismatch,
                "file " + in_quotes(path) + ": got " + std::to_string(input.size()) +
                    " bytes, the manifest says " + std::to_string(file.size) +
                    "; copy or export the bundle again");
  }
  if (!verify_checksum) return;
  const std::string sha256 = sha256_of(input);
  if (sha256 != file.sha256) {
    throw Error(ErrorKind::kChecksumMismatch, "file " + in_quotes(path) + ": got SHA-256 " +
                                                  sha256 + ", the manifest says " + file.sha256 +
                                                  "; copy or export the bundle again");
  }
}

Tolerance read_tolerance(const std::string& output, MessageReader reader) {
  namespace tags = v1::tags::Tolerance;
  Tolerance tolerance;
  while (reader.next()) {
    if (reader.field() == tags::kAtol) {
      reader.doubles([&](double value) { tolerance.atol = value; });
    } else if (reader.field() == tags::kRtol) {
      reader.doubles([&](double value) { tolerance.rtol = value; });
    } else {
      reader.skip();
    }
  }
  // NaN, with which everything would agree, is not 0 or more, either.
  if (!(tolerance.atol >= 0 && tolerance.rtol >= 0)) {
    throw Error(ErrorKind::kBundleInvalid, "tolerance of output " + in_quotes(output) + ": got " +
                                               std::to_string(tolerance.atol) + " + " +
                                               std::to_string(tolerance.rtol) +
                                               " * |r|, expected numbers that are 0 or more");
  }
  return tolerance;
}

Case decode_case(std::string_view message) {
  namespace tags = v1::tags::Case;
  Case result;
  MessageReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case tags::kSignature:
        result.signature = reader.text();
        break;
      case tags::kName:
        result.name = reader.text();
        break;
      case tags::kRequest:
        result.inputs = internal::decode_request(reader.bytes()).inputs;
        break;
      case tags::kExpected:
        result.expected = internal::decode_response(reader.bytes());
        break;
      case tags::kTolerances: {
        const auto [output, tolerance] = reader.map_entry();
        result.tolerances[output] = read_tolerance(output, tolerance);
        break;
      }
      default:
        reader.skip();
    }
  }
  return result;
}

}  // namespace

std::string path_inside(const std::string& folder, const std::string& relative) {
  const fs::path path(relative);
  bool outside = path.empty() || path.is_absolute() || relative.find('\\') != std::string::npos;
  for (const fs::path& part : path) outside = outside || part == "..";
  if (outside) {
    throw Error(ErrorKind::kBundleInvalid,
                "bundle " + in_quotes(folder) + ": names path " + in_quotes(relative) +
                    ", expected one inside of the bundle; do not trust this bundle");
  }
  return (fs::path(folder) / path).string();
}

Bundle::Bundle(std::string path, Manifest manifest)
    : path_(std::move(path)), manifest_(std::move(manifest)) {}

Bundle Bundle::open(const std::string& path, bool verify_checksums) {
  const fs::path manifest_path = fs::path(path) / kManifestFile;
  std::error_code ignored;
  if (!fs::is_regular_file(manifest_path, ignored)) {
    throw Error(ErrorKind::kBundleInvalid, "bundle " + in_quotes(path) + ": has no " +
                                               kManifestFile +
                                               "; pass a folder that modelparity export wrote");
  }
  const std::uintmax_t size = fs::file_size(manifest_path, ignored);
  if (size > kMostManifestBytes) {
    throw Error(ErrorKind::kBundleInvalid,
                "bundle " + in_quotes(path) + ": its " + kManifestFile + " has " +
                    std::to_string(size) + " bytes, and can have " +
                    std::to_string(kMostManifestBytes) + "; do not trust this bundle");
  }
  // The manifest may be a link itself, as in Bazel's sandbox: the bundle is where it really is.
  const fs::path root = fs::weakly_canonical(manifest_path, ignored).parent_path();
  const std::string text = internal::read_file(manifest_path.string(), ErrorKind::kBundleInvalid);
  Bundle bundle(path, parse_manifest(text));
  for (const Artifact& artifact : bundle.manifest().artifacts) {
    expect_inside(root, bundle.path_of(artifact.path));
    if (!fs::exists(bundle.path_of(artifact.path), ignored)) {
      throw Error(ErrorKind::kFileMissing, "artifact " + in_quotes(bundle.path_of(artifact.path)) +
                                               ": is not there; copy or export the bundle again");
    }
  }
  for (const File& file : bundle.manifest().files) {
    expect_inside(root, bundle.path_of(file.path));
    check_file(file, bundle.path_of(file.path), verify_checksums);
  }
  return bundle;
}

std::string Bundle::path_of(const std::string& relative) const {
  return path_inside(path_, relative);
}

Case Bundle::read_case(const CaseFile& file) const {
  const std::string path = path_of(file.path);
  const std::string message = internal::read_file(path, ErrorKind::kFileMissing);
  const auto invalid = [&](const std::string& why) {
    return Error(ErrorKind::kBundleInvalid,
                 "case " + in_quotes(path) + ": " + why + "; export the bundle again");
  };
  Case result;
  try {
    result = decode_case(message);
  } catch (const protozero::exception& error) {
    throw invalid(std::string("is corrupt: ") + error.what());
  } catch (const Error& error) {
    // That there is no TensorFlow is no fault of the case.
    if (error.code() == ErrorKind::kRuntimeUnavailable) throw;
    throw invalid(std::string("contradicts itself: ") + error.what());
  }
  if (result.signature != file.signature || result.name != file.name) {
    throw invalid("is " + in_quotes(result.signature + "/" + result.name) + ", the manifest says " +
                  in_quotes(file.signature + "/" + file.name));
  }
  return result;
}

}  // namespace modelparity
