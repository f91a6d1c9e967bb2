#include "raw_call.h"

#include <functional>
#include <utility>

namespace modelparity::benchmarks {
namespace {

using internal::c_api;
using internal::CApi;

// What TF_SessionRun is passed, in its order, as far as a BoundCall uses it.
using Listener = std::function<void(TF_Session*, const TF_Buffer*, const TF_Output*,
                                    TF_Tensor* const*, int, const TF_Output*, int)>;

// Told of every run while `forward` is set.
Listener listener;
decltype(CApi::TF_SessionRun) forward = nullptr;

void overhear(TF_Session* session, const TF_Buffer* options, const TF_Output* inputs,
              TF_Tensor* const* values, int input_count, const TF_Output* outputs,
              TF_Tensor** results, int output_count, const TF_Operation* const* targets,
              int target_count, TF_Buffer* metadata, TF_Status* status) {
  listener(session, options, inputs, values, input_count, outputs, output_count);
  forward(session, options, inputs, values, input_count, outputs, results, output_count, targets,
          target_count, metadata, status);
}

}  // namespace

RawCall::RawCall(BoundCall& call) : status_(c_api().TF_NewStatus()) {
  listener = [this](TF_Session* session, const TF_Buffer* options, const TF_Output* inputs,
                    TF_Tensor* const* values, int input_count, const TF_Output* outputs,
                    int output_count) {
    session_ = session;
    options_ = options;
    inputs_ = inputs;
    values_ = values;
    input_count_ = input_count;
    outputs_ = outputs;
    results_.resize(static_cast<std::size_t>(output_count));
  };
  // The table is constant to those who call, not by itself.
  auto& api = const_cast<CApi&>(c_api());
  forward = std::exchange(api.TF_SessionRun, overhear);
  call.run();
  api.TF_SessionRun = forward;
}

RawCall::~RawCall() { release_results(); }

void RawCall::run() {
  release_results();
  c_api().TF_SessionRun(session_, options_, inputs_, values_, input_count_, outputs_,
                        results_.data(), static_cast<int>(results_.size()), nullptr, 0, nullptr,
                        status_.get());
  if (c_api().TF_GetCode(status_.get()) != TF_OK) {
    throw Error(ErrorKind::kRunFailed, c_api().TF_Message(status_.get()));
  }
}

void RawCall::release_results() {
  for (TF_Tensor*& result : results_) {
    if (result != nullptr) c_api().TF_DeleteTensor(std::exchange(result, nullptr));
  }
}

}  // namespace modelparity::benchmarks
