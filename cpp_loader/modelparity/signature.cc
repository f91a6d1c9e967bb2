#include "modelparity/signature.h"

namespace modelparity {

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t dimension : shape) {
    if (text.size() > 1) text += ',';
    text += dimension < 0 ? "?" : std::to_string(dimension);
  }
  return text + "]";
}

std::string to_text(const TensorSpec& spec) {
  return std::string(dtype_name(spec.dtype)) + " " +
         (spec.unknown_rank ? "[...]" : to_text(spec.shape));
}

}  // namespace modelparity
