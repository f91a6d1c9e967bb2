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

ModelOptions with_cases() {
  ModelOptions options;
  options.require_cases = true;
  return options;
}

class LoadModelTest : public ::testing::Test {
 protected:
  LoadModelTest() { testing::write_half_plus_two_bundle(folder_.path()); }

  // Writes `to` in the place of the first `from`.
  void edit_manifest(const std::string& from, const std::string& to) {
    std::string manifest = testing::read_file(folder_ / "manifest.json");
    const std::size_t place = manifest.find(from);
    ASSERT_NE(place, std::string::npos);
    testing::write_file(folder_ / "manifest.json", manifest.replace(place, from.size(), to));
  }

  testing::TemporaryFolder folder_;
};

TEST_F(LoadModelTest, ABundleIsProvedByItsCases) {
  const LoadedModel model = load_model(folder_.path(), with_cases());
  EXPECT_TRUE(model.proved);
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

TEST_F(LoadModelTest, ABundleWithoutCasesIsUnproved) {
  edit_manifest(R"({"signature": "serving_default", "name": "ramp", )"
                R"("path": "cases/serving_default/ramp.pb"})",
                "");
  const LoadedModel model = load_model(folder_.path(), {});
  EXPECT_FALSE(model.proved);
  EXPECT_EQ(model.proof, "unproved: it has no golden cases");
  EXPECT_EQ(refusal(folder_.path(), with_cases()).find("unproved: unproved: it has no"), 0U);
}

TEST_F(LoadModelTest, NamesSignaturesWithoutACase) {
  const std::string tensors = R"(
    "inputs": [{"name": "x", "dtype": "float32", "shape": ["-1"]}],
    "outputs": [{"name": "y", "dtype": "float32", "shape": ["-1"]}]})";
  edit_manifest(R"("signatures": [)", R"("signatures": [{"name": "other",)" + tensors + ",");
  edit_manifest(R"("bindings": [)", R"("bindings": [{"signature": "other",
      "inputs": [{"name": "x", "tensor": "x:0"}],
      "outputs": [{"name": "y", "tensor": "y:0"}]},)");
  const LoadedModel model = load_model(folder_.path(), {});
  EXPECT_FALSE(model.proved);
  EXPECT_EQ(model.proof, "self-test passed: 1 of 1 cases match; not verified: 'other'");
  const std::string reason = refusal(folder_.path(), with_cases());
  EXPECT_EQ(reason.find("unproved: "), 0U) << reason;
  EXPECT_NE(reason.find("not verified: 'other'"), std::string::npos) << reason;
}

TEST(LoadSavedModelTest, RefusesOneWithoutASignature) {
  const testing::TemporaryFolder folder;
  // Its version, and a graph without a node that is tagged "serve".
  testing::write_file(folder / "saved_model.pb",
                      std::string("\x08\x01\x12\x0b\x0a\x07\x22\x05serve\x12\x00", 15));
  EXPECT_EQ(refusal(folder.path()).find("unsupported: has no signature"), 0U)
      << refusal(folder.path());
}

TEST(LoadSavedModelTest, HasNoProof) {
  const std::string folder = "cpp_loader/testing/half_plus_two";
  const LoadedModel model = load_model(folder, {});
  EXPECT_FALSE(model.proved);
  EXPECT_EQ(model.proof, "unproved: it has no golden cases");
  EXPECT_EQ(model.signatures.size(), 3U);
  EXPECT_EQ(refusal(folder, with_cases()).find("unproved: "), 0U);
}

}  // namespace
}  // namespace modelparity::server
