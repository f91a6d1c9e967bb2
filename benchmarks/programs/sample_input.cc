#include "sample_input.h"

#include <algorithm>

namespace modelparity::benchmarks {

Tensor sample_input(Shape shape) {
  std::replace(shape.begin(), shape.end(), std::int64_t{-1}, std::int64_t{1});
  Tensor tensor = Tensor::zeros(DType::kFloat32, shape);
  float* const values = tensor.mutable_data<float>();
  for (std::size_t i = 0; i < tensor.element_count(); ++i) {
    values[i] = static_cast<float>(i % 16) / 16;
  }
  return tensor;
}

}  // namespace modelparity::benchmarks
