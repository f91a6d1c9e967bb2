// Tensor data in the two forms of the Open Inference Protocol, raw and by element
// (proto/inference.proto).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "modelparity/internal/message_reader.h"
#include "modelparity/tensor.h"

namespace modelparity::internal {

// Copies raw contents. Throws Error kInputShape when they are not of the shape's size.
Tensor tensor_from_raw(DType dtype, const Shape& shape, std::string_view raw);

// Reads an InferTensorContents message. Throws Error kInputShape when it has not one value an
// element, kInputDtype when a value does not fit the dtype, or protozero::exception when it is
// corrupt.
Tensor tensor_from_contents(DType dtype, const Shape& shape, MessageReader contents);

// The raw contents of a tensor. Those of strings are built in `storage`; others are the tensor's
// own memory.
std::string_view raw_from_tensor(const Tensor& tensor, std::string& storage);

}  // namespace modelparity::internal
