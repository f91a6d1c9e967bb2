// A TensorFlow model that can be run.
//
//   auto model = modelparity::Model::load("digits.bundle");
//   modelparity::TensorMap inputs;
//   inputs["image"] = modelparity::Tensor::from_values<float>({1, 784}, pixels);
//   modelparity::TensorMap outputs = model.signature("serving_default").run(inputs);
//   const float* scores = outputs.at("scores").data<float>();
//
// Ownership: a Model owns its sessions and their memory; it can be moved, not copied. A Signature
// belongs to its Model: a reference to it is valid as long as the Model is, also when that is
// moved. Tensors are independent of both, and a BoundCall keeps what it needs.
//
// Thread-safety: after load() everything is constant. Any number of threads may run signatures of
// one Model at the same time.
//
// Every function throws modelparity::Error (error.h), or std::bad_alloc when there is no memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelparity/bound_call.h"
#include "modelparity/bundle.h"
#include "modelparity/load_options.h"
#include "modelparity/manifest.h"
#include "modelparity/self_test.h"
#include "modelparity/signature.h"
#include "modelparity/tensor.h"

namespace modelparity {

// One entry of a model: what it takes and gives, and the call itself.
class Signature {
 public:
  Signature(Signature&&) noexcept = default;
  Signature& operator=(Signature&&) noexcept = default;

  const SignatureSpec& spec() const;
  const std::string& name() const { return spec().name; }
  const std::vector<TensorSpec>& inputs() const { return spec().inputs; }
  const std::vector<TensorSpec>& outputs() const { return spec().outputs; }

  // Checks names, dtypes and shapes, then calls TensorFlow. Throws Error kInputName, kInputDtype,
  // kInputShape, kUnsupported or kRunFailed.
  TensorMap run(const TensorMap& inputs) const;

  // The same for a hot loop, with everything found and allocated before the first run. Throws Error
  // kUnsupported as run() would.
  BoundCall bind() const;

 private:
  friend class Model;
  explicit Signature(internal::GraphEntry entry);

  std::shared_ptr<const internal::GraphEntry> entry_;
};

class Model {
 public:
  // Loads a bundle or SavedModel folder, or a frozen graph (.pb), whichever `path` is.
  // Throws Error kBundleInvalid, kFileMissing, kChecksumMismatch, kArtifactInvalid,
  // kArtifactTooLarge, kUnsupported or kRuntimeUnavailable.
  static Model load(const std::string& path, const LoadOptions& options = {});

  // Loads the artifacts of one format from a bundle, which need not be kept.
  static Model load(const Bundle& bundle, const LoadOptions& options = {});

  // Loads one artifact below the folder `bundle`, whatever the manifest there says. Of the options
  // those that choose and check files have no meaning here, and there are no cases to warm up with.
  // Throws as load().
  static Model load_artifact(const std::string& bundle, const Artifact& artifact,
                             const std::vector<SignatureSpec>& signatures,
                             const LoadOptions& options = {});

  // By name.
  const std::vector<Signature>& signatures() const { return signatures_; }

  // Throws Error kSignatureNotFound, with the names that there are.
  const Signature& signature(std::string_view name = "serving_default") const;

  // Reads the golden cases of the bundle that the model is from, those of its signatures, runs them
  // and judges the answers.
  // Throws Error kUnsupported when the model is not from a bundle, and as Bundle::read_case().
  SelfTest self_test() const;

 private:
  Model() = default;
  void add(const std::string& path, const Artifact& artifact,
           const std::vector<SignatureSpec>& specs, const LoadOptions& options);

  std::vector<Signature> signatures_;
  // Where its golden cases are.
  std::optional<Bundle> bundle_;
};

}  // namespace modelparity
