#include "server/rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "testing/expect_error.h"

namespace modelparity::server {
namespace {

TensorMap map_of(const char* name, Tensor tensor) {
  TensorMap map;
  map[name] = std::move(tensor);
  return map;
}

Tensor floats(const Shape& shape, std::initializer_list<float> values) {
  return Tensor::from_values<float>(shape, values);
}

TEST(RowCountTest, IsTheFirstDimensionThatAllShare) {
  TensorMap map = map_of("a", floats({2, 1}, {1, 2}));
  EXPECT_EQ(row_count(map), 2);
  map["b"] = Tensor::from_strings({2}, {"x", "y"});
  EXPECT_EQ(row_count(map), 2);
  map["c"] = floats({1}, {1});
  EXPECT_EQ(row_count(map), std::nullopt);
  EXPECT_EQ(row_count(map_of("a", floats({}, {1}))), std::nullopt);
  EXPECT_EQ(row_count({}), std::nullopt);
  EXPECT_EQ(row_count(map_of("a", floats({0, 3}, {}))), 0);
}

TEST(RowShapesTest, LeaveTheFirstDimensionOut) {
  TensorMap map = map_of("a", floats({2, 1}, {1, 2}));
  map["b"] = floats({2}, {1, 2});
  EXPECT_EQ(row_shapes(map), (RowShapes{{1}, {}}));
}

TEST(RowsTest, JoiningAndTakingApartGivesTheSameBits) {
  TensorMap one = map_of("x", floats({1, 2}, {1, 2}));
  one["s"] = Tensor::from_strings({1}, {"one"});
  TensorMap two = map_of("x", floats({2, 2}, {3, 4, 5, 6}));
  two["s"] = Tensor::from_strings({2}, {"", "three"});
  const TensorMap joined = join_rows({&one, &two});
  EXPECT_EQ(joined.at("x").shape(), (Shape{3, 2}));
  EXPECT_EQ(joined.at("x").data<float>()[4], 5);
  EXPECT_EQ(joined.at("s").string_at(2), "three");
  EXPECT_EQ(bits_of(take_rows(joined, 0, 1)), bits_of(one));
  EXPECT_EQ(bits_of(take_rows(joined, 1, 2)), bits_of(two));
}

TEST(RowsTest, RowsWithoutElementsAreRows) {
  const TensorMap none = map_of("x", floats({2, 0}, {}));
  const TensorMap joined = join_rows({&none, &none});
  EXPECT_EQ(joined.at("x").shape(), (Shape{4, 0}));
  EXPECT_EQ(bits_of(take_rows(joined, 2, 2)), bits_of(none));
}

TEST(RowsTest, RefusesRowsThatAreNotThere) {
  EXPECT_ERROR(take_rows(map_of("x", floats({2}, {1, 2})), 1, 2), ErrorKind::kRunFailed,
               "got 2 rows, expected at least 3");
}

TEST(WithOtherDigitsTest, KeepsSignsAndPowersOfTwo) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  TensorMap row = map_of("x", floats({1, 5}, {3, -1, 0, -kInfinity, 1e30f}));
  row["d"] = Tensor::from_values<double>({1}, {-5});
  row["i"] = Tensor::from_values<std::int32_t>({1}, {7});
  row["s"] = Tensor::from_strings({1}, {"seven"});
  std::mt19937_64 random;
  const TensorMap other = with_other_digits(row, random);
  const float* const x = other.at("x").data<float>();
  for (const std::size_t i : {0, 1, 4}) {
    const float before = row.at("x").data<float>()[i];
    EXPECT_NE(x[i], before);
    EXPECT_EQ(std::ilogb(x[i]), std::ilogb(before));
    EXPECT_EQ(std::signbit(x[i]), std::signbit(before));
  }
  EXPECT_EQ(x[2], 0);
  EXPECT_EQ(x[3], -kInfinity);
  const double d = other.at("d").data<double>()[0];
  EXPECT_TRUE(d < -4 && d > -8 && d != -5);
  EXPECT_EQ(other.at("i").data<std::int32_t>()[0], 7);
  EXPECT_EQ(other.at("s").string_at(0), "seven");
}

TEST(WithOtherDigitsTest, KnowsTheShortFloats) {
  std::mt19937_64 random;
  for (const DType dtype : {DType::kFloat16, DType::kBfloat16}) {
    const std::uint16_t one = dtype == DType::kFloat16 ? 0x3C00 : 0x3F80;
    const std::uint16_t digits = dtype == DType::kFloat16 ? 0x03FF : 0x007F;
    const std::vector<std::uint16_t> ones(100, one);
    const TensorMap other =
        with_other_digits(map_of("x", Tensor::from_bytes(dtype, {100}, ones.data(), 200)), random);
    std::uint16_t drawn = 0;
    for (std::size_t i = 0; i < ones.size(); ++i) {
      std::uint16_t bits;
      std::memcpy(&bits, other.at("x").bytes().data() + 2 * i, sizeof(bits));
      drawn |= bits ^ one;
    }
    EXPECT_EQ(drawn, digits);
  }
}

TEST(BitsOfTest, TellsApartWhatCompareEqual) {
  EXPECT_NE(bits_of(map_of("x", floats({1}, {0.0f}))), bits_of(map_of("x", floats({1}, {-0.0f}))));
  EXPECT_NE(bits_of(map_of("x", floats({1}, {0.0f}))), bits_of(map_of("y", floats({1}, {0.0f}))));
  EXPECT_NE(bits_of(map_of("x", floats({1, 1}, {0}))), bits_of(map_of("x", floats({1}, {0}))));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(bits_of(map_of("x", floats({1}, {nan}))), bits_of(map_of("x", floats({1}, {nan}))));
}

}  // namespace
}  // namespace modelparity::server
