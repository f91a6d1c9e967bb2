#include "modelparity/bound_call.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/internal/checks.h"
#include "modelparity/internal/graph_entry.h"

namespace modelparity {
namespace {

// The place of a key; throws when it is not there.
std::size_t place_of(std::string_view name, const std::vector<TensorSpec>& specs,
                     const SignatureSpec& signature, ErrorKind kind, const char* role) {
  const auto name_of = [](const TensorSpec& spec) { return spec.name; };
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == name) return i;
  }
  throw Error(kind, role + in_quotes(name) + ": unknown, signature " + in_quotes(signature.name) +
                        " has " + list_in_quotes(specs, name_of) + "; correct the name");
}

bool shares_memory(const Tensor& output, const Tensor& input) {
  const internal::CApi& api = internal::c_api();
  const auto* const begin = static_cast<const char*>(api.TF_TensorData(input.get()));
  const auto* const data = static_cast<const char*>(api.TF_TensorData(output.get()));
  return !std::less<>()(data, begin) &&
         std::less<>()(data, begin + api.TF_TensorByteSize(input.get()));
}

}  // namespace

BoundCall::BoundCall(std::shared_ptr<const internal::GraphEntry> entry)
    : entry_(std::move(entry)),
      inputs_(entry_->spec.inputs.size()),
      outputs_(entry_->spec.outputs.size()),
      handles_(entry_->inputs.size() + entry_->fetched.size()) {}

Tensor& BoundCall::input(std::string_view name) {
  const SignatureSpec& spec = entry_->spec;
  return inputs_[place_of(name, spec.inputs, spec, ErrorKind::kInputName, "input ")];
}

const Tensor& BoundCall::output(std::string_view name) const {
  const SignatureSpec& spec = entry_->spec;
  return outputs_[place_of(name, spec.outputs, spec, ErrorKind::kSignatureNotFound, "output ")];
}

void BoundCall::run() {
  // First of all, so that TensorFlow can use their memory again.
  for (Tensor& output : outputs_) output = Tensor();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    internal::check_input(entry_->spec, entry_->spec.inputs[i], inputs_[i]);
    handles_[i] = inputs_[i].get();
  }
  TF_Tensor** const results = handles_.data() + inputs_.size();
  entry_->session->run(entry_->inputs, handles_.data(), entry_->fetched, results,
                       entry_->spec.name);
  TF_Tensor** next = results;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (!entry_->passed_through[i]) outputs_[i] = Tensor::adopt(*next++);
  }
  // A graph may hand an input on as it is, or a part of it.
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (const auto input = entry_->passed_through[i]) {
      outputs_[i] = inputs_[*input].copy();
    } else if (std::any_of(inputs_.begin(), inputs_.end(), [&](const Tensor& candidate) {
                 return shares_memory(outputs_[i], candidate);
               })) {
      outputs_[i] = outputs_[i].copy();
    }
  }
}

}  // namespace modelparity
