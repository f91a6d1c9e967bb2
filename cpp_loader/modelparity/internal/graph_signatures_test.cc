#include "modelparity/internal/graph_signatures.h"

#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

#include "modelparity/internal/session.h"
#include "proto/tensorflow_graph.tags.h"
#include "testing/expect_error.h"
#include "testing/files.h"
#include "testing/graph_builder.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::tensorflow::tags;
using protozero::pbf_writer;

// Adds inputs[key] or outputs[key] to a SignatureDef.
void add_tensor(std::string& signature, protozero::pbf_tag_type field, const std::string& key,
                const std::string& tensor_info) {
  pbf_writer writer(signature);
  pbf_writer entry(writer, field);
  entry.add_string(tags::SignatureDef::InputsEntry::kKey, key);
  entry.add_message(tags::SignatureDef::InputsEntry::kValue, tensor_info);
}

void add_signature(std::string& meta_graph, const std::string& name, const std::string& signature) {
  pbf_writer writer(meta_graph);
  pbf_writer entry(writer, tags::MetaGraphDef::kSignatureDef);
  entry.add_string(tags::MetaGraphDef::SignatureDefEntry::kKey, name);
  entry.add_message(tags::MetaGraphDef::SignatureDefEntry::kValue, signature);
}

std::string dense(const std::string& tensor, int dtype, const Shape& shape) {
  std::string info;
  pbf_writer writer(info);
  writer.add_string(tags::TensorInfo::kName, tensor);
  writer.add_enum(tags::TensorInfo::kDtype, dtype);
  pbf_writer shape_writer(writer, tags::TensorInfo::kTensorShape);
  for (const std::int64_t size : shape) {
    std::string dimension;
    // Proto3 leaves a zero out.
    if (size != 0) pbf_writer(dimension).add_int64(tags::TensorShapeProto::Dim::kSize, size);
    shape_writer.add_message(tags::TensorShapeProto::kDim, dimension);
  }
  return info;
}

std::string of_unknown_rank(const std::string& tensor) {
  std::string info;
  pbf_writer writer(info);
  writer.add_string(tags::TensorInfo::kName, tensor);
  writer.add_enum(tags::TensorInfo::kDtype, 7);
  pbf_writer shape(writer, tags::TensorInfo::kTensorShape);
  shape.add_bool(tags::TensorShapeProto::kUnknownRank, true);
  return info;
}

std::string sparse() {
  std::string info;
  pbf_writer writer(info);
  writer.add_enum(tags::TensorInfo::kDtype, 1);
  pbf_writer coo(writer, tags::TensorInfo::kCooSparse);
  coo.add_string(tags::TensorInfo::CooSparse::kValuesTensorName, "values:0");
  return info;
}

TEST(GraphSignaturesTest, ReadsAMetaGraphOrderedByName) {
  std::string signature;
  add_tensor(signature, tags::SignatureDef::kOutputs, "y", dense("out:1", 101, {}));
  add_tensor(signature, tags::SignatureDef::kInputs, "b", of_unknown_rank("b:0"));
  add_tensor(signature, tags::SignatureDef::kInputs, "a", dense("call_a:0", 1, {-1, 0, 784}));
  std::string meta_graph;
  add_signature(meta_graph, "z", signature);
  add_signature(meta_graph, "__saved_model_init_op", signature);
  add_signature(meta_graph, "a", signature);

  const auto signatures = signatures_of_meta_graph(meta_graph);
  ASSERT_EQ(signatures.size(), 2U);
  EXPECT_EQ(signatures[0].spec.name, "a");
  const GraphSignature& last = signatures[1];
  EXPECT_EQ(last.spec.name, "z");
  ASSERT_EQ(last.spec.inputs.size(), 2U);
  EXPECT_EQ(last.spec.inputs[0].name, "a");
  EXPECT_EQ(to_text(last.spec.inputs[0]), "float32 [?,0,784]");
  EXPECT_EQ(last.binding.inputs[0].tensor, "call_a:0");
  EXPECT_EQ(to_text(last.spec.inputs[1]), "string [...]");
  ASSERT_EQ(last.spec.outputs.size(), 1U);
  EXPECT_EQ(to_text(last.spec.outputs[0]), "float32 []");
  EXPECT_EQ(last.binding.outputs[0].tensor, "out:1");
}

TEST(GraphSignaturesTest, ACompositeTensorHasNoName) {
  std::string signature;
  add_tensor(signature, tags::SignatureDef::kInputs, "s", sparse());
  std::string meta_graph;
  add_signature(meta_graph, "lookup", signature);
  EXPECT_EQ(signatures_of_meta_graph(meta_graph).at(0).binding.inputs.at(0).tensor, "");
}

TEST(GraphSignaturesTest, RefusesACorruptMetaGraph) {
  std::string meta_graph;
  add_signature(meta_graph, "a", std::string(10, '\xff'));
  EXPECT_ERROR(signatures_of_meta_graph(meta_graph), ErrorKind::kArtifactInvalid,
               "MetaGraphDef: is corrupt");
}

TEST(GraphSignaturesTest, RefusesAnUnknownDtype) {
  std::string signature;
  add_tensor(signature, tags::SignatureDef::kInputs, "x", dense("x:0", 99, {}));
  std::string meta_graph;
  add_signature(meta_graph, "a", signature);
  EXPECT_ERROR(signatures_of_meta_graph(meta_graph), ErrorKind::kUnsupported, "dtype number 99");
}

TEST(GraphSignaturesTest, AGraphsSignatureIsItsPlaceholdersAndItsEnds) {
  const testing::TemporaryFolder folder;
  testing::GraphBuilder graph;
  graph.placeholder("x", DType::kFloat32, {-1, 4});
  graph.constant("unused", 1.0F);
  graph.constant("axis_size", 1.0F);
  graph.node("sum", "AddV2", {"x", "axis_size"}, {testing::type_attribute("T", DType::kFloat32)});
  graph.node("end", "Identity", {"sum"}, {testing::type_attribute("T", DType::kFloat32)});
  graph.node("other_end", "Shape", {"x"}, {testing::type_attribute("T", DType::kFloat32)});
  testing::write_file(folder / "graph.pb", graph.serialized());

  const Session session = Session::from_graph_def(folder / "graph.pb", {});
  const GraphSignature signature = signature_of_graph(session.graph());
  EXPECT_EQ(signature.spec.name, "serving_default");
  ASSERT_EQ(signature.spec.inputs.size(), 1U);
  EXPECT_EQ(signature.spec.inputs[0].name, "x");
  EXPECT_EQ(to_text(signature.spec.inputs[0]), "float32 [?,4]");
  EXPECT_EQ(signature.binding.inputs[0].tensor, "x:0");
  ASSERT_EQ(signature.spec.outputs.size(), 2U);
  EXPECT_EQ(signature.spec.outputs[0].name, "end");
  EXPECT_EQ(signature.spec.outputs[1].name, "other_end");
  EXPECT_EQ(to_text(signature.spec.outputs[1]), "int32 [2]");
}

}  // namespace
}  // namespace modelparity::internal
