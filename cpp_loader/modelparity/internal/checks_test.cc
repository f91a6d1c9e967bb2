#include "modelparity/internal/checks.h"

#include <gtest/gtest.h>

#include "testing/expect_error.h"

namespace modelparity::internal {
namespace {

const SignatureSpec kSignature = {
    "serving_default",
    {{"a", DType::kFloat32, {-1, 784}, false}, {"b", DType::kString, {}, true}},
    {{"y", DType::kFloat32, {}, false}}};

TensorMap good_inputs() {
  TensorMap inputs;
  inputs["a"] = Tensor::zeros(DType::kFloat32, {4, 784});
  inputs["b"] = Tensor::from_strings({2}, {"x", "y"});
  return inputs;
}

TEST(ChecksTest, HandsOutTheTensorsInTheSignaturesOrder) {
  const TensorMap inputs = good_inputs();
  const auto tensors = checked_inputs(kSignature, inputs);
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0], &inputs.at("a"));
  EXPECT_EQ(tensors[1], &inputs.at("b"));
}

TEST(ChecksTest, TakesAnEmptyBatchAndAnyRankWhereItIsUnknown) {
  TensorMap inputs = good_inputs();
  inputs["a"] = Tensor::zeros(DType::kFloat32, {0, 784});
  inputs["b"] = Tensor::zeros(DType::kString, {});
  EXPECT_EQ(checked_inputs(kSignature, inputs).size(), 2U);
}

TEST(ChecksTest, RefusesAMissingInput) {
  TensorMap inputs = good_inputs();
  inputs.erase("a");
  EXPECT_ERROR(checked_inputs(kSignature, inputs), ErrorKind::kInputName,
               "input 'a': missing, signature 'serving_default' wants float32 [?,784]; pass it");
  inputs["a"] = Tensor();
  EXPECT_ERROR(checked_inputs(kSignature, inputs), ErrorKind::kInputName, "input 'a': missing");
  inputs.erase("a");
  inputs["c"] = Tensor::zeros(DType::kFloat32, {});
  EXPECT_ERROR(checked_inputs(kSignature, inputs), ErrorKind::kInputName, "input 'a': missing");
}

TEST(ChecksTest, RefusesAnUnknownInput) {
  TensorMap inputs = good_inputs();
  inputs["c"] = Tensor::zeros(DType::kFloat32, {});
  EXPECT_ERROR(checked_inputs(kSignature, inputs), ErrorKind::kInputName,
               "input 'c': unknown, signature 'serving_default' takes 'a', 'b'; leave it out");
  EXPECT_ERROR(checked_inputs({"count", {}, {}}, inputs), ErrorKind::kInputName,
               "signature 'count' takes no input");
}

TEST(ChecksTest, RefusesAnotherDtype) {
  TensorMap inputs = good_inputs();
  inputs["a"] = Tensor::zeros(DType::kFloat64, {4, 784});
  EXPECT_ERROR(checked_inputs(kSignature, inputs), ErrorKind::kInputDtype,
               "input 'a': got float64 [4,784], signature 'serving_default' wants float32 [?,784]; "
               "pass float32 values");
}

TEST(ChecksTest, RefusesAnotherShape) {
  for (const Shape& shape : {Shape{784}, Shape{4, 783}, Shape{4, 784, 1}, Shape{}}) {
    TensorMap inputs = good_inputs();
    inputs["a"] = Tensor::zeros(DType::kFloat32, shape);
    EXPECT_ERROR(checked_inputs(kSignature, inputs), ErrorKind::kInputShape,
                 "input 'a': got float32 " + to_text(shape) +
                     ", signature 'serving_default' wants float32 [?,784]; ");
  }
}

}  // namespace
}  // namespace modelparity::internal
