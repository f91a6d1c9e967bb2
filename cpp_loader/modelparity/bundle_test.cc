#include "modelparity/bundle.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "testing/expect_error.h"
#include "testing/files.h"
#include "testing/test_bundle.h"

namespace modelparity {
namespace {

constexpr const char* kGraph = "frozen_graph/serving_default.pb";

class BundleTest : public ::testing::Test {
 protected:
  BundleTest() { testing::write_half_plus_two_bundle(folder_.path()); }

  // Replaces the first `part` of the manifest.
  void edit_manifest(const std::string& part, const std::string& replacement) {
    std::string text = testing::read_file(folder_ / kManifestFile);
    testing::write_file(folder_ / kManifestFile,
                        text.replace(text.find(part), part.size(), replacement));
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BundleTest, OpensAndReadsItsCases) {
  const Bundle bundle = Bundle::open(folder_.path());
  EXPECT_EQ(bundle.manifest().name, "half_plus_two");
  const Case ramp = bundle.read_case(bundle.manifest().cases.at(0));
  EXPECT_EQ(ramp.signature, "serving_default");
  EXPECT_EQ(ramp.name, "ramp");
  EXPECT_EQ(ramp.inputs.at("x").shape(), Shape{3});
  EXPECT_EQ(ramp.inputs.at("x").data<float>()[2], 2);
}

TEST_F(BundleTest, RefusesAFolderWithoutAManifest) {
  std::filesystem::remove(folder_ / kManifestFile);
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kBundleInvalid, "has no manifest.json");
  EXPECT_ERROR(Bundle::open(folder_ / "nowhere"), ErrorKind::kBundleInvalid, "nowhere");
}

TEST_F(BundleTest, RefusesAnUnknownVersion) {
  edit_manifest("\"format_version\": 1", "\"format_version\": 7");
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kBundleInvalid, "got format version 7");
}

TEST_F(BundleTest, RefusesPathsThatLeadOut) {
  for (const char* path : {"../graph.pb", "/etc/passwd", "frozen_graph/../../graph.pb", "a\\\\b"}) {
    testing::write_file(folder_ / kManifestFile, testing::half_plus_two_manifest(folder_.path()));
    edit_manifest(kGraph, path);
    EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kBundleInvalid, "inside of the bundle");
  }
}

TEST_F(BundleTest, RefusesAMissingFile) {
  std::filesystem::remove(folder_ / kGraph);
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kFileMissing, kGraph);
}

TEST_F(BundleTest, RefusesAMissingCase) {
  std::filesystem::remove(folder_ / "cases/serving_default/ramp.pb");
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kFileMissing, "ramp.pb");
}

TEST_F(BundleTest, RefusesAFileOfAnotherSize) {
  testing::write_file(folder_ / kGraph, testing::read_file(folder_ / kGraph) + "x");
  EXPECT_ERROR(Bundle::open(folder_.path(), false), ErrorKind::kChecksumMismatch,
               "the manifest says");
}

TEST_F(BundleTest, RefusesAFileOfOtherContent) {
  std::string content = testing::read_file(folder_ / kGraph);
  content.back() = static_cast<char>(content.back() ^ 1);
  testing::write_file(folder_ / kGraph, content);
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kChecksumMismatch, "got SHA-256");
  EXPECT_EQ(Bundle::open(folder_.path(), false).manifest().name, "half_plus_two");
}

TEST_F(BundleTest, RefusesACorruptCase) {
  const Bundle bundle = Bundle::open(folder_.path());
  testing::write_file(folder_ / "cases/serving_default/ramp.pb", "\x1a\x7f");
  EXPECT_ERROR(bundle.read_case(bundle.manifest().cases.at(0)), ErrorKind::kBundleInvalid,
               "is corrupt");
}

}  // namespace
}  // namespace modelparity
