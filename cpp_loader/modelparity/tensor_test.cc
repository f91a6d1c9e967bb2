#include "modelparity/tensor.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "modelparity/error.h"
#include "testing/expect_error.h"

namespace modelparity {
namespace {

TEST(TensorTest, HoldsValues) {
  const Tensor tensor = Tensor::from_values<float>({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(tensor.dtype(), DType::kFloat32);
  EXPECT_EQ(tensor.shape(), (Shape{2, 2}));
  EXPECT_EQ(tensor.rank(), 2U);
  EXPECT_EQ(tensor.dimension(1), 2);
  EXPECT_EQ(tensor.element_count(), 4U);
  EXPECT_EQ(tensor.data<float>()[3], 4);
  EXPECT_EQ(tensor.bytes().size(), 16U);
}

TEST(TensorTest, IsAScalarWithoutDimensions) {
  const Tensor tensor = Tensor::from_values<std::int64_t>({}, {7});
  EXPECT_EQ(tensor.rank(), 0U);
  EXPECT_EQ(tensor.element_count(), 1U);
  EXPECT_EQ(tensor.data<std::int64_t>()[0], 7);
}

TEST(TensorTest, EveryDtypeCanBeMadeScalarVectorAndEmpty) {
  for (int number = 1; dtype_from_number(number); ++number) {
    const DType dtype = *dtype_from_number(number);
    if (dtype == DType::kResource || dtype == DType::kVariant) {
      EXPECT_ERROR(Tensor::zeros(dtype, {}), ErrorKind::kUnsupported, dtype_name(dtype));
      continue;
    }
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 0, 5}}) {
      const Tensor tensor = Tensor::zeros(dtype, shape);
      EXPECT_EQ(tensor.dtype(), dtype);
      EXPECT_EQ(tensor.shape(), shape);
      if (dtype == DType::kString) {
        for (std::size_t i = 0; i < tensor.element_count(); ++i) {
          EXPECT_EQ(tensor.string_at(i), "");
        }
      } else {
        EXPECT_EQ(tensor.bytes(), std::string(tensor.element_count() * dtype_size(dtype), '\0'));
      }
    }
  }
}

TEST(TensorTest, HoldsStringsOfAnyLengthAndContent) {
  const std::string zero_byte("a\0b", 3);
  const std::string large(1000, 'x');
  const Tensor tensor = Tensor::from_strings({2, 2}, {"", "short", zero_byte, large});
  EXPECT_EQ(tensor.string_at(0), "");
  EXPECT_EQ(tensor.string_at(1), "short");
  EXPECT_EQ(tensor.string_at(2), zero_byte);
  EXPECT_EQ(tensor.string_at(3), large);
  EXPECT_ERROR(tensor.string_at(4), ErrorKind::kInputShape, "index 4");
  EXPECT_ERROR(tensor.bytes(), ErrorKind::kInputDtype, "string_at");
  EXPECT_EQ(Tensor::from_strings({0}, {}).element_count(), 0U);
}

TEST(TensorTest, BorrowsAlignedMemoryWithoutACopy) {
  alignas(64) static std::array<float, 16> memory = {};
  int releases = 0;
  {
    const Tensor tensor = Tensor::borrow(DType::kFloat32, {16}, memory.data(), sizeof(memory),
                                         [&releases] { ++releases; });
    memory[5] = 42;
    EXPECT_EQ(tensor.data<float>(), memory.data());
    EXPECT_EQ(tensor.data<float>()[5], 42);
    EXPECT_EQ(releases, 0);
  }
  EXPECT_EQ(releases, 1);
}

TEST(TensorTest, BorrowCopiesUnalignedMemoryAndReleasesItAtOnce) {
  alignas(64) static std::array<char, 128> memory = {};
  int releases = 0;
  const Tensor tensor =
      Tensor::borrow(DType::kUint8, {8}, memory.data() + 1, 8, [&releases] { ++releases; });
  EXPECT_EQ(releases, 1);
  EXPECT_EQ(tensor.element_count(), 8U);
}

TEST(TensorTest, BorrowOfNoElementsNeedsNoMemory) {
  int releases = 0;
  {
    const Tensor tensor =
        Tensor::borrow(DType::kFloat32, {0, 4}, nullptr, 0, [&releases] { ++releases; });
    EXPECT_EQ(tensor.element_count(), 0U);
  }
  EXPECT_EQ(releases, 1);
}

TEST(TensorTest, AssignmentReleasesWhatWasHeldBefore) {
  alignas(64) std::array<float, 16> memory = {};
  int releases = 0;
  Tensor lent = Tensor::borrow(DType::kFloat32, {16}, memory.data(), sizeof(memory),
                               [&releases] { ++releases; });
  Tensor other = Tensor::from_values<float>({1}, {7});
  lent = std::move(other);
  EXPECT_EQ(releases, 1);
  EXPECT_EQ(lent.data<float>()[0], 7);
}

TEST(TensorTest, BorrowThatIsRefusedDoesNotRelease) {
  alignas(64) static std::array<float, 16> memory = {};
  int releases = 0;
  EXPECT_ERROR(
      Tensor::borrow(DType::kFloat32, {4}, memory.data(), sizeof(memory), [&] { ++releases; }),
      ErrorKind::kInputShape, "tensor float32 [4]: got 64 bytes, expected 16");
  EXPECT_EQ(releases, 0);
}

TEST(TensorTest, CopiesHaveMemoryOfTheirOwn) {
  Tensor tensor = Tensor::from_values<double>({2}, {1, 2});
  const Tensor copy = tensor.copy();
  tensor.mutable_data<double>()[1] = 7;
  EXPECT_EQ(copy.data<double>()[1], 2);
  Tensor words = Tensor::from_strings({1}, {std::string(100, 'w')});
  const Tensor copied_words = words.copy();
  words = Tensor();
  EXPECT_EQ(copied_words.string_at(0), std::string(100, 'w'));
}

TEST(TensorTest, MovesItsHandle) {
  Tensor first = Tensor::from_values<bool>({1}, {true});
  const Tensor second = std::move(first);
  EXPECT_TRUE(second.data<bool>()[0]);
}

TEST(TensorTest, RefusesDataThatIsNotOfItsShape) {
  EXPECT_ERROR(Tensor::from_values<float>({3}, {1, 2}), ErrorKind::kInputShape,
               "tensor float32 [3]: got 8 bytes, expected 12");
  EXPECT_ERROR(Tensor::from_strings({3}, {"a"}), ErrorKind::kInputShape,
               "got 1 strings, expected 3");
  EXPECT_ERROR(Tensor::zeros(DType::kFloat32, {-1}), ErrorKind::kInputShape, "negative");
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  EXPECT_ERROR(Tensor::zeros(DType::kFloat32, {huge, huge}), ErrorKind::kInputShape, "any memory");
}

TEST(TensorTest, RefusesMoreDimensionsThanTensorFlowSurvives) {
  EXPECT_EQ(Tensor::zeros(DType::kFloat32, Shape(254, 1)).rank(), 254U);
  for (const DType dtype : {DType::kFloat32, DType::kString}) {
    EXPECT_ERROR(Tensor::zeros(dtype, Shape(255, 1)), ErrorKind::kInputShape, "got 255 dimensions");
  }
  const float value = 0;
  EXPECT_ERROR(Tensor::from_bytes(DType::kFloat32, Shape(255, 1), &value, sizeof(value)),
               ErrorKind::kInputShape, "got 255 dimensions");
}

// The sanitizers end a process that asks for so much.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(TensorTest, SaysWhenThereIsNoMemory) {
  EXPECT_THROW(Tensor::zeros(DType::kFloat32, {std::int64_t{1} << 45}), std::bad_alloc);
}
#endif

TEST(TensorTest, RefusesAReadAsAnotherType) {
  const Tensor tensor = Tensor::from_values<std::int32_t>({2}, {1, 2});
  EXPECT_ERROR(tensor.data<float>(), ErrorKind::kInputDtype,
               "tensor int32 [2]: got a read as float32");
}

}  // namespace
}  // namespace modelparity
