// A TensorFlow model that can be run.
//
//   auto model = modelparity::Model::load("digits.bundle");
//   modelparity::TensorMap inputs;
//   inputs["image"] = modelparity::Tensor::from_values<float>({1, 784}, pixels);
//   modelparity::TensorMap outputs = model.signature("serving_default").run(inputs);
//   const float* scores = outputs.at("scores").data<float>();
//
// Ownership: a Model owns its sessions and their memory; it can be moved, not copied. A Signature
// belongs to its Model: a reference to it is valid as long as the Model is neither moved nor
// destroyed. Tensors are independent of both.
//
// Thread-safety: after load() everything is constant. Any number of threads may run signatures of
// one Model at the same time.
//
// Every function throws modelparity::Error (error.h) and nothing else.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modelparity/bundle.h"
#include "modelparity/manifest.h"
#include "modelparity/signature.h"
#include "modelparity/tensor.h"

namespace modelparity {

struct LoadOptions {
  // Which artifact of a bundle: "saved_model" or "frozen_graph". Empty: the first of these that it
  // has.
  std::string format;

  // The tags of the meta graph of a SavedModel folder; a bundle says its own.
  std::vector<std::string> tags = {"serve"};

  // False: the files of a bundle are not held against their checksums.
  bool verify_checksums = true;
};

// One entry of a model: what it takes and gives, and the call itself.
class Signature {
 public:
  Signature(Signature&&) noexcept;
  Signature& operator=(Signature&&) noexcept;
  ~Signature();

  const SignatureSpec& spec() const { return spec_; }
  const std::string& name() const { return spec_.name; }
  const std::vector<TensorSpec>& inputs() const { return spec_.inputs; }
  const std::vector<TensorSpec>& outputs() const { return spec_.outputs; }

  // Checks names, dtypes and shapes, then calls TensorFlow. Throws Error kInputName, kInputDtype,
  // kInputShape, kUnsupported or kRunFailed.
  TensorMap run(const TensorMap& inputs) const;

 private:
  friend class Model;
  struct Endpoints;
  Signature(SignatureSpec spec, std::unique_ptr<const Endpoints> endpoints);

  SignatureSpec spec_;
  std::unique_ptr<const Endpoints> endpoints_;
};

class Model {
 public:
  // Loads a bundle or SavedModel folder, or a frozen graph (.pb), whichever `path` is.
  // Throws Error kBundleInvalid, kFileMissing, kChecksumMismatch, kArtifactInvalid,
  // kArtifactTooLarge, kUnsupported or kRuntimeUnavailable.
  static Model load(const std::string& path, const LoadOptions& options = {});

  // Loads the artifacts of one format from a bundle, which need not be kept.
  static Model load(const Bundle& bundle, const LoadOptions& options = {});

  // Loads one artifact below the folder `bundle`, whatever the manifest there says. Throws as
  // load().
  static Model load_artifact(const std::string& bundle, const Artifact& artifact,
                             const std::vector<SignatureSpec>& signatures);

  // By name.
  const std::vector<Signature>& signatures() const { return signatures_; }

  // Throws Error kSignatureNotFound, with the names that there are.
  const Signature& signature(std::string_view name = "serving_default") const;

 private:
  Model() = default;
  void add(const std::string& path, const Artifact& artifact,
           const std::vector<SignatureSpec>& specs);

  std::vector<Signature> signatures_;
};

}  // namespace modelparity
