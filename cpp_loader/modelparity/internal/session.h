// A TensorFlow graph with a session on it.
//
// Thread-safety: const functions may be called from many threads at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "modelparity/internal/c_api.h"
#include "modelparity/load_options.h"
#include "modelparity/tensor.h"

namespace modelparity::internal {

class Session {
 public:
  // Loads the meta graph with these tags from a SavedModel folder; `meta_graph` receives its
  // serialized MetaGraphDef. Throws Error kFileMissing, kArtifactTooLarge, kArtifactInvalid,
  // kUnsupported or kRuntimeUnavailable.
  static Session from_saved_model(const std::string& folder, const std::vector<std::string>& tags,
                                  const LoadOptions& options, Handle<TF_Buffer>& meta_graph);

  // Imports a GraphDef file, which is mapped into memory, not read. Throws as from_saved_model.
  static Session from_graph_def(const std::string& file, const LoadOptions& options);

  TF_Graph* graph() const { return graph_.get(); }

  // The operation of that name. Throws Error kArtifactInvalid when there is none.
  TF_Operation* operation(const std::string& name) const;

  // The tensor "operation:index", or "operation" for index 0. Throws Error kArtifactInvalid when
  // the graph has no such tensor.
  TF_Output output(const std::string& tensor) const;

  // Runs these operations for their effect. `subject` opens the message of an Error kRunFailed.
  void run(const std::vector<TF_Operation*>& operations, const std::string& subject) const;

  // Feeds `values` to `inputs`, one each, and writes the values of `outputs` to `results`, which
  // are the caller's then. All are null when an Error is thrown.
  void run(const std::vector<TF_Output>& inputs, TF_Tensor* const* values,
           const std::vector<TF_Output>& outputs, TF_Tensor** results,
           const std::string& subject) const;

 private:
  struct Close {
    void operator()(TF_Session* session) const;
  };
  using SessionHandle = std::unique_ptr<TF_Session, Close>;

  // Throws Error kRuntimeUnavailable when `session` lacks the device of the options.
  Session(Handle<TF_Graph> graph, SessionHandle session, const LoadOptions& options);

  Handle<TF_Graph> graph_;
  // After its graph, so that it is closed before.
  SessionHandle session_;
  // Null: TensorFlow's defaults.
  Handle<TF_Buffer> run_options_;
};

}  // namespace modelparity::internal
