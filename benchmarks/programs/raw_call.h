// The call of TensorFlow's C API that a BoundCall makes, without the BoundCall.
//
//   BoundCall call = ...;
//   RawCall raw(call);
//   raw.run();
//
// It is made on the same session with the same arguments, since two sessions of one model differ by
// more than what a BoundCall costs: a few percent, by where their weights fall in memory.
//
// Thread-safety: none; nothing else may run a model while a RawCall is made.
#pragma once

#include <vector>

#include "modelparity/bound_call.h"
#include "modelparity/internal/c_api.h"

namespace modelparity::benchmarks {

class RawCall {
 public:
  // Runs `call` once and takes down what it passes to TF_SessionRun. `call` and its inputs have to
  // stay as they are, and its model to be kept, as long as this object.
  explicit RawCall(BoundCall& call);
  RawCall(const RawCall&) = delete;
  RawCall& operator=(const RawCall&) = delete;
  ~RawCall();

  // From now on without run options, as by default.
  void use_default_options() { options_ = nullptr; }

  void run();

 private:
  void release_results();

  TF_Session* session_ = nullptr;
  const TF_Buffer* options_ = nullptr;
  const TF_Output* inputs_ = nullptr;
  TF_Tensor* const* values_ = nullptr;
  int input_count_ = 0;
  const TF_Output* outputs_ = nullptr;
  std::vector<TF_Tensor*> results_;
  internal::Handle<TF_Status> status_;
};

}  // namespace modelparity::benchmarks
