#include "server/load_model.h"

#include <gtest/gtest.h>

#include "server/repository.h"
#include "testing/files.h"
#include "testing/test_bundle.h"

namespace modelparity::server {
namespace {

// "kind: reason" of the refusal.
std::string refusal(const std::string& folder, const ModelOptions& options = {}) {
  try {
    load_model(folder, options);
  } catch (const Refusal& refused) {
    return refused.kind() + ": " + refused.what();
  }
  return "none";
}

class LoadModelTest : public ::testing::Test {
 protected:
  LoadModelTest() { testing::write_half_plus_two_bundle(folder_.path()); }

  testing::TemporaryFolder folder_;
};

TEST_F(LoadModelTest, ABundleIsProvedByItsCases) {
  ModelOptions options;
  options.require_cases = true;
  const LoadedModel model = load_model(folder_.path(), options);
  EXPECT_EQ(model.cases, 1U);
  EXPECT_EQ(model.proof, "self-test passed: 1 of 1 cases match");
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].spec.name, "serving_default");
  EXPECT_FALSE(model.signatures[0].batches.joins());
  TensorMap inputs;
  inputs["x"] = Tensor::from_values<float>({2}, {2, 4});
  EXPECT_EQ(model.signatures[0].run(inputs).at("y").data<float>()[1], 4);
}

TEST_F(LoadModelTest, MeasuresBatchesOnTheCases) {
  ModelOptions options;
  options.max_batch_size = 4;
  const LoadedModel model = load_model(folder_.path(), options);
  EXPECT_EQ(model.signatures.at(0).batches.remark(), "joins row counts 1-4");
}

TEST_F(LoadModelTest, RefusesAModelThatAnswersOtherwise) {
  testing::replace_case(folder_.path(), testing::ramp_case({2, 2.5, 4}));
  const std::string reason = refusal(folder_.path());
  EXPECT_EQ(reason.find("case_failed: case 'serving_default/ramp': output 'y'"), 0U) << reason;
  EXPECT_NE(reason.find("0 of 1 cases match"), std::string::npos) << reason;
}

TEST_F(LoadModelTest, RefusesABrokenBundle) {
  testing::write_file(folder_ / "frozen_graph/serving_default.pb", "half of it");
  EXPECT_EQ(refusal(folder_.path()).find("checksum_mismatch: "), 0U);
}

TEST_F(LoadModelTest, RefusesAFolderWithoutAModel) {
  const testing::TemporaryFolder empty;
  EXPECT_EQ(refusal(empty.path()).find("empty: "), 0U);
}

TEST(LoadSavedModelTest, HasNoProof) {
  const std::string folder = "cpp_loader/testing/half_plus_two";
  const LoadedModel model = load_model(folder, {});
  EXPECT_EQ(model.cases, 0U);
  EXPECT_EQ(model.proof, "unproved: it has no golden cases");
  EXPECT_EQ(model.signatures.size(), 3U);
  ModelOptions options;
  options.require_cases = true;
  EXPECT_EQ(refusal(folder, options).find("unproved: "), 0U);
}

}  // namespace
}  // namespace modelparity::server
