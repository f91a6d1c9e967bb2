#include "modelparity/dtype.h"

#include <algorithm>
#include <array>

namespace modelparity {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::string_view protocol_word;
  std::size_t size;
};

// In the order of TensorFlow's numbers, which start with 1: row() relies on it.
constexpr std::array kRows = {
    Row{DType::kFloat32, "float32", "FP32", 4},
    Row{DType::kFloat64, "float64", "FP64", 8},
    Row{DType::kInt32, "int32", "INT32", 4},
    Row{DType::kUint8, "uint8", "UINT8", 1},
    Row{DType::kInt16, "int16", "INT16", 2},
    Row{DType::kInt8, "int8", "INT8", 1},
    Row{DType::kString, "string", "BYTES", 0},
    Row{DType::kComplex64, "complex64", "", 8},
    Row{DType::kInt64, "int64", "INT64", 8},
    Row{DType::kBool, "bool", "BOOL", 1},
    Row{DType::kQint8, "qint8", "", 1},
    Row{DType::kQuint8, "quint8", "", 1},
    Row{DType::kQint32, "qint32", "", 4},
    Row{DType::kBfloat16, "bfloat16", "BF16", 2},
    Row{DType::kQint16, "qint16", "", 2},
    Row{DType::kQuint16, "quint16", "", 2},
    Row{DType::kUint16, "uint16", "UINT16", 2},
    Row{DType::kComplex128, "complex128", "", 16},
    Row{DType::kFloat16, "float16", "FP16", 2},
    Row{DType::kResource, "resource", "", 0},
    Row{DType::kVariant, "variant", "", 0},
    Row{DType::kUint32, "uint32", "UINT32", 4},
    Row{DType::kUint64, "uint64", "UINT64", 8},
    Row{DType::kFloat8E5m2, "float8_e5m2", "", 1},
    Row{DType::kFloat8E4m3fn, "float8_e4m3fn", "", 1},
    Row{DType::kFloat8E4m3fnuz, "float8_e4m3fnuz", "", 1},
    Row{DType::kFloat8E4m3b11fnuz, "float8_e4m3b11fnuz", "", 1},
    Row{DType::kFloat8E5m2fnuz, "float8_e5m2fnuz", "", 1},
    Row{DType::kInt4, "int4", "", 1},
    Row{DType::kUint4, "uint4", "", 1},
    Row{DType::kInt2, "int2", "", 1},
    Row{DType::kUint2, "uint2", "", 1},
    Row{DType::kFloat4E2m1fn, "float4_e2m1fn", "", 1},
};

const Row& row(DType dtype) { return kRows.at(static_cast<std::size_t>(dtype) - 1); }

template <typename Matches>
std::optional<DType> find(Matches matches) {
  const auto found = std::find_if(kRows.begin(), kRows.end(), matches);
  if (found == kRows.end()) return std::nullopt;
  return found->dtype;
}

}  // namespace

std::string_view dtype_name(DType dtype) { return row(dtype).name; }

std::size_t dtype_size(DType dtype) { return row(dtype).size; }

std::string_view dtype_protocol_word(DType dtype) { return row(dtype).protocol_word; }

std::optional<DType> dtype_from_name(std::string_view name) {
  return find([&](const Row& row) { return row.name == name; });
}

std::optional<DType> dtype_from_protocol_word(std::string_view word) {
  return find([&](const Row& row) { return !word.empty() && row.protocol_word == word; });
}

std::optional<DType> dtype_from_number(std::int64_t number) {
  const std::int64_t plain = number > 100 ? number - 100 : number;
  return find([&](const Row& row) { return static_cast<std::int64_t>(row.dtype) == plain; });
}

}  // namespace modelparity
