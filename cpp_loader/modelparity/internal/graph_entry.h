// A signature with its place in a graph that is ready to run.
//
// Thread-safety: constant.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelparity/internal/graph_signatures.h"
#include "modelparity/internal/session.h"

namespace modelparity::internal {

struct GraphEntry {
  // Finds the tensors of a signature. Throws Error kBundleInvalid or kArtifactInvalid when the
  // bindings lack a key, or name a tensor that the graph has not.
  static GraphEntry resolve(std::shared_ptr<const Session> session,
                            const GraphSignature& signature);

  // Throws Error kUnsupported when the signature cannot be run.
  void expect_runnable() const;

  SignatureSpec spec;
  std::shared_ptr<const Session> session;
  // In the order of the signature.
  std::vector<TF_Output> inputs;
  // Those that are fetched, in the order of the signature.
  std::vector<TF_Output> fetched;
  // For each output of the signature, the input that it is, which TensorFlow does not fetch;
  // nothing: it is fetched.
  std::vector<std::optional<std::size_t>> passed_through;
  // Not empty: why the signature cannot be run.
  std::string unsupported;
};

}  // namespace modelparity::internal
