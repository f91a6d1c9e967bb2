// A TensorFlow graph with a session on it.
//
// Thread-safety: const functions may be called from many threads at once.
#pragma once

#include <string>
#include <vector>

#include "modelparity/internal/c_api.h"
#include "modelparity/tensor.h"

namespace modelparity::internal {

class Session {
 public:
  // Loads the meta graph with these tags from a SavedModel folder; `meta_graph` receives its
  // serialized MetaGraphDef. Throws Error kFileMissing, kArtifactTooLarge, kArtifactInvalid or
  // kUnsupported.
  static Session from_saved_model(const std::string& folder, const std::vector<std::string>& tags,
                                  Handle<TF_Buffer>& meta_graph);

  // Imports a GraphDef file. Throws as from_saved_model.
  static Session from_graph_def(const std::string& file);

  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;
  ~Session();

  TF_Graph* graph() const { return graph_.get(); }

  // The operation of that name. Throws Error kArtifactInvalid when there is none.
  TF_Operation* operation(const std::string& name) const;

  // The tensor "operation:index", or "operation" for index 0. Throws Error kArtifactInvalid when
  // the graph has no such tensor.
  TF_Output output(const std::string& tensor) const;

  // Runs these operations for their effect. `subject` opens the message of an Error kRunFailed.
  void run(const std::vector<TF_Operation*>& operations, const std::string& subject) const;

  // Feeds `values` to `inputs` and returns the values of `outputs`.
  std::vector<Tensor> run(const std::vector<TF_Output>& inputs,
                          const std::vector<const Tensor*>& values,
                          const std::vector<TF_Output>& outputs, const std::string& subject) const;

 private:
  Session(Handle<TF_Graph> graph, TF_Session* session)
      : graph_(std::move(graph)), session_(session) {}

  Handle<TF_Graph> graph_;
  TF_Session* session_;
};

}  // namespace modelparity::internal
