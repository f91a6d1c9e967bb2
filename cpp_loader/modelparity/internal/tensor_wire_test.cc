#include "modelparity/internal/tensor_wire.h"

#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

#include "proto/inference.tags.h"
#include "testing/expect_error.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::inference::tags::InferTensorContents;
using protozero::pbf_writer;

std::string raw_strings(const std::vector<std::string>& strings) {
  std::string raw;
  for (const std::string& text : strings) {
    const auto length = static_cast<std::uint32_t>(text.size());
    raw.append(reinterpret_cast<const char*>(&length), sizeof(length));
    raw += text;
  }
  return raw;
}

TEST(TensorWireTest, RawLeadsBackForEveryDtype) {
  for (int number = 1; dtype_from_number(number); ++number) {
    const DType dtype = *dtype_from_number(number);
    if (dtype_protocol_word(dtype).empty() || dtype == DType::kString) continue;
    std::string raw(3 * dtype_size(dtype), '\0');
    raw.front() = raw.back() = 1;
    const Tensor tensor = tensor_from_raw(dtype, {3}, raw);
    EXPECT_EQ(tensor.dtype(), dtype);
    std::string storage;
    EXPECT_EQ(raw_from_tensor(tensor, storage), raw) << dtype_name(dtype);
  }
}

TEST(TensorWireTest, RawStringsLeadBack) {
  const std::string raw = raw_strings({"", "a", std::string(100, 'b')});
  const Tensor tensor = tensor_from_raw(DType::kString, {3}, raw);
  EXPECT_EQ(tensor.string_at(2), std::string(100, 'b'));
  std::string storage;
  EXPECT_EQ(raw_from_tensor(tensor, storage), raw);
  EXPECT_EQ(raw_from_tensor(Tensor::zeros(DType::kString, {0}), storage), "");
}

TEST(TensorWireTest, RefusesRawContentsOfAnotherSize) {
  EXPECT_ERROR(tensor_from_raw(DType::kFloat32, {2}, "1234567"), ErrorKind::kInputShape,
               "got 7 bytes, expected 8");
  EXPECT_ERROR(tensor_from_raw(DType::kString, {1}, raw_strings({"a", "b"})),
               ErrorKind::kInputShape, "got 2 strings, expected 1");
  for (const std::string& raw : {std::string("\1\0\0", 3), std::string("\2\0\0\0a", 5)}) {
    EXPECT_ERROR(tensor_from_raw(DType::kString, {1}, raw), ErrorKind::kInputShape,
                 "end within element 0");
  }
}

TEST(TensorWireTest, ABoolIsNeverAnotherByteThanZeroAndOne) {
  const Tensor tensor = tensor_from_raw(DType::kBool, {3}, std::string("\0\1\xff", 3));
  EXPECT_EQ(tensor.bytes(), std::string("\0\1\1", 3));
}

TEST(TensorWireTest, ReadsContentsOfEachField) {
  std::string message;
  pbf_writer writer(message);
  const std::vector<std::int64_t> integers = {1, -1};
  const std::vector<std::uint32_t> naturals = {1, 255};
  const std::vector<float> floats = {0.5F, -0.5F};
  const std::vector<double> doubles = {0.25, -0.25};
  writer.add_packed_bool(tags::kBoolContents, naturals.begin(), naturals.end());
  writer.add_packed_int32(tags::kIntContents, integers.begin(), integers.end());
  writer.add_packed_int64(tags::kInt64Contents, integers.begin(), integers.end());
  writer.add_packed_uint32(tags::kUintContents, naturals.begin(), naturals.end());
  writer.add_packed_uint64(tags::kUint64Contents, naturals.begin(), naturals.end());
  writer.add_packed_float(tags::kFp32Contents, floats.begin(), floats.end());
  writer.add_packed_double(tags::kFp64Contents, doubles.begin(), doubles.end());
  writer.add_bytes(tags::kBytesContents, "a");
  writer.add_bytes(tags::kBytesContents, "b");
  const MessageReader contents(message);

  EXPECT_EQ(tensor_from_contents(DType::kBool, {2}, contents).bytes(), std::string("\1\1"));
  EXPECT_EQ(tensor_from_contents(DType::kInt8, {2}, contents).data<std::int8_t>()[1], -1);
  EXPECT_EQ(tensor_from_contents(DType::kInt16, {2}, contents).data<std::int16_t>()[1], -1);
  EXPECT_EQ(tensor_from_contents(DType::kInt32, {2}, contents).data<std::int32_t>()[1], -1);
  EXPECT_EQ(tensor_from_contents(DType::kInt64, {2}, contents).data<std::int64_t>()[1], -1);
  EXPECT_EQ(tensor_from_contents(DType::kUint8, {2}, contents).data<std::uint8_t>()[1], 255);
  EXPECT_EQ(tensor_from_contents(DType::kUint16, {2}, contents).data<std::uint16_t>()[1], 255);
  EXPECT_EQ(tensor_from_contents(DType::kUint32, {2}, contents).data<std::uint32_t>()[1], 255U);
  EXPECT_EQ(tensor_from_contents(DType::kUint64, {2}, contents).data<std::uint64_t>()[1], 255U);
  EXPECT_EQ(tensor_from_contents(DType::kFloat32, {2}, contents).data<float>()[1], -0.5F);
  EXPECT_EQ(tensor_from_contents(DType::kFloat64, {2}, contents).data<double>()[1], -0.25);
  EXPECT_EQ(tensor_from_contents(DType::kString, {2}, contents).string_at(1), "b");
}

TEST(TensorWireTest, RefusesContentsThatDoNotFit) {
  std::string message;
  pbf_writer writer(message);
  writer.add_int32(tags::kIntContents, 128);
  writer.add_uint32(tags::kUintContents, 70000);
  const MessageReader contents(message);
  EXPECT_ERROR(tensor_from_contents(DType::kInt8, {1}, contents), ErrorKind::kInputDtype,
               "element 0 does not fit int8");
  EXPECT_ERROR(tensor_from_contents(DType::kUint16, {1}, contents), ErrorKind::kInputDtype,
               "element 0 does not fit uint16");
  EXPECT_ERROR(tensor_from_contents(DType::kInt32, {2}, contents), ErrorKind::kInputShape,
               "got 4 bytes, expected 8");
  EXPECT_ERROR(tensor_from_contents(DType::kBfloat16, {1}, contents), ErrorKind::kInputShape,
               "got 0 bytes, expected 2");
}

}  // namespace
}  // namespace modelparity::internal
