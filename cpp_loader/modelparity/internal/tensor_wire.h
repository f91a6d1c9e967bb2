// Tensor data in the two forms of the Open Inference Protocol, raw and by element
// (proto/inference.proto).
#pragma once

#include <cstddef>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

#include "modelparity/tensor.h"

namespace modelparity::internal {

// Copies raw contents. Throws Error kInputShape when they are not of the shape's size.
Tensor tensor_from_raw(DType dtype, const Shape& shape, std::string_view raw);

// Reads an InferTensorContents message. Throws Error kInputShape when it has not one value an
// element, kInputDtype when a value does not fit the dtype, or protozero::exception when it is
// corrupt.
Tensor tensor_from_contents(DType dtype, const Shape& shape, protozero::pbf_reader contents);

// Appends the current field of a repeated int64, packed or not.
void read_dimensions(protozero::pbf_reader& reader, Shape& shape);

// The raw contents of a tensor. Those of strings are built in `storage`; others are the tensor's
// own memory.
std::string_view raw_from_tensor(const Tensor& tensor, std::string& storage);

}  // namespace modelparity::internal
