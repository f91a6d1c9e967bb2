#include "modelparity/internal/graph_signatures.h"

#include <algorithm>
#include <map>
#include <protozero/pbf_reader.hpp>

#include "proto/tensorflow_graph.tags.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::tensorflow::tags;
using protozero::pbf_reader;

struct Endpoint {
  TensorSpec spec;
  TensorBinding binding;
};

DType known_dtype(std::int64_t number, const std::string& tensor) {
  const auto dtype = dtype_from_number(number);
  if (!dtype) {
    throw Error(ErrorKind::kUnsupported, "tensor " + in_quotes(tensor) +
                                             ": has TensorFlow's dtype number " +
                                             std::to_string(number) + ", which is not known here");
  }
  return *dtype;
}

void read_shape(pbf_reader shape, TensorSpec& spec) {
  while (shape.next()) {
    if (shape.tag() == tags::TensorShapeProto::kDim) {
      pbf_reader dimension = shape.get_message();
      // A dimension of 0 is not written.
      std::int64_t size = 0;
      while (dimension.next(tags::TensorShapeProto::Dim::kSize)) size = dimension.get_int64();
      spec.shape.push_back(size);
    } else if (shape.tag() == tags::TensorShapeProto::kUnknownRank) {
      spec.unknown_rank = shape.get_bool();
    } else {
      shape.skip();
    }
  }
}

Endpoint read_tensor_info(const std::string& key, pbf_reader info) {
  Endpoint endpoint;
  endpoint.spec.name = endpoint.binding.name = key;
  while (info.next()) {
    switch (info.tag()) {
      case tags::TensorInfo::kName:
        endpoint.binding.tensor = info.get_string();
        break;
      case tags::TensorInfo::kDtype:
        endpoint.spec.dtype = known_dtype(info.get_enum(), key);
        break;
      case tags::TensorInfo::kTensorShape:
        read_shape(info.get_message(), endpoint.spec);
        break;
      default:
        info.skip();
    }
  }
  return endpoint;
}

// One entry of a map<string, message>.
std::pair<std::string, pbf_reader> read_entry(pbf_reader entry) {
  std::string key;
  pbf_reader value;
  while (entry.next()) {
    if (entry.tag() == tags::SignatureDef::InputsEntry::kKey) {
      key = entry.get_string();
    } else if (entry.tag() == tags::SignatureDef::InputsEntry::kValue) {
      value = entry.get_message();
    } else {
      entry.skip();
    }
  }
  return {key, value};
}

void append(const std::map<std::string, Endpoint>& endpoints, std::vector<TensorSpec>& specs,
            std::vector<TensorBinding>& bindings) {
  for (const auto& [key, endpoint] : endpoints) {
    specs.push_back(endpoint.spec);
    bindings.push_back(endpoint.binding);
  }
}

GraphSignature make_signature(const std::string& name,
                              const std::map<std::string, Endpoint>& inputs,
                              const std::map<std::string, Endpoint>& outputs) {
  GraphSignature signature;
  signature.spec.name = signature.binding.signature = name;
  append(inputs, signature.spec.inputs, signature.binding.inputs);
  append(outputs, signature.spec.outputs, signature.binding.outputs);
  return signature;
}

GraphSignature read_signature(const std::string& name, pbf_reader definition) {
  std::map<std::string, Endpoint> inputs;
  std::map<std::string, Endpoint> outputs;
  while (definition.next()) {
    const auto tag = definition.tag();
    if (tag == tags::SignatureDef::kInputs || tag == tags::SignatureDef::kOutputs) {
      const auto [key, info] = read_entry(definition.get_message());
      auto& endpoints = tag == tags::SignatureDef::kInputs ? inputs : outputs;
      endpoints[key] = read_tensor_info(key, info);
    } else {
      definition.skip();
    }
  }
  return make_signature(name, inputs, outputs);
}

TensorSpec spec_of(TF_Graph* graph, TF_Output output, const std::string& key) {
  TensorSpec spec;
  spec.name = key;
  spec.dtype = known_dtype(c_api().TF_OperationOutputType(output), key);
  const int rank = c_api().TF_GraphGetTensorNumDims(graph, output, thread_status());
  check_status(ErrorKind::kArtifactInvalid, "tensor " + in_quotes(key));
  spec.unknown_rank = rank < 0;
  spec.shape.resize(static_cast<std::size_t>(std::max(rank, 0)));
  c_api().TF_GraphGetTensorShape(graph, output, spec.shape.data(), rank, thread_status());
  check_status(ErrorKind::kArtifactInvalid, "tensor " + in_quotes(key));
  return spec;
}

bool is_consumed(TF_Operation* operation) {
  for (int i = 0; i < c_api().TF_OperationNumOutputs(operation); ++i) {
    if (c_api().TF_OperationOutputNumConsumers({operation, i}) > 0) return true;
  }
  return false;
}

}  // namespace

std::vector<GraphSignature> signatures_of_meta_graph(std::string_view meta_graph) try {
  std::map<std::string, GraphSignature> signatures;
  pbf_reader reader(meta_graph.data(), meta_graph.size());
  while (reader.next(tags::MetaGraphDef::kSignatureDef)) {
    const auto [name, definition] = read_entry(reader.get_message());
    if (name.rfind("__saved_model_", 0) == 0) continue;
    signatures[name] = read_signature(name, definition);
  }
  std::vector<GraphSignature> result;
  for (auto& [name, signature] : signatures) result.push_back(std::move(signature));
  return result;
} catch (const protozero::exception& error) {
  throw Error(ErrorKind::kArtifactInvalid,
              std::string("MetaGraphDef: is corrupt: ") + error.what());
}

GraphSignature signature_of_graph(TF_Graph* graph) {
  std::map<std::string, Endpoint> inputs;
  std::map<std::string, Endpoint> outputs;
  std::size_t position = 0;
  while (TF_Operation* operation = c_api().TF_GraphNextOperation(graph, &position)) {
    const std::string name = c_api().TF_OperationName(operation);
    const std::string_view type = c_api().TF_OperationOpType(operation);
    const int count = c_api().TF_OperationNumOutputs(operation);
    const bool is_input = type == "Placeholder";
    if (!is_input && (type == "Const" || is_consumed(operation))) continue;
    for (int i = 0; i < count; ++i) {
      const std::string key = count == 1 ? name : name + ":" + std::to_string(i);
      auto& endpoints = is_input ? inputs : outputs;
      endpoints[key] = {spec_of(graph, {operation, i}, key), {key, name + ":" + std::to_string(i)}};
    }
  }
  return make_signature("serving_default", inputs, outputs);
}

}  // namespace modelparity::internal
