#include "modelparity/internal/graph_signatures.h"

#include <algorithm>
#include <map>

#include "modelparity/internal/message_reader.h"
#include "proto/tensorflow_graph.tags.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::tensorflow::tags;

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

void read_shape(MessageReader shape, TensorSpec& spec) {
  while (shape.next()) {
    if (shape.field() == tags::TensorShapeProto::kDim) {
      MessageReader dimension = shape.message();
      // A dimension of 0 is not written.
      std::int64_t size = 0;
      while (dimension.next(tags::TensorShapeProto::Dim::kSize)) size = dimension.integer();
      spec.shape.push_back(size);
    } else if (shape.field() == tags::TensorShapeProto::kUnknownRank) {
      spec.unknown_rank = shape.integer() != 0;
    } else {
      shape.skip();
    }
  }
}

Endpoint read_tensor_info(const std::string& key, MessageReader info) {
  Endpoint endpoint;
  endpoint.spec.name = endpoint.binding.name = key;
  while (info.next()) {
    switch (info.field()) {
      case tags::TensorInfo::kName:
        endpoint.binding.tensor = info.text();
        break;
      case tags::TensorInfo::kDtype:
        endpoint.spec.dtype = known_dtype(info.integer(), key);
        break;
      case tags::TensorInfo::kTensorShape:
        read_shape(info.message(), endpoint.spec);
        break;
      default:
        info.skip();
    }
  }
  return endpoint;
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

GraphSignature read_signature(const std::string& name, MessageReader definition) {
  std::map<std::string, Endpoint> inputs;
  std::map<std::string, Endpoint> outputs;
  while (definition.next()) {
    const auto field = definition.field();
    if (field == tags::SignatureDef::kInputs || field == tags::SignatureDef::kOutputs) {
      const auto [key, info] = definition.map_entry();
      auto& endpoints = field == tags::SignatureDef::kInputs ? inputs : outputs;
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

bool is_one_of(std::initializer_list<std::string_view> texts, std::string_view wanted) {
  return std::find(texts.begin(), texts.end(), wanted) != texts.end();
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
  MessageReader reader(meta_graph);
  while (reader.next(tags::MetaGraphDef::kSignatureDef)) {
    const auto [name, definition] = reader.map_entry();
    if (name.rfind("__saved_model_", 0) == 0) continue;
    signatures[name] = read_signature(name, definition);
  }
  std::vector<GraphSignature> result;
  result.reserve(signatures.size());
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
    const bool is_input =
        is_one_of({"Placeholder", "PlaceholderV2", "PlaceholderWithDefault"}, type);
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
