#include "testing/test_bundle.h"

#include <protozero/pbf_writer.hpp>

#include "modelparity/internal/sha256.h"
#include "proto/inference.tags.h"
#include "modelparity/v1/case.tags.h"
#include "testing/files.h"
#include "testing/graph_builder.h"

namespace modelparity::testing {
namespace {

namespace request_tags = modelparity::inference::tags::ModelInferRequest;
using protozero::pbf_writer;

constexpr const char* kGraph = "frozen_graph/serving_default.pb";
constexpr const char* kCase = "cases/serving_default/ramp.pb";

std::string ramp_case() {
  const float values[] = {0, 1, 2};
  const std::int64_t shape[] = {3};
  std::string message;
  pbf_writer writer(message);
  writer.add_string(v1::tags::Case::kSignature, "serving_default");
  writer.add_string(v1::tags::Case::kName, "ramp");
  pbf_writer request(writer, v1::tags::Case::kRequest);
  {
    pbf_writer input(request, request_tags::kInputs);
    input.add_string(request_tags::InferInputTensor::kName, "x");
    input.add_string(request_tags::InferInputTensor::kDatatype, "FP32");
    input.add_packed_int64(request_tags::InferInputTensor::kShape, shape, shape + 1);
  }
  request.add_bytes(request_tags::kRawInputContents, reinterpret_cast<const char*>(values),
                    sizeof(values));
  return message;
}

// An entry of the manifest's `files`. Proto JSON writes the 64-bit size as a string.
std::string file_entry(const std::string& folder, const std::string& path) {
  const std::string content = read_file(folder + "/" + path);
  return R"({"path": ")" + path + R"(", "size": ")" + std::to_string(content.size()) +
         R"(", "sha256": ")" + internal::sha256_hex(content) + R"("})";
}

}  // namespace

void write_half_plus_two_bundle(const std::string& folder) {
  write_file(folder + "/" + kGraph, half_plus_two_graph());
  write_file(folder + "/" + kCase, ramp_case());
  write_file(folder + "/manifest.json", half_plus_two_manifest(folder));
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
