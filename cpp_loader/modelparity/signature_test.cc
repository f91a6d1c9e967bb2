#include "modelparity/signature.h"

#include <gtest/gtest.h>

namespace modelparity {
namespace {

TEST(SignatureTest, ShapesReadAsInMessages) {
  EXPECT_EQ(to_text(Shape{}), "[]");
  EXPECT_EQ(to_text(Shape{-1, 784}), "[?,784]");
  EXPECT_EQ(to_text(Shape{0}), "[0]");
}

TEST(SignatureTest, SpecsReadAsInMessages) {
  EXPECT_EQ(to_text(TensorSpec{"x", DType::kFloat32, {-1, 784}, false}), "float32 [?,784]");
  EXPECT_EQ(to_text(TensorSpec{"x", DType::kInt64, {}, false}), "int64 []");
  EXPECT_EQ(to_text(TensorSpec{"x", DType::kString, {}, true}), "string [...]");
}

}  // namespace
}  // namespace modelparity
