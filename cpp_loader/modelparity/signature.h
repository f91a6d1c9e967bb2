// What a signature takes and gives.
//
// Plain values: copy them as you like. `spec.inputs` and `spec.outputs` are ordered by name.
//
//   for (const modelparity::TensorSpec& input : model.signature().inputs()) {
//     std::cout << input.name << ": " << modelparity::to_text(input) << "\n";
//   }
//
// prints "x: float32 [?,784]".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modelparity/dtype.h"

namespace modelparity {

// Dimensions, outermost first; none: a scalar. In a TensorSpec, -1 is known only at run time.
using Shape = std::vector<std::int64_t>;

struct TensorSpec {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  // True: even the number of dimensions is known only at run time; `shape` is then empty.
  bool unknown_rank = false;
};

struct SignatureSpec {
  std::string name;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
};

// "[?,784]".
std::string to_text(const Shape& shape);

// "float32 [?,784]", and "float32 [...]" for an unknown rank.
std::string to_text(const TensorSpec& spec);

}  // namespace modelparity
