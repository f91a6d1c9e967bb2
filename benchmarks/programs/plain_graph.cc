#include "plain_graph.h"

#include <fstream>

#include "modelparity/internal/graph_signatures.h"

namespace modelparity::benchmarks {
namespace {

using internal::c_api;
using internal::check_status;
using internal::Handle;
using internal::thread_status;

std::string content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  std::string content(static_cast<std::size_t>(stream.tellg()), '\0');
  stream.seekg(0).read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

void import(TF_Graph* graph, const std::string& content) {
  const Handle<TF_Buffer> buffer(c_api().TF_NewBuffer());
  buffer->data = content.data();
  buffer->length = content.size();
  const Handle<TF_ImportGraphDefOptions> options(c_api().TF_NewImportGraphDefOptions());
  c_api().TF_GraphImportGraphDef(graph, buffer.get(), options.get(), thread_status());
  check_status(ErrorKind::kArtifactInvalid, "plain import");
}

}  // namespace

PlainGraph::PlainGraph(const std::string& file) : graph_(c_api().TF_NewGraph()) {
  import(graph_.get(), content_of(file));
  const Handle<TF_SessionOptions> options(c_api().TF_NewSessionOptions());
  session_.reset(c_api().TF_NewSession(graph_.get(), options.get(), thread_status()));
  check_status(ErrorKind::kArtifactInvalid, "plain session");
  const internal::GraphSignature signature = internal::signature_of_graph(graph_.get());
  const auto operation = [&](const std::string& name) {
    return c_api().TF_GraphOperationByName(graph_.get(), name.c_str());
  };
  input_ = {operation(signature.spec.inputs.at(0).name), 0};
  output_ = {operation(signature.spec.outputs.at(0).name), 0};
  input_shape_ = signature.spec.inputs.at(0).shape;
}

Tensor PlainGraph::run(const Tensor& input) const {
  TF_Tensor* const value = input.get();
  TF_Tensor* result = nullptr;
  c_api().TF_SessionRun(session_.get(), nullptr, &input_, &value, 1, &output_, &result, 1, nullptr,
                        0, nullptr, thread_status());
  check_status(ErrorKind::kRunFailed, "plain run");
  return Tensor::adopt(result);
}

void PlainGraph::Close::operator()(TF_Session* session) const {
  c_api().TF_CloseSession(session, thread_status());
  c_api().TF_DeleteSession(session, thread_status());
}

}  // namespace modelparity::benchmarks
