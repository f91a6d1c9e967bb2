// The checks before a call: names, dtypes and shapes of the inputs against the signature.
#pragma once

#include <vector>

#include "modelparity/signature.h"
#include "modelparity/tensor.h"

namespace modelparity::internal {

// The tensors in the order of `signature.inputs`. Throws Error kInputName, kInputDtype or
// kInputShape.
std::vector<const Tensor*> checked_inputs(const SignatureSpec& signature, const TensorMap& inputs);

// One tensor against its entry `spec` in the signature. Throws Error kInputName when there is no
// tensor, kInputDtype or kInputShape.
void check_input(const SignatureSpec& signature, const TensorSpec& spec, const Tensor& tensor);

}  // namespace modelparity::internal
