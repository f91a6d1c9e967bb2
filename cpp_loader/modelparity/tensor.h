// A tensor of TensorFlow.
//
// Ownership: a Tensor owns one handle of TensorFlow's and gives it back when it is destroyed; it
// can be moved, not copied. borrow() lends the caller's memory without a copy; outputs of a run are
// TensorFlow's own buffers, handed over without a copy.
//
// Thread-safety: const functions may be called from many threads at once. Moving, destroying and
// mutable_data() need the tensor for themselves.
//
//   auto ones = modelparity::Tensor::from_values<float>({2, 3}, {1, 1, 1, 1, 1, 1});
//   auto words = modelparity::Tensor::from_strings({2}, {"parity", "model"});
//   auto zeros = modelparity::Tensor::zeros(modelparity::DType::kInt64, {});   // a scalar
//   auto lent = modelparity::Tensor::borrow(modelparity::DType::kFloat32, {784}, pixels, 3136, {});
//
//   ones.data<float>()[5];
//   words.string_at(1);
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "modelparity/dtype.h"
#include "modelparity/signature.h"

struct TF_Tensor;

namespace modelparity {

// The DType of a C++ type. Types that C++ has no word for (float16, bfloat16, ...) go through
// bytes().
template <typename T>
inline constexpr DType kDTypeOf = T::no_dtype_for_this_cpp_type;
template <>
inline constexpr DType kDTypeOf<float> = DType::kFloat32;
template <>
inline constexpr DType kDTypeOf<double> = DType::kFloat64;
template <>
inline constexpr DType kDTypeOf<std::int8_t> = DType::kInt8;
template <>
inline constexpr DType kDTypeOf<std::int16_t> = DType::kInt16;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::kInt32;
template <>
inline constexpr DType kDTypeOf<std::int64_t> = DType::kInt64;
template <>
inline constexpr DType kDTypeOf<std::uint8_t> = DType::kUint8;
template <>
inline constexpr DType kDTypeOf<std::uint16_t> = DType::kUint16;
template <>
inline constexpr DType kDTypeOf<std::uint32_t> = DType::kUint32;
template <>
inline constexpr DType kDTypeOf<std::uint64_t> = DType::kUint64;
template <>
inline constexpr DType kDTypeOf<bool> = DType::kBool;
template <>
inline constexpr DType kDTypeOf<std::complex<float>> = DType::kComplex64;
template <>
inline constexpr DType kDTypeOf<std::complex<double>> = DType::kComplex128;

class Tensor {
 public:
  // Called once, from any thread, when the last reader of borrowed memory is done with it. It
  // throws nothing: its caller is TensorFlow.
  using Release = std::function<void()>;

  // No tensor; only assignment and destruction make sense.
  Tensor() = default;
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;
  ~Tensor();

  // Elements that are all zero, or empty strings. Throws Error kInputShape for a negative dimension
  // or a size beyond the address space, kUnsupported for a resource or variant; std::bad_alloc when
  // there is no memory, as everything here that makes a tensor.
  static Tensor zeros(DType dtype, const Shape& shape);

  // A copy of `size` bytes, elements in row-major order. Throws Error kInputShape when that is not
  // the size of the shape.
  static Tensor from_bytes(DType dtype, const Shape& shape, const void* data, std::size_t size);

  template <typename T>
  static Tensor from_values(const Shape& shape, const std::vector<T>& values) {
    return from_bytes(kDTypeOf<T>, shape, values.data(), values.size() * sizeof(T));
  }
  template <typename T>
  static Tensor from_values(const Shape& shape, std::initializer_list<T> values) {
    return from_bytes(kDTypeOf<T>, shape, values.begin(), values.size() * sizeof(T));
  }

  // One string an element. Throws Error kInputShape when their number is not that of the shape.
  static Tensor from_strings(const Shape& shape, const std::vector<std::string_view>& strings);

  // The caller's memory itself, which has to stay as it is until `release` is called. TensorFlow
  // reads memory that is aligned to 64 bytes in place, and copies any other, calling `release` at
  // once. Throws as from_bytes, without having called `release`.
  static Tensor borrow(DType dtype, const Shape& shape, void* data, std::size_t size,
                       Release release);

  // Takes over a handle of the C API.
  static Tensor adopt(TF_Tensor* handle);

  // A copy with memory of its own. Throws Error kUnsupported for a resource or variant.
  Tensor copy() const;

  DType dtype() const;
  Shape shape() const;
  std::size_t rank() const;
  std::int64_t dimension(std::size_t index) const;
  std::size_t element_count() const;

  // Throws Error kInputDtype when the elements are not of type T.
  template <typename T>
  const T* data() const {
    expect_dtype(kDTypeOf<T>);
    return static_cast<const T*>(raw_data());
  }
  template <typename T>
  T* mutable_data() {
    expect_dtype(kDTypeOf<T>);
    return static_cast<T*>(raw_data());
  }

  // The elements as they stand in memory. Throws Error kInputDtype for strings.
  std::string_view bytes() const;
  char* mutable_bytes();

  // The string at a row-major index, valid as long as the tensor. Throws Error kInputDtype when the
  // elements are not strings, kInputShape when there is no such element.
  std::string_view string_at(std::size_t index) const;

  // The handle, for calls of the C API; it stays this tensor's.
  TF_Tensor* get() const noexcept { return handle_; }

 private:
  explicit Tensor(TF_Tensor* handle) noexcept : handle_(handle) {}

  void expect_dtype(DType wanted) const;
  void* raw_data() const;

  TF_Tensor* handle_ = nullptr;
};

// Inputs or outputs by their key in the signature.
using TensorMap = std::map<std::string, Tensor, std::less<>>;

}  // namespace modelparity
