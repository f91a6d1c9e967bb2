// Tensors as rows along their first dimension: counted, joined and taken apart.
//
// Thread-safety: these are functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
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

// The same with other digits: every float but 0, infinities and NaN keeps its sign and its power of
// two, and has all its digits behind it drawn anew. What is no float stays.
TensorMap with_other_digits(const TensorMap& tensors, std::mt19937_64& random);

// Equal for tensors that are the same bit for bit.
std::string bits_of(const TensorMap& tensors);

}  // namespace modelparity::server
