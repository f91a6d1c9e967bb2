#include "testing/test_bundle.h"

#include <array>
#include <cstdint>
#include <protozero/pbf_writer.hpp>

#include "modelparity/internal/sha256.h"
#include "modelparity/v1/case.tags.h"
#include "proto/inference.tags.h"
#include "testing/files.h"
#include "testing/graph_builder.h"

namespace modelparity::testing {
namespace {

std::string sha256_of(std::string_view content) {
  internal::Sha256 hash;
  hash.add(content);
  return hash.hex();
}

using protozero::pbf_writer;

constexpr const char* kGraph = "frozen_graph/serving_default.pb";
constexpr const char* kCase = "cases/serving_default/ramp.pb";

// Adds a float32 vector to a ModelInferRequest or ModelInferResponse. The fields of a
// tensor have the same numbers in both.
void add_vector(pbf_writer& message, protozero::pbf_tag_type tensors_field,
                protozero::pbf_tag_type raw_field, const char* name,
                const std::vector<float>& values) {
  namespace tags = modelparity::inference::tags::ModelInferRequest::InferInputTensor;
  const std::array<std::int64_t, 1> shape = {static_cast<std::int64_t>(values.size())};
  {
    pbf_writer tensor(message, tensors_field);
    tensor.add_string(tags::kName, name);
    tensor.add_string(tags::kDatatype, "FP32");
    tensor.add_packed_int64(tags::kShape, shape.begin(), shape.end());
  }
  message.add_bytes(raw_field, reinterpret_cast<const char*>(values.data()),
                    values.size() * sizeof(float));
}

// An entry of the manifest's `files`. Proto JSON writes the 64-bit size as a string.
std::string file_entry(const std::string& folder, const std::string& path) {
  const std::string content = read_file(folder + "/" + path);
  return R"({"path": ")" + path + R"(", "size": ")" + std::to_string(content.size()) +
         R"(", "sha256": ")" + sha256_of(content) + R"("})";
}

}  // namespace

std::string ramp_case(const std::vector<float>& expected) {
  namespace tags = v1::tags::Case;
  namespace request_tags = modelparity::inference::tags::ModelInferRequest;
  namespace response_tags = modelparity::inference::tags::ModelInferResponse;
  std::string message;
  pbf_writer writer(message);
  writer.add_string(tags::kSignature, "serving_default");
  writer.add_string(tags::kName, "ramp");
  {
    pbf_writer request(writer, tags::kRequest);
    add_vector(request, request_tags::kInputs, request_tags::kRawInputContents, "x", {0, 1, 2});
  }
  pbf_writer response(writer, tags::kExpected);
  add_vector(response, response_tags::kOutputs, response_tags::kRawOutputContents, "y", expected);
  return message;
}

void replace_case(const std::string& folder, const std::string& message) {
  write_file(folder + "/" + kCase, message);
  write_file(folder + "/manifest.json", half_plus_two_manifest(folder));
}

void write_half_plus_two_bundle(const std::string& folder) {
  write_file(folder + "/" + kGraph, half_plus_two_graph());
  replace_case(folder, ramp_case());
}

std::string half_plus_two_manifest(const std::string& folder) {
  return R"({
  "format_version": 1,
  "name": "half_plus_two",
  "producer": {"modelparity_version": "0", "source": "by hand"},
  "signatures": [{
    "name": "serving_default",
    "inputs": [{"name": "x", "dtype": "float32", "shape": ["-1"]}],
    "outputs": [{"name": "y", "dtype": "float32", "shape": ["-1"]}]
  }],
  "artifacts": [{
    "format": "frozen_graph",
    "path": ")" +
         std::string(kGraph) + R"(",
    "bindings": [{
      "signature": "serving_default",
      "inputs": [{"name": "x", "tensor": "x:0"}],
      "outputs": [{"name": "y", "tensor": "y:0"}]
    }]
  }],
  "cases": [{"signature": "serving_default", "name": "ramp", "path": ")" +
         kCase + R"("}],
  "files": [)" +
         file_entry(folder, kCase) + ", " + file_entry(folder, kGraph) + R"(]
})";
}

}  // namespace modelparity::testing
