#include "server/rows.h"

#include <gtest/gtest.h>

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

TEST(BitsOfTest, TellsApartWhatCompareEqual) {
  EXPECT_NE(bits_of(map_of("x", floats({1}, {0.0f}))), bits_of(map_of("x", floats({1}, {-0.0f}))));
  EXPECT_NE(bits_of(map_of("x", floats({1}, {0.0f}))), bits_of(map_of("y", floats({1}, {0.0f}))));
  EXPECT_NE(bits_of(map_of("x", floats({1, 1}, {0}))), bits_of(map_of("x", floats({1}, {0}))));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(bits_of(map_of("x", floats({1}, {nan}))), bits_of(map_of("x", floats({1}, {nan}))));
}

}  // namespace
}  // namespace modelparity::server
