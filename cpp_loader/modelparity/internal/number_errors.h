// The arithmetic of a comparison: how far numbers are off.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "modelparity/comparison.h"
#include "modelparity/dtype.h"
#include "modelparity/internal/instructions.h"

namespace modelparity::internal {

// Figures as in OutputComparison.
struct NumberErrors {
  double max_abs = 0;
  double max_rel = 0;
  // Nothing: no floats.
  std::optional<double> max_ulp;
  double mean_abs = 0;
  double p50_abs = 0;
  double p90_abs = 0;
  double p99_abs = 0;
  std::size_t failures = 0;
  // The element furthest beyond its tolerance, the first of several.
  std::size_t worst = 0;
};

// Compares elements that stand in memory one after the other, as many in one as in the other.
// Nothing: `dtype` is not one of bool, the integers and the floats of the Open Inference Protocol.
std::optional<NumberErrors> number_errors(DType dtype, std::string_view reference,
                                          std::string_view candidate, const Tolerance& tolerance,
                                          Instructions instructions = Instructions::kFastest);

// The element at `index`: a number, or text where a number would lose it. Nothing: as above.
std::optional<ElementValue> number_at(DType dtype, std::string_view elements, std::size_t index);

}  // namespace modelparity::internal
