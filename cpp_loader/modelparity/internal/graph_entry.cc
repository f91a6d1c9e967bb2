#include "modelparity/internal/graph_entry.h"

#include <algorithm>
#include <utility>

#include "modelparity/error.h"

namespace modelparity::internal {
namespace {

// The graph tensor of each key of `specs`.
std::vector<TF_Output> tensors_of(const Session& session, const std::vector<TensorSpec>& specs,
                                  const std::vector<TensorBinding>& bindings) {
  std::vector<TF_Output> tensors;
  for (const TensorSpec& spec : specs) {
    const auto binding =
        std::find_if(bindings.begin(), bindings.end(),
                     [&](const TensorBinding& candidate) { return candidate.name == spec.name; });
    if (binding == bindings.end()) {
      throw Error(ErrorKind::kBundleInvalid, "key " + in_quotes(spec.name) +
                                                 ": the artifact's bindings have no tensor for it; "
                                                 "export it again");
    }
    tensors.push_back(session.output(binding->tensor));
  }
  return tensors;
}

std::optional<std::size_t> find(const std::vector<TF_Output>& tensors, TF_Output wanted) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](TF_Output tensor) {
    return tensor.oper == wanted.oper && tensor.index == wanted.index;
  });
  if (found == tensors.end()) return std::nullopt;
  return static_cast<std::size_t>(found - tensors.begin());
}

// The first key of a sparse, ragged or other composite tensor. Empty: every tensor is a dense one.
std::string composite_key(const Binding& binding) {
  for (const auto* tensors : {&binding.inputs, &binding.outputs}) {
    for (const TensorBinding& tensor : *tensors) {
      if (tensor.tensor.empty()) return tensor.name;
    }
  }
  return {};
}

}  // namespace

GraphEntry GraphEntry::resolve(std::shared_ptr<const Session> session,
                               const GraphSignature& signature) {
  GraphEntry entry;
  entry.spec = signature.spec;
  entry.session = std::move(session);
  const Binding& binding = signature.binding;
  if (const std::string key = composite_key(binding); !key.empty()) {
    entry.unsupported = "signature " + in_quotes(entry.spec.name) + ": " + in_quotes(key) +
                        " is a sparse or composite tensor, only dense ones can be passed";
    return entry;
  }
  entry.inputs = tensors_of(*entry.session, entry.spec.inputs, binding.inputs);
  for (const TF_Output& output : tensors_of(*entry.session, entry.spec.outputs, binding.outputs)) {
    entry.passed_through.push_back(find(entry.inputs, output));
    if (!entry.passed_through.back()) entry.fetched.push_back(output);
  }
  return entry;
}

void GraphEntry::expect_runnable() const {
  if (!unsupported.empty()) throw Error(ErrorKind::kUnsupported, unsupported);
}

}  // namespace modelparity::internal
