#include "testing/graph_builder.h"

#include <protozero/pbf_writer.hpp>

#include "proto/tensorflow_graph.tags.h"

namespace modelparity::testing {
namespace {

namespace tags = modelparity::tensorflow::tags;
using protozero::pbf_writer;

std::string shape_message(const Shape& shape) {
  std::string message;
  pbf_writer writer(message);
  for (const std::int64_t size : shape) {
    pbf_writer dimension(writer, tags::TensorShapeProto::kDim);
    dimension.add_int64(tags::TensorShapeProto::Dim::kSize, size);
  }
  return message;
}

Attribute message_attribute(const std::string& name, protozero::pbf_tag_type field,
                            const std::string& message) {
  std::string value;
  pbf_writer(value).add_message(field, message);
  return {name, value};
}

Attribute tensor_attribute(DType dtype, const Shape& shape, protozero::pbf_tag_type field,
                           const std::vector<std::string>& values) {
  std::string tensor;
  pbf_writer writer(tensor);
  writer.add_enum(tags::TensorProto::kDtype, static_cast<int>(dtype));
  writer.add_message(tags::TensorProto::kTensorShape, shape_message(shape));
  for (const std::string& value : values) writer.add_bytes(field, value);
  return message_attribute("value", tags::AttrValue::kTensor, tensor);
}

}  // namespace

Attribute type_attribute(const std::string& name, DType dtype) {
  std::string value;
  pbf_writer(value).add_enum(tags::AttrValue::kType, static_cast<int>(dtype));
  return {name, value};
}

Attribute text_attribute(const std::string& name, const std::string& text) {
  return message_attribute(name, tags::AttrValue::kS, text);
}

void GraphBuilder::node(const std::string& name, const std::string& op,
                        const std::vector<std::string>& inputs,
                        const std::vector<Attribute>& attributes) {
  pbf_writer graph(graph_);
  pbf_writer node(graph, tags::GraphDef::kNode);
  node.add_string(tags::NodeDef::kName, name);
  node.add_string(tags::NodeDef::kOp, op);
  for (const std::string& input : inputs) node.add_string(tags::NodeDef::kInput, input);
  for (const Attribute& attribute : attributes) {
    pbf_writer entry(node, tags::NodeDef::kAttr);
    entry.add_string(tags::NodeDef::AttrEntry::kKey, attribute.name);
    entry.add_message(tags::NodeDef::AttrEntry::kValue, attribute.value);
  }
}

void GraphBuilder::placeholder(const std::string& name, DType dtype, const Shape& shape) {
  node(name, "Placeholder", {},
       {type_attribute("dtype", dtype),
        message_attribute("shape", tags::AttrValue::kShape, shape_message(shape))});
}

void GraphBuilder::constant(const std::string& name, float value) {
  const std::string bytes(reinterpret_cast<const char*>(&value), sizeof(value));
  node(name, "Const", {},
       {type_attribute("dtype", DType::kFloat32),
        tensor_attribute(DType::kFloat32, {}, tags::TensorProto::kTensorContent, {bytes})});
}

void GraphBuilder::constant(const std::string& name, const Shape& shape,
                            const std::vector<std::string>& strings) {
  node(name, "Const", {},
       {type_attribute("dtype", DType::kString),
        tensor_attribute(DType::kString, shape, tags::TensorProto::kStringVal, strings)});
}

std::string half_plus_two_graph() {
  GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {-1});
  graph.constant("half", 0.5F);
  graph.constant("two", 2.0F);
  graph.node("product", "Mul", {"x", "half"}, {type_attribute("T", DType::kFloat32)});
  graph.node("y", "AddV2", {"product", "two"}, {type_attribute("T", DType::kFloat32)});
  return graph.serialized();
}

std::string lookup_graph() {
  GraphBuilder graph;
  graph.placeholder("word", DType::kString, {-1});
  graph.constant("keys", {2}, {"yes", "no"});
  graph.constant("values", {2}, {"oui", "non"});
  graph.constant("unknown", {}, {"?"});
  graph.node("table", "HashTableV2", {},
             {type_attribute("key_dtype", DType::kString),
              type_attribute("value_dtype", DType::kString), text_attribute("shared_name", "t")});
  graph.node("init", "LookupTableImportV2", {"table", "keys", "values"},
             {type_attribute("Tin", DType::kString), type_attribute("Tout", DType::kString)});
  graph.node("found", "LookupTableFindV2", {"table", "word", "unknown"},
             {type_attribute("Tin", DType::kString), type_attribute("Tout", DType::kString)});
  return graph.serialized();
}

}  // namespace modelparity::testing
