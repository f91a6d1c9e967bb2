// The element types of TensorFlow, and what each is called elsewhere: one table, no second list.
//
// Thread-safety: everything here is constant.
//
//   modelparity::dtype_name(modelparity::DType::kFloat32)  // "float32"
//   modelparity::dtype_from_name("bfloat16")               // DType::kBfloat16
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modelparity {

// The numbers are those of TF_DataType; dtype_test.cc holds them against TensorFlow's header.
enum class DType : std::int32_t {
  kFloat32 = 1,
  kFloat64 = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kQint8 = 11,
  kQuint8 = 12,
  kQint32 = 13,
  kBfloat16 = 14,
  kQint16 = 15,
  kQuint16 = 16,
  kUint16 = 17,
  kComplex128 = 18,
  kFloat16 = 19,
  kResource = 20,
  kVariant = 21,
  kUint32 = 22,
  kUint64 = 23,
  kFloat8E5m2 = 24,
  kFloat8E4m3fn = 25,
  kFloat8E4m3fnuz = 26,
  kFloat8E4m3b11fnuz = 27,
  kFloat8E5m2fnuz = 28,
  kInt4 = 29,
  kUint4 = 30,
  kInt2 = 31,
  kUint2 = 32,
  kFloat4E2m1fn = 33,
};

// TensorFlow's name, such as "float32".
std::string_view dtype_name(DType dtype);

// Bytes of an element. 0: elements have no fixed size (string, resource, variant).
std::size_t dtype_size(DType dtype);

// The Open Inference Protocol's word, such as "FP32". Empty: it has none.
std::string_view dtype_protocol_word(DType dtype);

// The inverse of dtype_name; nothing when no type has that name.
std::optional<DType> dtype_from_name(std::string_view name);

// The inverse of dtype_protocol_word; nothing when no type has that word.
std::optional<DType> dtype_from_protocol_word(std::string_view word);

// The type with TensorFlow's number; a reference type of v1 graphs (number + 100) is the type
// itself. Nothing when there is no such type.
std::optional<DType> dtype_from_number(std::int64_t number);

}  // namespace modelparity
