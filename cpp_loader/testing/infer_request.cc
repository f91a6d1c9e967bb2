#include "testing/infer_request.h"

#include <protozero/pbf_writer.hpp>

#include "proto/inference.tags.h"

namespace modelparity::testing {
namespace {

namespace tags = modelparity::inference::tags::ModelInferRequest;
namespace input_tags = tags::InferInputTensor;
namespace parameter_tags = modelparity::inference::tags::InferParameter;
using protozero::pbf_writer;

std::string input_message(const std::string& name, const std::string& datatype,
                          const Shape& shape) {
  std::string message;
  pbf_writer writer(message);
  writer.add_string(input_tags::kName, name);
  writer.add_string(input_tags::kDatatype, datatype);
  writer.add_packed_int64(input_tags::kShape, shape.begin(), shape.end());
  return message;
}

// An entry of a `parameters` map; `value` is a serialized InferParameter.
std::string parameter(const std::string& key, const std::string& value) {
  std::string entry;
  pbf_writer writer(entry);
  writer.add_string(tags::ParametersEntry::kKey, key);
  writer.add_message(tags::ParametersEntry::kValue, value);
  return entry;
}

std::string text_parameter(const std::string& key, const std::string& text) {
  std::string value;
  pbf_writer(value).add_string(parameter_tags::kStringParam, text);
  return parameter(key, value);
}

std::string number_parameter(const std::string& key, std::int64_t number) {
  std::string value;
  pbf_writer(value).add_int64(parameter_tags::kInt64Param, number);
  return parameter(key, value);
}

}  // namespace

void InferRequestBuilder::signature(const std::string& name) {
  pbf_writer(message_).add_message(tags::kParameters, text_parameter("signature", name));
}

void InferRequestBuilder::input(const std::string& name, const std::string& datatype,
                                const Shape& shape, std::string_view content) {
  pbf_writer(message_).add_message(tags::kInputs, input_message(name, datatype, shape));
  raw(content);
}

void InferRequestBuilder::input_with_contents(const std::string& name, const std::string& datatype,
                                              const Shape& shape, const std::string& contents) {
  std::string input = input_message(name, datatype, shape);
  pbf_writer(input).add_message(input_tags::kContents, contents);
  pbf_writer(message_).add_message(tags::kInputs, input);
}

void InferRequestBuilder::input_in_region(const std::string& name, const std::string& datatype,
                                          const Shape& shape, const std::string& path,
                                          std::int64_t offset, std::int64_t size) {
  std::string input = input_message(name, datatype, shape);
  pbf_writer writer(input);
  writer.add_message(input_tags::kParameters, text_parameter("shared_memory_region", path));
  writer.add_message(input_tags::kParameters, number_parameter("shared_memory_offset", offset));
  writer.add_message(input_tags::kParameters, number_parameter("shared_memory_byte_size", size));
  pbf_writer(message_).add_message(tags::kInputs, input);
}

void InferRequestBuilder::raw(std::string_view content) {
  pbf_writer(message_).add_bytes(tags::kRawInputContents, content.data(), content.size());
}

}  // namespace modelparity::testing
