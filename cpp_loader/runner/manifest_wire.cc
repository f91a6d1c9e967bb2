#include "runner/manifest_wire.h"

#include <protozero/pbf_writer.hpp>

#include "modelparity/error.h"
#include "modelparity/v1/manifest.tags.h"

namespace modelparity::runner {
namespace {

namespace tags = v1::tags;
using internal::MessageReader;
using protozero::pbf_writer;

TensorBinding read_tensor_binding(MessageReader reader) {
  TensorBinding binding;
  while (reader.next()) {
    switch (reader.field()) {
      case tags::TensorBinding::kName:
        binding.name = reader.text();
        break;
      case tags::TensorBinding::kTensor:
        binding.tensor = reader.text();
        break;
      default:
        reader.skip();
    }
  }
  return binding;
}

Binding read_binding(MessageReader reader) {
  Binding binding;
  while (reader.next()) {
    switch (reader.field()) {
      case tags::Binding::kSignature:
        binding.signature = reader.text();
        break;
      case tags::Binding::kInputs:
        binding.inputs.push_back(read_tensor_binding(reader.message()));
        break;
      case tags::Binding::kOutputs:
        binding.outputs.push_back(read_tensor_binding(reader.message()));
        break;
      default:
        reader.skip();
    }
  }
  return binding;
}

TensorSpec read_tensor_spec(MessageReader reader) {
  TensorSpec spec;
  std::string dtype;
  while (reader.next()) {
    switch (reader.field()) {
      case tags::TensorSpec::kName:
        spec.name = reader.text();
        break;
      case tags::TensorSpec::kDtype:
        dtype = reader.text();
        break;
      case tags::TensorSpec::kShape:
        reader.integers([&](auto size) { spec.shape.push_back(static_cast<std::int64_t>(size)); });
        break;
      case tags::TensorSpec::kUnknownRank:
        spec.unknown_rank = reader.integer() != 0;
        break;
      default:
        reader.skip();
    }
  }
  const auto known = dtype_from_name(dtype);
  if (!known) {
    throw Error(ErrorKind::kUnsupported, "tensor " + in_quotes(spec.name) + ": got dtype " +
                                             in_quotes(dtype) + ", which TensorFlow does not have");
  }
  spec.dtype = *known;
  return spec;
}

void write_tensor_spec(pbf_writer& signature, protozero::pbf_tag_type field,
                       const TensorSpec& spec) {
  pbf_writer writer(signature, field);
  writer.add_string(tags::TensorSpec::kName, spec.name);
  const std::string_view dtype = dtype_name(spec.dtype);
  writer.add_string(tags::TensorSpec::kDtype, dtype.data(), dtype.size());
  writer.add_packed_int64(tags::TensorSpec::kShape, spec.shape.begin(), spec.shape.end());
  writer.add_bool(tags::TensorSpec::kUnknownRank, spec.unknown_rank);
}

}  // namespace

Artifact read_artifact(MessageReader reader) {
  Artifact artifact;
  while (reader.next()) {
    switch (reader.field()) {
      case tags::Artifact::kFormat:
        artifact.format = reader.text();
        break;
      case tags::Artifact::kPath:
        artifact.path = reader.text();
        break;
      case tags::Artifact::kBindings:
        artifact.bindings.push_back(read_binding(reader.message()));
        break;
      case tags::Artifact::kTags:
        artifact.tags.push_back(reader.text());
        break;
      case tags::Artifact::kInitializers:
        artifact.initializers.push_back(reader.text());
        break;
      default:
        reader.skip();
    }
  }
  return artifact;
}

SignatureSpec read_signature(MessageReader reader) {
  SignatureSpec signature;
  while (reader.next()) {
    switch (reader.field()) {
      case tags::Signature::kName:
        signature.name = reader.text();
        break;
      case tags::Signature::kInputs:
        signature.inputs.push_back(read_tensor_spec(reader.message()));
        break;
      case tags::Signature::kOutputs:
        signature.outputs.push_back(read_tensor_spec(reader.message()));
        break;
      default:
        reader.skip();
    }
  }
  return signature;
}

std::string write_signature(const SignatureSpec& signature) {
  std::string message;
  pbf_writer writer(message);
  writer.add_string(tags::Signature::kName, signature.name);
  for (const TensorSpec& input : signature.inputs) {
    write_tensor_spec(writer, tags::Signature::kInputs, input);
  }
  for (const TensorSpec& output : signature.outputs) {
    write_tensor_spec(writer, tags::Signature::kOutputs, output);
  }
  return message;
}

}  // namespace modelparity::runner
