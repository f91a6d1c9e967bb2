#include "modelparity/model.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/internal/checks.h"
#include "modelparity/internal/graph_entry.h"
#include "modelparity/internal/graph_signatures.h"
#include "modelparity/internal/session.h"
#include "modelparity/internal/warm_up.h"

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

struct LoadedArtifact {
  std::shared_ptr<const Session> session;
  std::vector<GraphSignature> signatures;
};

LoadedArtifact load_file(const std::string& path, const Artifact& artifact,
                         const std::vector<SignatureSpec>& specs, const LoadOptions& options) {
  if (artifact.format == kSavedModel) {
    internal::Handle<TF_Buffer> meta_graph;
    auto session = std::make_shared<const Session>(
        Session::from_saved_model(path, artifact.tags, options, meta_graph));
    const std::string_view bytes(static_cast<const char*>(meta_graph->data), meta_graph->length);
    return {std::move(session), internal::signatures_of_meta_graph(bytes)};
  }
  if (artifact.format == kFrozenGraph) {
    auto session = std::make_shared<const Session>(Session::from_graph_def(path, options));
    // A frozen graph does not know its signatures. The manifest does; without one they are guessed.
    auto signatures = artifact.bindings.empty()
                          ? std::vector{internal::signature_of_graph(session->graph())}
                          : described_signatures(artifact, specs);
    return {std::move(session), std::move(signatures)};
  }
  throw Error(ErrorKind::kUnsupported, "artifact " + in_quotes(path) + ": has format " +
                                           in_quotes(artifact.format) + ", TensorFlow reads " +
                                           kSavedModel + " and " + kFrozenGraph +
                                           "; export it as one of these");
}

void run_initializers(const Session& session, const std::vector<std::string>& names) {
  std::vector<TF_Operation*> operations;
  operations.reserve(names.size());
  for (const std::string& name : names) operations.push_back(session.operation(name));
  if (!operations.empty()) session.run(operations, "initializers");
}

}  // namespace

Signature::Signature(internal::GraphEntry entry)
    : entry_(std::make_shared<const internal::GraphEntry>(std::move(entry))) {}

const SignatureSpec& Signature::spec() const { return entry_->spec; }

TensorMap Signature::run(const TensorMap& inputs) const {
  entry_->expect_runnable();
  const std::vector<const Tensor*> given = internal::checked_inputs(spec(), inputs);
  std::vector<TF_Tensor*> handles(given.size() + entry_->fetched.size());
  std::transform(given.begin(), given.end(), handles.begin(),
                 [](const Tensor* tensor) { return tensor->get(); });
  TF_Tensor** next = handles.data() + given.size();
  entry_->session->run(entry_->inputs, handles.data(), entry_->fetched, next, name());
  TensorMap results;
  for (std::size_t i = 0; i < outputs().size(); ++i) {
    const auto passed = entry_->passed_through[i];
    results.emplace_hint(results.end(), outputs()[i].name,
                         passed ? given[*passed]->copy() : Tensor::adopt(*next++));
  }
  return results;
}

BoundCall Signature::bind() const {
  entry_->expect_runnable();
  return BoundCall(entry_);
}

Model Model::load(const std::string& path, const LoadOptions& options) {
  const fs::path folder(path);
  std::error_code unreadable;
  if (!fs::exists(folder, unreadable)) {
    throw Error(ErrorKind::kFileMissing,
                "model " + in_quotes(path) +
                    ": no such file or folder; name a bundle, a SavedModel folder or a frozen .pb");
  }
  if (fs::exists(folder / kManifestFile, unreadable)) {
    return load(Bundle::open(path, options.verify_checksums), options);
  }
  Artifact artifact;
  artifact.format = fs::is_directory(folder, unreadable) ? kSavedModel : kFrozenGraph;
  artifact.tags = options.tags;
  Model model;
  model.add(path, artifact, {}, options);
  internal::warm_up(model.signatures_, options.warm_up);
  return model;
}

Model Model::load(const Bundle& bundle, const LoadOptions& options) {
  std::vector<std::string> formats = {kSavedModel, kFrozenGraph};
  if (!options.format.empty()) formats = {options.format};
  Model model;
  for (const std::string& format : formats) {
    for (const Artifact& artifact : bundle.manifest().artifacts) {
      if (artifact.format != format) continue;
      model.add(bundle.path_of(artifact.path), artifact, bundle.manifest().signatures, options);
    }
    if (model.signatures_.empty()) continue;
    model.bundle_ = bundle;
    internal::warm_up(model.signatures_, bundle, options.warm_up);
    return model;
  }
  const auto format_of = [](const Artifact& artifact) { return artifact.format; };
  throw Error(
      ErrorKind::kUnsupported,
      "bundle " + in_quotes(bundle.path()) + ": got the formats " +
          list_in_quotes(bundle.manifest().artifacts, format_of) + ", expected " +
          (options.format.empty() ? "saved_model or frozen_graph" : in_quotes(options.format)) +
          "; export it with that format");
}

Model Model::load_artifact(const std::string& bundle, const Artifact& artifact,
                           const std::vector<SignatureSpec>& signatures,
                           const LoadOptions& options) {
  Model model;
  model.add(path_inside(bundle, artifact.path), artifact, signatures, options);
  internal::warm_up(model.signatures_, options.warm_up);
  return model;
}

const Signature& Model::signature(std::string_view name) const {
  for (const Signature& signature : signatures_) {
    if (signature.name() == name) return signature;
  }
  const auto name_of = [](const Signature& signature) { return signature.name(); };
  throw Error(ErrorKind::kSignatureNotFound, "signature " + in_quotes(name) +
                                                 ": the model has none of that name; it has " +
                                                 list_in_quotes(signatures_, name_of));
}

void Model::add(const std::string& path, const Artifact& artifact,
                const std::vector<SignatureSpec>& specs, const LoadOptions& options) {
  const LoadedArtifact loaded = load_file(path, artifact, specs, options);
  run_initializers(*loaded.session, artifact.initializers);
  for (const GraphSignature& signature : loaded.signatures) {
    signatures_.push_back(Signature(internal::GraphEntry::resolve(loaded.session, signature)));
  }
  std::sort(signatures_.begin(), signatures_.end(),
            [](const Signature& a, const Signature& b) { return a.name() < b.name(); });
}

}  // namespace modelparity
