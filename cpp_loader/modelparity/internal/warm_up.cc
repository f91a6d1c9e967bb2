#include "modelparity/internal/warm_up.h"

#include <algorithm>
#include <set>

#include "modelparity/error.h"

namespace modelparity::internal {
namespace {

void run(const Signature& signature, const TensorMap& inputs, int times) {
  for (int i = 0; i < times; ++i) signature.run(inputs);
}

// More would take longer, and more memory, than warm-up is worth.
constexpr double kMostElements = 1 << 26;

Tensor zeros(const TensorSpec& spec) {
  Shape shape = spec.unknown_rank ? Shape{1} : spec.shape;
  double count = 1;
  for (std::int64_t& size : shape) {
    if (size < 0) size = 1;
    count *= static_cast<double>(size);
  }
  if (count > kMostElements) {
    throw Error(ErrorKind::kInputShape, "input " + in_quotes(spec.name) + ": wants " +
                                            to_text(spec) +
                                            ", too large for zeros; add a golden case");
  }
  return Tensor::zeros(spec.dtype, shape);
}

void run_with_zeros(const Signature& signature, int times) {
  try {
    TensorMap inputs;
    for (const TensorSpec& spec : signature.inputs()) inputs[spec.name] = zeros(spec);
    run(signature, inputs, times);
  } catch (const Error&) {
    // These inputs are nobody's; a model that has no answer to them, or none that is small enough,
    // is as good as any.
  }
}

}  // namespace

void warm_up(const std::vector<Signature>& signatures, const Bundle& bundle, int times) {
  if (times <= 0) return;
  std::set<std::string> warm;
  for (const CaseFile& file : bundle.manifest().cases) {
    const auto signature = std::find_if(
        signatures.begin(), signatures.end(),
        [&](const Signature& candidate) { return candidate.name() == file.signature; });
    if (signature == signatures.end()) continue;
    run(*signature, bundle.read_case(file).inputs, times);
    warm.insert(file.signature);
  }
  for (const Signature& signature : signatures) {
    if (warm.count(signature.name()) == 0) run_with_zeros(signature, times);
  }
}

void warm_up(const std::vector<Signature>& signatures, int times) {
  for (const Signature& signature : signatures) run_with_zeros(signature, times);
}

}  // namespace modelparity::internal
