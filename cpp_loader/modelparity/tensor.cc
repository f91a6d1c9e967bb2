#include "modelparity/tensor.h"

#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/internal/c_api.h"

namespace modelparity {
namespace {

using internal::c_api;

// TensorFlow ends the process when a tensor has more dimensions.
constexpr std::size_t kMaxRank = 254;

TF_DataType c_type(DType dtype) { return static_cast<TF_DataType>(dtype); }

std::string subject(DType dtype, const Shape& shape) {
  return "tensor " + std::string(dtype_name(dtype)) + " " + to_text(shape) + ": ";
}

std::size_t element_count_of(DType dtype, const Shape& shape) {
  // TensorFlow counts with 63 bits, and no element of ours takes more than 32 bytes.
  constexpr std::int64_t kLimit = std::numeric_limits<std::int64_t>::max() / 32;
  if (shape.size() > kMaxRank) {
    throw Error(ErrorKind::kInputShape, "tensor " + std::string(dtype_name(dtype)) + ": got " +
                                            std::to_string(shape.size()) +
                                            " dimensions, TensorFlow takes up to " +
                                            std::to_string(kMaxRank) + "; correct the shape");
  }
  std::int64_t count = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0 || (dimension > 0 && count > kLimit / dimension)) {
      throw Error(ErrorKind::kInputShape, subject(dtype, shape) +
                                              "got a dimension that is negative or a size beyond "
                                              "any memory; correct the shape");
    }
    count *= dimension;
  }
  return static_cast<std::size_t>(count);
}

// Bytes that a tensor of fixed-size elements takes.
std::size_t byte_size_of(DType dtype, const Shape& shape) {
  const std::size_t element_size = dtype_size(dtype);
  if (element_size == 0) {
    throw Error(ErrorKind::kUnsupported,
                subject(dtype, shape) + "got a dtype whose elements are not plain bytes");
  }
  return element_count_of(dtype, shape) * element_size;
}

void expect_byte_size(DType dtype, const Shape& shape, std::size_t size) {
  const std::size_t wanted = byte_size_of(dtype, shape);
  if (size == wanted) return;
  throw Error(ErrorKind::kInputShape, subject(dtype, shape) + "got " + std::to_string(size) +
                                          " bytes, expected " + std::to_string(wanted) +
                                          "; pass the data of the whole shape");
}

TF_Tensor* allocate(DType dtype, const Shape& shape, std::size_t size) {
  TF_Tensor* handle =
      c_api().TF_AllocateTensor(c_type(dtype), shape.data(), static_cast<int>(shape.size()), size);
  // Without memory there is a tensor all the same, of no data.
  if (size > 0 && c_api().TF_TensorData(handle) == nullptr) {
    c_api().TF_DeleteTensor(handle);
    throw std::bad_alloc();
  }
  return handle;
}

// The memory of a string tensor of ours. TensorFlow frees no string of a tensor that came through
// the C API, so its deallocator has to.
struct Strings {
  explicit Strings(std::size_t count) : elements(count) {
    for (TF_TString& element : elements) c_api().TF_StringInit(&element);
  }
  Strings(const Strings&) = delete;
  Strings& operator=(const Strings&) = delete;
  ~Strings() {
    for (TF_TString& element : elements) c_api().TF_StringDealloc(&element);
  }

  std::vector<TF_TString> elements;
};

TF_Tensor* string_tensor(const Shape& shape, std::unique_ptr<Strings> strings) {
  // TensorFlow takes a null pointer for no tensor at all, and vectors without elements may have
  // one.
  static TF_TString no_element;
  const bool empty = strings->elements.empty();
  void* const data = empty ? &no_element : strings->elements.data();
  const std::size_t size = strings->elements.size() * sizeof(TF_TString);
  const auto release = [](void* /*data*/, std::size_t /*size*/, void* owner) {
    delete static_cast<Strings*>(owner);
  };
  return c_api().TF_NewTensor(TF_STRING, shape.data(), static_cast<int>(shape.size()), data, size,
                              release, strings.release());
}

}  // namespace

Tensor::Tensor(Tensor&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

// What was held before is given back now, and not when `other` ends: its owner may wait for it.
Tensor& Tensor::operator=(Tensor&& other) noexcept {
  Tensor taken(std::move(other));
  std::swap(handle_, taken.handle_);
  return *this;
}

Tensor::~Tensor() {
  if (handle_ != nullptr) c_api().TF_DeleteTensor(handle_);
}

Tensor Tensor::zeros(DType dtype, const Shape& shape) {
  if (dtype == DType::kString) {
    const std::size_t count = element_count_of(dtype, shape);
    return adopt(string_tensor(shape, std::make_unique<Strings>(count)));
  }
  const std::size_t size = byte_size_of(dtype, shape);
  Tensor tensor = adopt(allocate(dtype, shape, size));
  if (size > 0) std::memset(tensor.raw_data(), 0, size);
  return tensor;
}

Tensor Tensor::from_bytes(DType dtype, const Shape& shape, const void* data, std::size_t size) {
  expect_byte_size(dtype, shape, size);
  Tensor tensor = adopt(allocate(dtype, shape, size));
  if (size > 0) std::memcpy(tensor.raw_data(), data, size);
  return tensor;
}

Tensor Tensor::from_strings(const Shape& shape, const std::vector<std::string_view>& strings) {
  const std::size_t count = element_count_of(DType::kString, shape);
  if (count != strings.size()) {
    throw Error(ErrorKind::kInputShape, subject(DType::kString, shape) + "got " +
                                            std::to_string(strings.size()) + " strings, expected " +
                                            std::to_string(count) + "; pass one an element");
  }
  auto memory = std::make_unique<Strings>(strings.size());
  for (std::size_t i = 0; i < strings.size(); ++i) {
    c_api().TF_StringCopy(&memory->elements[i], strings[i].data(), strings[i].size());
  }
  return adopt(string_tensor(shape, std::move(memory)));
}

Tensor Tensor::borrow(DType dtype, const Shape& shape, void* data, std::size_t size,
                      Release release) {
  expect_byte_size(dtype, shape, size);
  auto owner = std::make_unique<Release>(std::move(release));
  const auto give_back = [](void* /*data*/, std::size_t /*size*/, void* argument) {
    const std::unique_ptr<Release> owned(static_cast<Release*>(argument));
    if (*owned) (*owned)();
  };
  // A tensor without elements has no memory to lend; TensorFlow wants an address all the same.
  static char no_byte;
  return adopt(c_api().TF_NewTensor(c_type(dtype), shape.data(), static_cast<int>(shape.size()),
                                    size == 0 ? &no_byte : data, size, give_back, owner.release()));
}

Tensor Tensor::adopt(TF_Tensor* handle) { return Tensor(handle); }

Tensor Tensor::copy() const {
  if (dtype() != DType::kString) {
    const std::string_view content = bytes();
    return from_bytes(dtype(), shape(), content.data(), content.size());
  }
  std::vector<std::string_view> strings(element_count());
  for (std::size_t i = 0; i < strings.size(); ++i) strings[i] = string_at(i);
  return from_strings(shape(), strings);
}

DType Tensor::dtype() const { return static_cast<DType>(c_api().TF_TensorType(handle_)); }

std::size_t Tensor::rank() const { return static_cast<std::size_t>(c_api().TF_NumDims(handle_)); }

std::int64_t Tensor::dimension(std::size_t index) const {
  return c_api().TF_Dim(handle_, static_cast<int>(index));
}

Shape Tensor::shape() const {
  Shape shape(rank());
  for (std::size_t i = 0; i < shape.size(); ++i) shape[i] = dimension(i);
  return shape;
}

std::size_t Tensor::element_count() const {
  return static_cast<std::size_t>(c_api().TF_TensorElementCount(handle_));
}

std::string_view Tensor::bytes() const {
  if (dtype_size(dtype()) == 0) {
    throw Error(ErrorKind::kInputDtype, subject(dtype(), shape()) +
                                            "got a read as bytes, its elements are not plain "
                                            "bytes; read strings with string_at()");
  }
  return {static_cast<const char*>(raw_data()), c_api().TF_TensorByteSize(handle_)};
}

char* Tensor::mutable_bytes() { return const_cast<char*>(bytes().data()); }

std::string_view Tensor::string_at(std::size_t index) const {
  expect_dtype(DType::kString);
  if (index >= element_count()) {
    throw Error(ErrorKind::kInputShape, subject(dtype(), shape()) + "got index " +
                                            std::to_string(index) + ", expected one below " +
                                            std::to_string(element_count()));
  }
  const TF_TString* element = static_cast<const TF_TString*>(raw_data()) + index;
  return {c_api().TF_StringGetDataPointer(element), c_api().TF_StringGetSize(element)};
}

void Tensor::expect_dtype(DType wanted) const {
  if (dtype() == wanted) return;
  throw Error(ErrorKind::kInputDtype, subject(dtype(), shape()) + "got a read as " +
                                          std::string(dtype_name(wanted)) +
                                          "; read it as its own dtype");
}

void* Tensor::raw_data() const { return c_api().TF_TensorData(handle_); }

}  // namespace modelparity
