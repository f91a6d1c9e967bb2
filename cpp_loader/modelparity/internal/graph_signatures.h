// The signatures that an artifact itself tells of, with the graph tensors behind their keys.
#pragma once

#include <string_view>
#include <vector>

#include "modelparity/internal/c_api.h"
#include "modelparity/manifest.h"

namespace modelparity::internal {

struct GraphSignature {
  SignatureSpec spec;
  // Keys in the order of `spec`. An empty tensor name: a sparse, ragged or other composite tensor.
  Binding binding;
};

// The signatures in a serialized MetaGraphDef, by name; those by which TensorFlow notes its own
// initializers are left out. Throws Error kArtifactInvalid.
std::vector<GraphSignature> signatures_of_meta_graph(std::string_view meta_graph);

// A GraphDef has no signatures. Its one is "serving_default": the placeholders, and the tensors
// that nothing consumes, each by the name of its operation.
GraphSignature signature_of_graph(TF_Graph* graph);

}  // namespace modelparity::internal
