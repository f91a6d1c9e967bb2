#include "testing/runner_messages.h"

#include <cstring>
#include <protozero/pbf_writer.hpp>

#include "modelparity/internal/message_reader.h"
#include "modelparity/v1/manifest.tags.h"
#include "modelparity/v1/runner.tags.h"
#include "proto/inference.tags.h"
#include "testing/infer_request.h"

namespace modelparity::testing {
namespace {

namespace tags = v1::tags;
using internal::MessageReader;
using protozero::pbf_writer;

void add_tensor_spec(pbf_writer& signature, std::uint32_t field, const std::string& name) {
  const std::int64_t shape[] = {-1};
  pbf_writer spec(signature, field);
  spec.add_string(tags::TensorSpec::kName, name);
  spec.add_string(tags::TensorSpec::kDtype, "float32");
  spec.add_packed_int64(tags::TensorSpec::kShape, shape, shape + 1);
}

void add_tensor_binding(pbf_writer& binding, std::uint32_t field, const std::string& name) {
  pbf_writer tensor(binding, field);
  tensor.add_string(tags::TensorBinding::kName, name);
  tensor.add_string(tags::TensorBinding::kTensor, name + ":0");
}

}  // namespace

std::string runner_request(std::uint64_t id, std::uint32_t field, std::string_view verb) {
  std::string message;
  pbf_writer writer(message);
  writer.add_uint64(tags::RunnerRequest::kId, id);
  writer.add_message(field, verb.data(), verb.size());
  return message;
}

std::string load_half_plus_two(const std::string& bundle, const std::string& scratch) {
  std::string message;
  pbf_writer load(message);
  load.add_string(tags::Load::kBundle, bundle);
  {
    pbf_writer artifact(load, tags::Load::kArtifact);
    artifact.add_string(tags::Artifact::kFormat, "frozen_graph");
    artifact.add_string(tags::Artifact::kPath, "frozen_graph/serving_default.pb");
    pbf_writer binding(artifact, tags::Artifact::kBindings);
    binding.add_string(tags::Binding::kSignature, "serving_default");
    add_tensor_binding(binding, tags::Binding::kInputs, "x");
    add_tensor_binding(binding, tags::Binding::kOutputs, "y");
  }
  {
    pbf_writer signature(load, tags::Load::kSignatures);
    signature.add_string(tags::Signature::kName, "serving_default");
    add_tensor_spec(signature, tags::Signature::kInputs, "x");
    add_tensor_spec(signature, tags::Signature::kOutputs, "y");
  }
  load.add_string(tags::Load::kScratch, scratch);
  load.add_uint64(tags::Load::kInlineLimit, 1 << 20);
  return message;
}

std::string run_half_plus_two(float x) {
  InferRequestBuilder request;
  request.signature("serving_default");
  request.input("x", "FP32", {1}, raw_of<float>({x}));
  std::string message;
  pbf_writer(message).add_message(tags::Run::kRequest, request.serialized());
  return message;
}

RunnerAnswer read_answer(std::string_view response) {
  RunnerAnswer answer;
  MessageReader reader(response);
  while (reader.next()) {
    if (reader.field() == tags::RunnerResponse::kId) {
      answer.id = static_cast<std::uint64_t>(reader.integer());
    } else {
      answer.result = reader.field();
      answer.message = reader.text();
    }
  }
  if (answer.result != tags::RunnerResponse::kError) return answer;
  MessageReader error(answer.message);
  while (error.next()) {
    if (error.field() == tags::Error::kKind) {
      answer.error_kind = static_cast<ErrorKind>(error.integer());
    } else {
      answer.error_message = error.text();
    }
  }
  return answer;
}

float only_value(std::string_view run_result) {
  namespace response_tags = modelparity::inference::tags::ModelInferResponse;
  float value = 0;
  MessageReader result(run_result);
  while (result.next(tags::RunResult::kResponse)) {
    MessageReader response = result.message();
    while (response.next(response_tags::kRawOutputContents)) {
      const std::string_view raw = response.bytes();
      std::memcpy(&value, raw.data(), std::min(raw.size(), sizeof(value)));
    }
  }
  return value;
}

}  // namespace modelparity::testing
