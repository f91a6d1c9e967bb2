// The checks before a call: names, dtypes and shapes of the inputs against the signature.
#pragma once

#include <vector>

#include "modelparity/signature.h"
#include "modelparity/tensor.h"

namespace modelparity::internal {

// The tensors in the order of `signature.inputs`. Throws Error kInputName, kInputDtype or
// kInputShape.
std::vector<const Tensor*> checked_inputs(const SignatureSpec& signature, const TensorMap& inputs);

}  // namespace modelparity::internal
