#include "server/rows.h"

#include <cstring>
#include <string_view>

#include "modelparity/error.h"

namespace modelparity::server {
namespace {

Tensor join(const std::vector<const Tensor*>& parts) {
  Shape shape = parts.front()->shape();
  shape[0] = 0;
  for (const Tensor* part : parts) shape[0] += part->dimension(0);
  const DType dtype = parts.front()->dtype();
  if (dtype == DType::kString) {
    std::vector<std::string_view> strings;
    for (const Tensor* part : parts) {
      for (std::size_t i = 0; i < part->element_count(); ++i) strings.push_back(part->string_at(i));
    }
    return Tensor::from_strings(shape, strings);
  }
  Tensor joined = Tensor::zeros(dtype, shape);
  char* to = joined.mutable_bytes();
  for (const Tensor* part : parts) {
    const std::string_view bytes = part->bytes();
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  }
  return joined;
}

Tensor take(const Tensor& tensor, std::int64_t begin, std::int64_t count) {
  Shape shape = tensor.shape();
  if (begin + count > shape[0]) {
    throw Error(ErrorKind::kRunFailed, "output: got " + std::to_string(shape[0]) +
                                           " rows, expected at least " +
                                           std::to_string(begin + count));
  }
  const auto rows = static_cast<std::size_t>(shape[0]);
  shape[0] = count;
  const auto first = static_cast<std::size_t>(begin);
  const auto number = static_cast<std::size_t>(count);
  if (tensor.dtype() == DType::kString) {
    const std::size_t row = tensor.element_count() / rows;
    std::vector<std::string_view> strings;
    for (std::size_t i = first * row; i < (first + number) * row; ++i) {
      strings.push_back(tensor.string_at(i));
    }
    return Tensor::from_strings(shape, strings);
  }
  const std::string_view bytes = tensor.bytes();
  const std::size_t row = bytes.size() / rows;
  return Tensor::from_bytes(tensor.dtype(), shape, bytes.data() + first * row, number * row);
}

// Of a float whose bits are an integer `Bits`, the lowest `kDigits` of them behind the point.
template <typename Bits, int kDigits>
void draw_digits(Tensor& tensor, std::mt19937_64& random) {
  constexpr Bits kMask = (Bits{1} << kDigits) - 1;
  constexpr Bits kExponents = (Bits{1} << (8 * sizeof(Bits) - 1 - kDigits)) - 1;
  char* const data = tensor.mutable_bytes();
  for (std::size_t i = 0; i < tensor.element_count(); ++i) {
    Bits bits;
    std::memcpy(&bits, data + i * sizeof(bits), sizeof(bits));
    const Bits exponent = static_cast<Bits>(bits >> kDigits) & kExponents;
    if (exponent == 0 || exponent == kExponents) continue;
    bits = static_cast<Bits>((bits & ~kMask) | (static_cast<Bits>(random()) & kMask));
    std::memcpy(data + i * sizeof(bits), &bits, sizeof(bits));
  }
}

}  // namespace

std::optional<std::int64_t> row_count(const TensorMap& tensors) {
  std::optional<std::int64_t> count;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.rank() == 0 || tensor.dimension(0) != count.value_or(tensor.dimension(0))) {
      return std::nullopt;
    }
    count = tensor.dimension(0);
  }
  return count;
}

RowShapes row_shapes(const TensorMap& tensors) {
  RowShapes shapes;
  shapes.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) {
    shapes.push_back(tensor.shape());
    shapes.back().erase(shapes.back().begin());
  }
  return shapes;
}

TensorMap join_rows(const std::vector<const TensorMap*>& parts) {
  TensorMap joined;
  for (const auto& [name, first] : *parts.front()) {
    std::vector<const Tensor*> tensors;
    tensors.reserve(parts.size());
    for (const TensorMap* part : parts) tensors.push_back(&part->at(name));
    joined.emplace_hint(joined.end(), name, join(tensors));
  }
  return joined;
}

TensorMap take_rows(const TensorMap& tensors, std::int64_t begin, std::int64_t count) {
  TensorMap taken;
  for (const auto& [name, tensor] : tensors) {
    taken.emplace_hint(taken.end(), name, take(tensor, begin, count));
  }
  return taken;
}

TensorMap with_other_digits(const TensorMap& tensors, std::mt19937_64& random) {
  TensorMap result;
  for (const auto& [name, tensor] : tensors) {
    Tensor& drawn = result[name] = tensor.copy();
    switch (drawn.dtype()) {
      case DType::kFloat16:
        draw_digits<std::uint16_t, 10>(drawn, random);
        break;
      case DType::kBfloat16:
        draw_digits<std::uint16_t, 7>(drawn, random);
        break;
      case DType::kFloat32:
        draw_digits<std::uint32_t, 23>(drawn, random);
        break;
      case DType::kFloat64:
        draw_digits<std::uint64_t, 52>(drawn, random);
        break;
      default:
        break;
    }
  }
  return result;
}

std::string bits_of(const TensorMap& tensors) {
  std::string bits;
  const auto add = [&](std::string_view part) {
    bits += std::to_string(part.size()) + ':';
    bits += part;
  };
  for (const auto& [name, tensor] : tensors) {
    add(name);
    add(std::string(dtype_name(tensor.dtype())) + to_text(tensor.shape()));
    if (tensor.dtype() != DType::kString) {
      add(tensor.bytes());
      continue;
    }
    for (std::size_t i = 0; i < tensor.element_count(); ++i) add(tensor.string_at(i));
  }
  return bits;
}

}  // namespace modelparity::server
