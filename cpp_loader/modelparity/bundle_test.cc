#include "modelparity/bundle.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <limits>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "modelparity/v1/case.tags.h"
#include "proto/inference.tags.h"
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

  // The case "ramp" of a bundle that has `message` for it.
  Case read_ramp(const std::string& message) {
    testing::replace_case(folder_.path(), message);
    const Bundle bundle = Bundle::open(folder_.path());
    return bundle.read_case(bundle.manifest().cases.at(0));
  }

  // A field of a Case.
  static std::string tolerance(const std::string& output, double atol, double rtol) {
    namespace tags = v1::tags::Case;
    std::string message;
    protozero::pbf_writer writer(message);
    protozero::pbf_writer entry(writer, tags::kTolerances);
    entry.add_string(tags::TolerancesEntry::kKey, output);
    protozero::pbf_writer value(entry, tags::TolerancesEntry::kValue);
    value.add_double(v1::tags::Tolerance::kAtol, atol);
    value.add_double(v1::tags::Tolerance::kRtol, rtol);
    value.commit();
    entry.commit();
    return message;
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
  ASSERT_TRUE(ramp.expected);
  EXPECT_EQ(ramp.expected->at("y").data<float>()[2], 3);
  EXPECT_TRUE(ramp.tolerances.empty());
}

TEST_F(BundleTest, ReadsTolerances) {
  const Case ramp =
      read_ramp(testing::ramp_case() + tolerance("y", 0.5, 0.25) + tolerance("z", 0, 1e300));
  ASSERT_EQ(ramp.tolerances.size(), 2U);
  EXPECT_EQ(ramp.tolerances.at("y").atol, 0.5);
  EXPECT_EQ(ramp.tolerances.at("y").rtol, 0.25);
  EXPECT_EQ(ramp.tolerances.at("z").atol, 0);
  EXPECT_EQ(ramp.tolerances.at("z").rtol, 1e300);
}

TEST_F(BundleTest, ACaseMayHaveInputsOnly) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_string(v1::tags::Case::kSignature, "serving_default");
  writer.add_string(v1::tags::Case::kName, "ramp");
  EXPECT_FALSE(read_ramp(message).expected);
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

TEST_F(BundleTest, RefusesLinksThatLeadOut) {
  const testing::TemporaryFolder outside;
  testing::write_file(outside / "graph.pb", testing::read_file(folder_ / kGraph));
  std::filesystem::remove(folder_ / kGraph);
  std::filesystem::create_symlink(outside / "graph.pb", folder_ / kGraph);
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kBundleInvalid, "leads out of the bundle");
}

TEST_F(BundleTest, FollowsLinksToWhereItsManifestIs) {
  const testing::TemporaryFolder links;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    std::filesystem::create_symlink(entry.path(), links / entry.path().filename().string());
  }
  EXPECT_EQ(Bundle::open(links.path()).manifest().name, "half_plus_two");
}

TEST_F(BundleTest, DoesNotWaitForAPipe) {
  std::filesystem::remove(folder_ / kGraph);
  ASSERT_EQ(::mkfifo((folder_ / kGraph).c_str(), 0600), 0);
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kFileMissing, "cannot be read");
}

TEST_F(BundleTest, RefusesAManifestWithoutEnd) {
  std::filesystem::resize_file(folder_ / kManifestFile, std::uintmax_t{1} << 30);
  EXPECT_ERROR(Bundle::open(folder_.path()), ErrorKind::kBundleInvalid, "bytes, and can have");
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
  EXPECT_ERROR(read_ramp("\x1a\x7f"), ErrorKind::kBundleInvalid, "is corrupt");
  const std::string whole = testing::ramp_case();
  EXPECT_ERROR(read_ramp(whole.substr(0, whole.size() - 1)), ErrorKind::kBundleInvalid,
               "is corrupt");
}

TEST_F(BundleTest, RefusesAnotherCaseThanTheManifestNames) {
  EXPECT_ERROR(read_ramp(""), ErrorKind::kBundleInvalid,
               "is '/', the manifest says 'serving_default/ramp'");
}

TEST_F(BundleTest, RefusesACaseThatContradictsItself) {
  // Raw contents without an output.
  std::string response;
  protozero::pbf_writer(response).add_string(
      modelparity::inference::tags::ModelInferResponse::kRawOutputContents, "12345678");
  std::string message = testing::ramp_case();
  protozero::pbf_writer(message).add_message(v1::tags::Case::kExpected, response);
  EXPECT_ERROR(read_ramp(message), ErrorKind::kBundleInvalid,
               "contradicts itself: raw_output_contents: got 1 entries for 0 outputs");
}

TEST_F(BundleTest, RefusesTolerancesThatAreNone) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [atol, rtol] : {std::pair(-1.0, 0.0), {0.0, -1.0}, {kNan, 0.0}, {0.0, kNan}}) {
    EXPECT_ERROR(read_ramp(testing::ramp_case() + tolerance("y", atol, rtol)),
                 ErrorKind::kBundleInvalid, "tolerance of output 'y': got ");
  }
}

}  // namespace
}  // namespace modelparity
