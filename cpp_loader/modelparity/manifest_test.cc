#include "modelparity/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/expect_error.h"

namespace modelparity {
namespace {

constexpr const char* kManifest = R"({
  "format_version": 1,
  "name": "m",
  "producer": {"modelparity_version": "1", "package_versions": {"tensorflow": "2.21.0"}},
  "signatures": [{
    "name": "predict",
    "inputs": [{"name": "x", "dtype": "bfloat16", "shape": ["-1", "3"]},
               {"name": "z", "dtype": "string", "unknown_rank": true}],
    "outputs": [{"name": "y", "dtype": "int64"}]
  }],
  "artifacts": [{
    "format": "frozen_graph",
    "path": "frozen_graph/predict.pb",
    "bindings": [{
      "signature": "predict",
      "inputs": [{"name": "x", "tensor": "x:0"}, {"name": "z", "tensor": "z:0"}],
      "outputs": [{"name": "y", "tensor": "Identity:0"}]
    }],
    "tags": ["serve"],
    "initializers": ["init"]
  }],
  "conversion_failures": [{"format": "onnx", "message": "no"}],
  "cases": [{"signature": "predict", "name": "one", "path": "cases/predict/one.pb"}],
  "files": [{"path": "empty", "sha256": "e3"}, {"path": "large", "size": "5000000000", "sha256": "00"}],
  "a_field_of_a_later_version": {}
})";

// kManifest with the first `part` replaced.
std::string with(const std::string& part, const std::string& replacement) {
  std::string text = kManifest;
  return text.replace(text.find(part), part.size(), replacement);
}

TEST(ManifestTest, ReadsProtoJson) {
  const Manifest manifest = parse_manifest(kManifest);
  EXPECT_EQ(manifest.name, "m");
  const SignatureSpec& signature = manifest.signatures.at(0);
  EXPECT_EQ(signature.name, "predict");
  EXPECT_EQ(to_text(signature.inputs.at(0)), "bfloat16 [?,3]");
  EXPECT_EQ(to_text(signature.inputs.at(1)), "string [...]");
  EXPECT_EQ(to_text(signature.outputs.at(0)), "int64 []");
  const Artifact& artifact = manifest.artifacts.at(0);
  EXPECT_EQ(artifact.format, "frozen_graph");
  EXPECT_EQ(artifact.path, "frozen_graph/predict.pb");
  EXPECT_EQ(artifact.bindings.at(0).signature, "predict");
  EXPECT_EQ(artifact.bindings.at(0).outputs.at(0).tensor, "Identity:0");
  EXPECT_EQ(artifact.tags, std::vector<std::string>{"serve"});
  EXPECT_EQ(artifact.initializers, std::vector<std::string>{"init"});
  EXPECT_EQ(manifest.cases.at(0).path, "cases/predict/one.pb");
  EXPECT_EQ(manifest.files.at(0).size, 0U);
  EXPECT_EQ(manifest.files.at(1).size, 5000000000U);
}

TEST(ManifestTest, RefusesAnUnknownVersion) {
  EXPECT_ERROR(parse_manifest(with("\"format_version\": 1", "\"format_version\": 2")),
               ErrorKind::kBundleInvalid, "got format version 2, this reader knows 1");
  EXPECT_ERROR(parse_manifest("{}"), ErrorKind::kBundleInvalid, "got format version 0");
}

TEST(ManifestTest, RefusesWhatIsNoManifest) {
  for (const std::string& text :
       {std::string(), std::string("not JSON"), std::string("[1]"),
        with("[\"-1\", \"3\"]", "[\"a\"]"), with("[\"-1\", \"3\"]", "[\"3a\"]"),
        with("[\"-1\", \"3\"]", "[1e300]"), with("\"m\"", "7"), with("[\"serve\"]", "\"serve\"")}) {
    EXPECT_ERROR(parse_manifest(text), ErrorKind::kBundleInvalid, "manifest.json: ");
  }
  EXPECT_ERROR(parse_manifest(with("\"bfloat16\"", "\"float31\"")), ErrorKind::kBundleInvalid,
               "got dtype 'float31'");
  EXPECT_ERROR(parse_manifest(with("\"tensor\": \"x:0\"", "\"tensor\": \"\"")),
               ErrorKind::kBundleInvalid, "without 'tensor'");
  EXPECT_ERROR(parse_manifest(with("\"files\"", "\"no_files\"")), ErrorKind::kBundleInvalid,
               "at least one of each");
}

}  // namespace
}  // namespace modelparity
