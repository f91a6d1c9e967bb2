// Builds a ModelInferRequest by hand.
//
//   InferRequestBuilder request;
//   request.signature("serving_default");
//   request.input("x", "FP32", {2}, raw_bytes);
//   decode_request(request.serialized());
#pragma once

#include <string>
#include <string_view>

#include "modelparity/signature.h"

namespace modelparity::testing {

// The bytes of some values, as raw contents have them.
template <typename T>
std::string raw_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

class InferRequestBuilder {
 public:
  void signature(const std::string& name);

  // An input with its data in the raw contents.
  void input(const std::string& name, const std::string& datatype, const Shape& shape,
             std::string_view raw);

  // An input with a serialized InferTensorContents.
  void input_with_contents(const std::string& name, const std::string& datatype, const Shape& shape,
                           const std::string& contents);

  // An input with its data in a file.
  void input_in_region(const std::string& name, const std::string& datatype, const Shape& shape,
                       const std::string& path, std::int64_t offset, std::int64_t size);

  // One more entry of the raw contents.
  void raw(std::string_view content);

  const std::string& serialized() const { return message_; }

 private:
  std::string message_;
};

}  // namespace modelparity::testing
