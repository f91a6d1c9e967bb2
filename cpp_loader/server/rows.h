// Tensors as rows along their first dimension: counted, joined and taken apart.
//
// Thread-safety: these are functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "modelparity/tensor.h"

namespace modelparity::server {

// Shapes of a row of each tensor, by name: what has to be the same for tensors to be joined.
using RowShapes = std::vector<Shape>;

// Nothing when there is no tensor, a scalar, or when the tensors differ in the number of rows.
std::optional<std::int64_t> row_count(const TensorMap& tensors);

RowShapes row_shapes(const TensorMap& tensors);

// The rows of all parts, one after the other. There is at least one part; all have the same names,
// dtypes and row shapes.
TensorMap join_rows(const std::vector<const TensorMap*>& parts);

// Rows `begin` to `begin + count`, in memory of their own. No tensor is a scalar. Throws Error
// kRunFailed when one has fewer rows.
TensorMap take_rows(const TensorMap& tensors, std::int64_t begin, std::int64_t count);

// Equal for tensors that are the same bit for bit.
std::string bits_of(const TensorMap& tensors);

}  // namespace modelparity::server
