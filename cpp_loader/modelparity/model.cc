#include "modelparity/model.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/internal/checks.h"
#include "modelparity/internal/graph_signatures.h"
#include "modelparity/internal/session.h"

namespace modelparity {
namespace {

namespace fs = std::filesystem;
using internal::GraphSignature;
using internal::Session;

constexpr const char* kSavedModel = "saved_model";
constexpr const char* kFrozenGraph = "frozen_graph";

// The signatures of a manifest that an artifact is bound to.
std::vector<GraphSignature> described_signatures(const Artifact& artifact,
                                                 const std::vector<SignatureSpec>& specs) {
  std::vector<GraphSignature> signatures;
  for (const Binding& binding : artifact.bindings) {
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const SignatureSpec& candidate) {
      return candidate.name == binding.signature;
    });
    if (spec == specs.end()) {
      throw Error(ErrorKind::kBundleInvalid,
                  "artifact " + in_quotes(artifact.path) + ": is bound to signature " +
                      in_quotes(binding.signature) + ", which is not described; export it again");
    }
    signatures.push_back({*spec, binding});
  }
  return signatures;
}

// The graph tensor of each key of `specs`.
std::vector<TF_Output> resolve(const Session& session, const std::vector<TensorSpec>& specs,
                               const std::vector<TensorBinding>& bindings) {
  std::vector<TF_Output> outputs;
  for (const TensorSpec& spec : specs) {
    const auto binding =
        std::find_if(bindings.begin(), bindings.end(),
                     [&](const TensorBinding& candidate) { return candidate.name == spec.name; });
    if (binding == bindings.end()) {
      throw Error(ErrorKind::kBundleInvalid, "key " + in_quotes(spec.name) +
                                                 ": the artifact's bindings have no tensor for it; "
                                                 "export it again");
    }
    outputs.push_back(session.output(binding->tensor));
  }
  return outputs;
}

struct LoadedArtifact {
  std::shared_ptr<const Session> session;
  std::vector<GraphSignature> signatures;
};

LoadedArtifact load_file(const std::string& path, const Artifact& artifact,
                         const std::vector<SignatureSpec>& specs) {
  if (artifact.format == kSavedModel) {
    internal::Handle<TF_Buffer> meta_graph;
    auto session =
        std::make_shared<const Session>(Session::from_saved_model(path, artifact.tags, meta_graph));
    const std::string_view bytes(static_cast<const char*>(meta_graph->data), meta_graph->length);
    return {std::move(session), internal::signatures_of_meta_graph(bytes)};
  }
  if (artifact.format == kFrozenGraph) {
    auto session = std::make_shared<const Session>(Session::from_graph_def(path));
    // A frozen graph does not know its signatures. The manifest does; without one they are guessed.
    auto signatures = artifact.bindings.empty()
                          ? std::vector{internal::signature_of_graph(session->graph())}
                          : described_signatures(artifact, specs);
    return {std::move(session), std::move(signatures)};
  }
  throw Error(ErrorKind::kUnsupported, "artifact " + in_quotes(path) + ": has format " +
                                           in_quotes(artifact.format) + ", TensorFlow reads " +
                                           kSavedModel + " and " + kFrozenGraph);
}

void run_initializers(const Session& session, const std::vector<std::string>& names) {
  std::vector<TF_Operation*> operations;
  operations.reserve(names.size());
  for (const std::string& name : names) operations.push_back(session.operation(name));
  if (!operations.empty()) session.run(operations, "initializers");
}

// The place of `wanted`; outputs.size() when it is not there.
std::size_t find_output(const std::vector<TF_Output>& outputs, TF_Output wanted) {
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](TF_Output output) {
    return output.oper == wanted.oper && output.index == wanted.index;
  });
  return static_cast<std::size_t>(found - outputs.begin());
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

// Where a signature's keys are in its graph.
struct Signature::Endpoints {
  std::shared_ptr<const Session> session;
  std::vector<TF_Output> inputs;
  // Those that are fetched, in the order of the signature.
  std::vector<TF_Output> outputs;
  // The others are inputs as well, which TensorFlow does not fetch: the output's place in the
  // signature to the input's.
  std::map<std::size_t, std::size_t> passed_through;
  // Not empty: why the signature cannot be run.
  std::string unsupported;
};

Signature::Signature(SignatureSpec spec, std::unique_ptr<const Endpoints> endpoints)
    : spec_(std::move(spec)), endpoints_(std::move(endpoints)) {}
Signature::Signature(Signature&&) noexcept = default;
Signature& Signature::operator=(Signature&&) noexcept = default;
Signature::~Signature() = default;

TensorMap Signature::run(const TensorMap& inputs) const {
  if (!endpoints_->unsupported.empty()) {
    throw Error(ErrorKind::kUnsupported, endpoints_->unsupported);
  }
  const std::vector<const Tensor*> values = internal::checked_inputs(spec_, inputs);
  std::vector<Tensor> fetched =
      endpoints_->session->run(endpoints_->inputs, values, endpoints_->outputs, spec_.name);
  TensorMap outputs;
  auto next = fetched.begin();
  for (std::size_t i = 0; i < spec_.outputs.size(); ++i) {
    const auto passed = endpoints_->passed_through.find(i);
    outputs.emplace_hint(outputs.end(), spec_.outputs[i].name,
                         passed == endpoints_->passed_through.end()
                             ? std::move(*next++)
                             : values[passed->second]->copy());
  }
  return outputs;
}

Model Model::load(const std::string& path, const LoadOptions& options) {
  const fs::path folder(path);
  std::error_code unreadable;
  if (fs::exists(folder / kManifestFile, unreadable)) {
    return load(Bundle::open(path, options.verify_checksums), options);
  }
  Artifact artifact;
  artifact.format = fs::is_directory(folder, unreadable) ? kSavedModel : kFrozenGraph;
  artifact.tags = options.tags;
  Model model;
  model.add(path, artifact, {});
  return model;
}

Model Model::load(const Bundle& bundle, const LoadOptions& options) {
  std::vector<std::string> formats = {kSavedModel, kFrozenGraph};
  if (!options.format.empty()) formats = {options.format};
  Model model;
  for (const std::string& format : formats) {
    for (const Artifact& artifact : bundle.manifest().artifacts) {
      if (artifact.format != format) continue;
      model.add(bundle.path_of(artifact.path), artifact, bundle.manifest().signatures);
    }
    if (!model.signatures_.empty()) return model;
  }
  throw Error(ErrorKind::kUnsupported,
              "bundle " + in_quotes(bundle.path()) + ": has no artifact of " +
                  "format saved_model or frozen_graph that was asked " + "for; export it with one");
}

Model Model::load_artifact(const std::string& bundle, const Artifact& artifact,
                           const std::vector<SignatureSpec>& signatures) {
  Model model;
  model.add(path_inside(bundle, artifact.path), artifact, signatures);
  return model;
}

const Signature& Model::signature(std::string_view name) const {
  std::string names;
  for (const Signature& signature : signatures_) {
    if (signature.name() == name) return signature;
    names += (names.empty() ? "" : ", ") + in_quotes(signature.name());
  }
  throw Error(ErrorKind::kSignatureNotFound, "signature " + in_quotes(name) +
                                                 ": the model has none of that name; it has " +
                                                 (names.empty() ? "none" : names));
}

void Model::add(const std::string& path, const Artifact& artifact,
                const std::vector<SignatureSpec>& specs) {
  const LoadedArtifact loaded = load_file(path, artifact, specs);
  run_initializers(*loaded.session, artifact.initializers);
  for (const GraphSignature& signature : loaded.signatures) {
    auto endpoints = std::make_unique<Signature::Endpoints>();
    endpoints->session = loaded.session;
    if (const std::string key = composite_key(signature.binding); !key.empty()) {
      endpoints->unsupported = "signature " + in_quotes(signature.spec.name) + ": " +
                               in_quotes(key) +
                               " is a sparse or composite tensor, only dense ones can be passed";
    } else {
      const Binding& binding = signature.binding;
      endpoints->inputs = resolve(*loaded.session, signature.spec.inputs, binding.inputs);
      const auto outputs = resolve(*loaded.session, signature.spec.outputs, binding.outputs);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const auto fed = find_output(endpoints->inputs, outputs[i]);
        if (fed == endpoints->inputs.size()) {
          endpoints->outputs.push_back(outputs[i]);
        } else {
          endpoints->passed_through[i] = fed;
        }
      }
    }
    signatures_.push_back(Signature(signature.spec, std::move(endpoints)));
  }
  std::sort(signatures_.begin(), signatures_.end(),
            [](const Signature& a, const Signature& b) { return a.name() < b.name(); });
}

}  // namespace modelparity
