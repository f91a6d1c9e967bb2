#include "modelparity/self_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "modelparity/model.h"
#include "modelparity/v1/case.tags.h"
#include "testing/expect_error.h"
#include "testing/files.h"
#include "testing/graph_builder.h"
#include "testing/test_bundle.h"

namespace modelparity {
namespace {

class SelfTestTest : public ::testing::Test {
 protected:
  SelfTestTest() { testing::write_half_plus_two_bundle(folder_.path()); }

  // Replaces the first `part` of the manifest.
  void edit_manifest(const std::string& part, const std::string& replacement) {
    std::string text = testing::read_file(folder_ / kManifestFile);
    testing::write_file(folder_ / kManifestFile,
                        text.replace(text.find(part), part.size(), replacement));
  }

  SelfTest self_test() const { return Model::load(folder_.path()).self_test(); }

  // The result of the one case, which does not match.
  CaseResult failed_case() const {
    const SelfTest result = self_test();
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.cases.size(), 1U);
    EXPECT_EQ(result.cases.at(0).signature, "serving_default");
    EXPECT_EQ(result.cases.at(0).name, "ramp");
    return result.cases.at(0);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SelfTestTest, AHealthyModelPasses) {
  Model model = Model::load(folder_.path());
  const Model moved = std::move(model);
  const SelfTest result = moved.self_test();
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.summary(), "self-test passed: 1 of 1 cases match");
  ASSERT_EQ(result.cases.size(), 1U);
  EXPECT_EQ(result.cases[0].verdict, Verdict::kMatch);
  EXPECT_EQ(result.cases[0].message, "");
  ASSERT_EQ(result.cases[0].outputs.size(), 1U);
  EXPECT_EQ(result.cases[0].outputs[0].max_abs, 0);
}

TEST_F(SelfTestTest, AnotherAnswerIsAMismatch) {
  testing::replace_case(folder_.path(), testing::ramp_case({2, 2.5, 4}));
  const CaseResult failed = failed_case();
  EXPECT_EQ(failed.verdict, Verdict::kMismatch);
  ASSERT_EQ(failed.outputs.size(), 1U);
  EXPECT_EQ(failed.outputs[0].max_abs, 1);
  EXPECT_EQ(self_test().summary(),
            "self-test failed: 0 of 1 cases match; serving_default/ramp: mismatch: output 'y' at "
            "[2]: got 3, wants 4 within 1e-05 + 0.0001 * |r|; 1 of 3 elements differ");
}

TEST_F(SelfTestTest, ACaseMayWidenTheTolerance) {
  namespace tags = v1::tags::Case;
  std::string tolerance;
  protozero::pbf_writer(tolerance).add_double(v1::tags::Tolerance::kAtol, 1);
  std::string entry;
  protozero::pbf_writer writer(entry);
  writer.add_string(tags::TolerancesEntry::kKey, "y");
  writer.add_message(tags::TolerancesEntry::kValue, tolerance);
  std::string message = testing::ramp_case({2, 2.5, 4});
  protozero::pbf_writer(message).add_message(tags::kTolerances, entry);
  testing::replace_case(folder_.path(), message);
  EXPECT_TRUE(self_test().ok());
}

TEST_F(SelfTestTest, AnotherShapeIsAContractMismatch) {
  testing::replace_case(folder_.path(), testing::ramp_case({2, 2.5}));
  const CaseResult failed = failed_case();
  EXPECT_EQ(failed.verdict, Verdict::kContractMismatch);
  EXPECT_EQ(failed.message, "output 'y': got float32 [3], wants float32 [2]");
}

TEST_F(SelfTestTest, ACaseThatCannotBeRunFails) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_string(v1::tags::Case::kSignature, "serving_default");
  writer.add_string(v1::tags::Case::kName, "ramp");
  testing::replace_case(folder_.path(), message);
  EXPECT_EQ(failed_case().verdict, Verdict::kUnsupported);
  EXPECT_NE(failed_case().message.find("no answer to compare with"), std::string::npos);

  writer.add_message(v1::tags::Case::kExpected, std::string());
  testing::replace_case(folder_.path(), message);
  EXPECT_EQ(failed_case().verdict, Verdict::kRunFailed);
  EXPECT_NE(failed_case().message.find("'x'"), std::string::npos) << failed_case().message;
}

TEST_F(SelfTestTest, NoCaseIsNoSuccess) {
  edit_manifest(R"("signature": "serving_default", "name": "ramp")",
                R"("signature": "another", "name": "ramp")");
  const SelfTest result = self_test();
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(result.cases.empty());
  EXPECT_EQ(result.summary(),
            "self-test failed: there is no golden case to run; export the bundle with cases; not "
            "verified: 'serving_default'");
}

TEST_F(SelfTestTest, NamesTheSignaturesWithoutCases) {
  edit_manifest(R"("signatures": [)", R"("signatures": [{
    "name": "other",
    "inputs": [{"name": "x", "dtype": "float32", "shape": ["-1"]}],
    "outputs": [{"name": "y", "dtype": "float32", "shape": ["-1"]}]
  }, )");
  edit_manifest(R"("bindings": [)", R"("bindings": [{
      "signature": "other",
      "inputs": [{"name": "x", "tensor": "x:0"}],
      "outputs": [{"name": "y", "tensor": "y:0"}]
    }, )");
  const SelfTest result = self_test();
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.unverified, std::vector<std::string>{"other"});
  EXPECT_EQ(result.summary(), "self-test passed: 1 of 1 cases match; not verified: 'other'");
}

TEST_F(SelfTestTest, ACaseThatWentMissingIsAnError) {
  const Model model = Model::load(folder_.path());
  std::filesystem::remove(folder_ / "cases/serving_default/ramp.pb");
  EXPECT_ERROR(model.self_test(), ErrorKind::kFileMissing, "ramp.pb");
}

TEST_F(SelfTestTest, AModelWithoutABundleHasNoCases) {
  testing::write_file(folder_ / "graph.pb", testing::half_plus_two_graph());
  const Model model = Model::load(folder_ / "graph.pb");
  EXPECT_ERROR(model.self_test(), ErrorKind::kUnsupported, "run modelparity export");
}

}  // namespace
}  // namespace modelparity
