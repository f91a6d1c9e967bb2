#include "modelparity/internal/tensor_wire.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "modelparity/error.h"
#include "proto/inference.tags.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::inference::tags::InferTensorContents;
using protozero::pbf_reader;

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

// The values of one field, packed or one by one, as elements of type T.
template <typename T, auto kReadOne, auto kReadPacked>
Tensor read_values(DType dtype, const Shape& shape, pbf_reader contents, std::uint32_t field) {
  std::vector<T> values;
  const auto append = [&](auto value) {
    const T element = static_cast<T>(value);
    if (static_cast<decltype(value)>(element) != value && value == value) {
      throw Error(ErrorKind::kInputDtype, "contents: got " + std::to_string(value) +
                                              ", which does not fit " +
                                              std::string(dtype_name(dtype)));
    }
    values.push_back(element);
  };
  while (contents.next(field)) {
    if (contents.wire_type() == protozero::pbf_wire_type::length_delimited) {
      for (const auto value : (contents.*kReadPacked)()) append(value);
    } else {
      append((contents.*kReadOne)());
    }
  }
  return Tensor::from_bytes(dtype, shape, values.data(), values.size() * sizeof(T));
}

Tensor read_strings(const Shape& shape, pbf_reader contents) {
  std::vector<std::string_view> strings;
  while (contents.next(tags::kBytesContents)) {
    const auto view = contents.get_view();
    strings.emplace_back(view.data(), view.size());
  }
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

Tensor tensor_from_contents(DType dtype, const Shape& shape, pbf_reader contents) {
#define MODELPARITY_READ(Type, kind, field)                                                \
  read_values<Type, &pbf_reader::get_##kind, &pbf_reader::get_packed_##kind>(dtype, shape, \
                                                                             contents, field)
  switch (dtype) {
    case DType::kBool:
      return MODELPARITY_READ(std::uint8_t, bool, tags::kBoolContents);
    case DType::kInt8:
      return MODELPARITY_READ(std::int8_t, int32, tags::kIntContents);
    case DType::kInt16:
      return MODELPARITY_READ(std::int16_t, int32, tags::kIntContents);
    case DType::kInt32:
      return MODELPARITY_READ(std::int32_t, int32, tags::kIntContents);
    case DType::kInt64:
      return MODELPARITY_READ(std::int64_t, int64, tags::kInt64Contents);
    case DType::kUint8:
      return MODELPARITY_READ(std::uint8_t, uint32, tags::kUintContents);
    case DType::kUint16:
      return MODELPARITY_READ(std::uint16_t, uint32, tags::kUintContents);
    case DType::kUint32:
      return MODELPARITY_READ(std::uint32_t, uint32, tags::kUintContents);
    case DType::kUint64:
      return MODELPARITY_READ(std::uint64_t, uint64, tags::kUint64Contents);
    case DType::kFloat32:
      return MODELPARITY_READ(float, float, tags::kFp32Contents);
    case DType::kFloat64:
      return MODELPARITY_READ(double, double, tags::kFp64Contents);
    case DType::kString:
      return read_strings(shape, contents);
    default:
      // float16 and bfloat16: the protocol has no field for them, so there can be no values.
      return Tensor::from_bytes(dtype, shape, nullptr, 0);
  }
#undef MODELPARITY_READ
}

void read_dimensions(pbf_reader& reader, Shape& shape) {
  if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
    for (const std::int64_t dimension : reader.get_packed_int64()) shape.push_back(dimension);
  } else {
    shape.push_back(reader.get_int64());
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
