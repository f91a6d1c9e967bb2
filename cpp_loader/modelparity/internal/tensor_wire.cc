#include "modelparity/internal/tensor_wire.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "modelparity/error.h"
#include "proto/inference.tags.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::inference::tags::InferTensorContents;
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw contents are little-endian");

using Length = std::uint32_t;

// A uint32 length before each element.
std::vector<std::string_view> split_strings(std::string_view raw) {
  std::vector<std::string_view> strings;
  while (!raw.empty()) {
    Length length = 0;
    if (raw.size() >= sizeof(length)) std::memcpy(&length, raw.data(), sizeof(length));
    if (raw.size() < sizeof(length) || raw.size() - sizeof(length) < length) {
      throw Error(ErrorKind::kInputShape, "raw contents: end within element " +
                                              std::to_string(strings.size()) +
                                              "; each is a uint32 length and that many bytes");
    }
    strings.push_back(raw.substr(sizeof(length), length));
    raw.remove_prefix(sizeof(length) + length);
  }
  return strings;
}

// The integers of one field as elements of type T.
template <typename T>
Tensor read_integers(DType dtype, const Shape& shape, MessageReader contents, std::uint32_t field) {
  std::vector<T> values;
  const auto append = [&](std::uint64_t value) {
    // A negative int32 or int64 is written as a uint64 with the same lower bits.
    values.push_back(static_cast<T>(value));
    if (static_cast<std::uint64_t>(values.back()) != value) {
      throw Error(ErrorKind::kInputDtype, "contents: element " + std::to_string(values.size() - 1) +
                                              " does not fit " + std::string(dtype_name(dtype)) +
                                              "; send another dtype");
    }
  };
  while (contents.next(field)) contents.integers(append);
  return Tensor::from_bytes(dtype, shape, values.data(), values.size() * sizeof(T));
}

Tensor read_bools(const Shape& shape, MessageReader contents) {
  std::vector<std::uint8_t> values;
  const auto append = [&](std::uint64_t value) { values.push_back(value != 0 ? 1 : 0); };
  while (contents.next(tags::kBoolContents)) contents.integers(append);
  return Tensor::from_bytes(DType::kBool, shape, values.data(), values.size());
}

Tensor read_floats(const Shape& shape, MessageReader contents) {
  std::vector<float> values;
  const auto append = [&](float value) { values.push_back(value); };
  while (contents.next(tags::kFp32Contents)) contents.floats(append);
  return Tensor::from_values(shape, values);
}

Tensor read_doubles(const Shape& shape, MessageReader contents) {
  std::vector<double> values;
  const auto append = [&](double value) { values.push_back(value); };
  while (contents.next(tags::kFp64Contents)) contents.doubles(append);
  return Tensor::from_values(shape, values);
}

Tensor read_strings(const Shape& shape, MessageReader contents) {
  std::vector<std::string_view> strings;
  while (contents.next(tags::kBytesContents)) strings.push_back(contents.bytes());
  return Tensor::from_strings(shape, strings);
}

}  // namespace

Tensor tensor_from_raw(DType dtype, const Shape& shape, std::string_view raw) {
  if (dtype == DType::kString) return Tensor::from_strings(shape, split_strings(raw));
  Tensor tensor = Tensor::from_bytes(dtype, shape, raw.data(), raw.size());
  if (dtype == DType::kBool) {
    // Any other byte than 0 and 1 in a C++ bool is undefined behaviour in TensorFlow's kernels.
    char* const bytes = tensor.mutable_bytes();
    for (std::size_t i = 0; i < raw.size(); ++i) bytes[i] = raw[i] != 0 ? 1 : 0;
  }
  return tensor;
}

Tensor tensor_from_contents(DType dtype, const Shape& shape, MessageReader contents) {
  switch (dtype) {
    case DType::kBool:
      return read_bools(shape, contents);
    case DType::kInt8:
      return read_integers<std::int8_t>(dtype, shape, contents, tags::kIntContents);
    case DType::kInt16:
      return read_integers<std::int16_t>(dtype, shape, contents, tags::kIntContents);
    case DType::kInt32:
      return read_integers<std::int32_t>(dtype, shape, contents, tags::kIntContents);
    case DType::kInt64:
      return read_integers<std::int64_t>(dtype, shape, contents, tags::kInt64Contents);
    case DType::kUint8:
      return read_integers<std::uint8_t>(dtype, shape, contents, tags::kUintContents);
    case DType::kUint16:
      return read_integers<std::uint16_t>(dtype, shape, contents, tags::kUintContents);
    case DType::kUint32:
      return read_integers<std::uint32_t>(dtype, shape, contents, tags::kUintContents);
    case DType::kUint64:
      return read_integers<std::uint64_t>(dtype, shape, contents, tags::kUint64Contents);
    case DType::kFloat32:
      return read_floats(shape, contents);
    case DType::kFloat64:
      return read_doubles(shape, contents);
    case DType::kString:
      return read_strings(shape, contents);
    default:
      // float16 and bfloat16: the protocol has no field for them, so there can be no values.
      return Tensor::from_bytes(dtype, shape, nullptr, 0);
  }
}

std::string_view raw_from_tensor(const Tensor& tensor, std::string& storage) {
  if (tensor.dtype() != DType::kString) return tensor.bytes();
  storage.clear();
  const std::size_t count = tensor.element_count();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view element = tensor.string_at(i);
    const auto length = static_cast<Length>(element.size());
    storage.append(reinterpret_cast<const char*>(&length), sizeof(length));
    storage.append(element);
  }
  return storage;
}

}  // namespace modelparity::internal
