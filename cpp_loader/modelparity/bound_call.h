// A call of a signature that is made many times: its inputs stay, its outputs are replaced.
//
//   modelparity::BoundCall call = model.signature().bind();
//   modelparity::Tensor& image = call.input("image");
//   image = modelparity::Tensor::zeros(modelparity::DType::kFloat32, {1, 784});
//   const modelparity::Tensor& scores = call.output("scores");
//   while (camera.read(image.mutable_data<float>())) {
//     call.run();
//     show(scores.data<float>());
//   }
//
// run() makes no allocation and no lookup of ours: what it costs is TF_SessionRun.
//
// Ownership: a BoundCall owns its tensors and shares the session with its Model, which it may
// outlive. References to its inputs and outputs are valid as long as it is, also when it is moved.
//
// Thread-safety: one thread at a time. Threads that run one model have a BoundCall each.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "modelparity/tensor.h"

struct TF_Tensor;

namespace modelparity {

namespace internal {
struct GraphEntry;
}

class BoundCall {
 public:
  BoundCall(BoundCall&&) noexcept = default;
  BoundCall& operator=(BoundCall&&) noexcept = default;

  // The input of that key, to be assigned once and written to before each run. Throws Error
  // kInputName, with the keys that there are, when there is none.
  Tensor& input(std::string_view name);

  // The output of that key as the last run left it; no tensor before the first. Throws Error
  // kSignatureNotFound when there is none.
  const Tensor& output(std::string_view name) const;

  // Checks dtypes and shapes, then calls TensorFlow. Outputs never share memory with inputs, so
  // these may be written to at once. Throws Error kInputName for an input that was never assigned,
  // kInputDtype, kInputShape or kRunFailed; the outputs are then no tensors.
  void run();

 private:
  friend class Signature;
  explicit BoundCall(std::shared_ptr<const internal::GraphEntry> entry);

  std::shared_ptr<const internal::GraphEntry> entry_;
  // In the order of the signature.
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  // What the C API reads and writes: handles of all inputs, then of the outputs that are fetched.
  std::vector<TF_Tensor*> handles_;
};

}  // namespace modelparity
