// The input that every benchmark passes.
#pragma once

#include "modelparity/tensor.h"

namespace modelparity::benchmarks {

// float32 values between 0 and 1; a dimension that is known only at run time is 1.
Tensor sample_input(Shape shape);

}  // namespace modelparity::benchmarks
