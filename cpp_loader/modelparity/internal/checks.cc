#include "modelparity/internal/checks.h"

#include "modelparity/error.h"

namespace modelparity::internal {
namespace {

std::string input_names(const SignatureSpec& signature) {
  return list_in_quotes(
      signature.inputs, [](const TensorSpec& input) { return input.name; }, "no input");
}

[[noreturn]] void fail_missing(const SignatureSpec& signature, const TensorSpec& spec) {
  throw Error(ErrorKind::kInputName, "input " + in_quotes(spec.name) + ": missing, signature " +
                                         in_quotes(signature.name) + " wants " + to_text(spec) +
                                         "; pass it");
}

[[noreturn]] void fail_name(const SignatureSpec& signature, const TensorMap& inputs) {
  for (const TensorSpec& spec : signature.inputs) {
    if (inputs.find(spec.name) == inputs.end()) fail_missing(signature, spec);
  }
  // Every input is there, so there is one too many.
  for (const auto& [name, tensor] : inputs) {
    bool known = false;
    for (const TensorSpec& spec : signature.inputs) known = known || spec.name == name;
    if (!known) {
      throw Error(ErrorKind::kInputName, "input " + in_quotes(name) + ": unknown, signature " +
                                             in_quotes(signature.name) + " takes " +
                                             input_names(signature) + "; leave it out");
    }
  }
  throw std::logic_error("checked_inputs found a wrong name, fail_name none");
}

bool shape_matches(const TensorSpec& spec, const Tensor& tensor) {
  if (spec.unknown_rank) return true;
  if (tensor.rank() != spec.shape.size()) return false;
  for (std::size_t i = 0; i < spec.shape.size(); ++i) {
    if (spec.shape[i] >= 0 && tensor.dimension(i) != spec.shape[i]) return false;
  }
  return true;
}

[[noreturn]] void fail_tensor(ErrorKind kind, const SignatureSpec& signature,
                              const TensorSpec& spec, const Tensor& tensor,
                              const std::string& next_step) {
  throw Error(kind, "input " + in_quotes(spec.name) + ": got " +
                        std::string(dtype_name(tensor.dtype())) + " " + to_text(tensor.shape()) +
                        ", signature " + in_quotes(signature.name) + " wants " + to_text(spec) +
                        "; " + next_step);
}

}  // namespace

std::vector<const Tensor*> checked_inputs(const SignatureSpec& signature, const TensorMap& inputs) {
  if (inputs.size() != signature.inputs.size()) fail_name(signature, inputs);
  std::vector<const Tensor*> tensors;
  tensors.reserve(inputs.size());
  // Both are ordered by name, so equal names stand at equal places.
  auto given = inputs.begin();
  for (const TensorSpec& spec : signature.inputs) {
    const Tensor& tensor = given->second;
    if (given->first != spec.name) fail_name(signature, inputs);
    check_input(signature, spec, tensor);
    tensors.push_back(&tensor);
    ++given;
  }
  return tensors;
}

void check_input(const SignatureSpec& signature, const TensorSpec& spec, const Tensor& tensor) {
  if (tensor.get() == nullptr) fail_missing(signature, spec);
  if (tensor.dtype() != spec.dtype) {
    fail_tensor(ErrorKind::kInputDtype, signature, spec, tensor,
                "pass " + std::string(dtype_name(spec.dtype)) + " values");
  }
  if (!shape_matches(spec, tensor)) {
    fail_tensor(ErrorKind::kInputShape, signature, spec, tensor, "reshape it");
  }
}

}  // namespace modelparity::internal
