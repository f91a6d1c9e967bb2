#include "modelparity/comparison.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/internal/number_errors.h"
#include "modelparity/internal/text.h"

namespace modelparity {
namespace {

// As printf's %.<precision>g, whatever the locale of the process.
std::string number_text(double number, int precision) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::general, precision);
  return {text.data(), end.ptr};
}

std::string value_text(const ElementValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number, 9);
  return std::get<std::string>(value);
}

// "['a', 'b']".
std::string names_of(const TensorMap& tensors) {
  return "[" + list_in_quotes(tensors, [](const auto& named) { return named.first; }, "") + "]";
}

std::string describe_tensor(const Tensor& tensor) {
  return std::string(dtype_name(tensor.dtype())) + " " + to_text(tensor.shape());
}

// How names, dtypes or shapes differ, the first difference only. Empty: they do not.
std::string contract_difference(const TensorMap& reference, const TensorMap& candidate) {
  const bool same_names =
      std::equal(reference.begin(), reference.end(), candidate.begin(), candidate.end(),
                 [](const auto& wanted, const auto& got) { return wanted.first == got.first; });
  if (!same_names) {
    return "got the outputs " + names_of(candidate) + ", wants " + names_of(reference);
  }
  for (const auto& [name, wanted] : reference) {
    const Tensor& got = candidate.at(name);
    if (got.dtype() != wanted.dtype() || got.shape() != wanted.shape()) {
      return "output " + in_quotes(name) + ": got " + describe_tensor(got) + ", wants " +
             describe_tensor(wanted);
    }
  }
  return "";
}

// Where an output does not agree.
std::string describe(const OutputComparison& output, std::size_t total) {
  const std::string where = output.shape.empty() ? "" : " at " + to_text(output.worst_index);
  const bool exact = output.atol == 0 && output.rtol == 0;
  const std::string allowed = exact ? "exact"
                                    : "within " + number_text(output.atol, 6) + " + " +
                                          number_text(output.rtol, 6) + " * |r|";
  return "output " + in_quotes(output.name) + where + ": got " +
         value_text(output.candidate_value) + ", wants " + value_text(output.reference_value) +
         " " + allowed + "; " + std::to_string(output.failures) + " of " + std::to_string(total) +
         " elements differ";
}

// The place of an element in each dimension.
std::vector<std::int64_t> unravel(std::size_t element, const Shape& shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<std::size_t>(shape[i]);
    index[i] = static_cast<std::int64_t>(element % size);
    element /= size;
  }
  return index;
}

// The worst of strings is the first that differs.
void compare_strings(const Tensor& reference, const Tensor& candidate, OutputComparison& result) {
  std::size_t worst = 0;
  for (std::size_t i = 0; i < reference.element_count(); ++i) {
    if (reference.string_at(i) == candidate.string_at(i)) continue;
    if (result.failures == 0) worst = i;
    ++result.failures;
  }
  result.worst_index = unravel(worst, result.shape);
  result.reference_value = internal::text_of_bytes(reference.string_at(worst));
  result.candidate_value = internal::text_of_bytes(candidate.string_at(worst));
}

void compare_numbers(const Tensor& reference, const Tensor& candidate, OutputComparison& result) {
  const DType dtype = result.dtype;
  const auto errors = internal::number_errors(dtype, reference.bytes(), candidate.bytes(),
                                              {result.atol, result.rtol});
  if (!errors) {
    throw Error(ErrorKind::kUnsupported,
                "output " + in_quotes(result.name) + ": got dtype " +
                    std::string(dtype_name(dtype)) +
                    ", which cannot be compared; give one that the Open Inference Protocol has");
  }
  result.max_abs = errors->max_abs;
  result.max_rel = errors->max_rel;
  result.max_ulp = errors->max_ulp;
  result.mean_abs = errors->mean_abs;
  result.p50_abs = errors->p50_abs;
  result.p90_abs = errors->p90_abs;
  result.p99_abs = errors->p99_abs;
  result.failures = errors->failures;
  if (reference.element_count() == 0) return;
  result.worst_index = unravel(errors->worst, result.shape);
  result.reference_value = *internal::number_at(dtype, reference.bytes(), errors->worst);
  result.candidate_value = *internal::number_at(dtype, candidate.bytes(), errors->worst);
}

// What is known of an output before its values are.
OutputComparison described(const std::string& name, const Tensor& tensor) {
  OutputComparison result;
  result.name = name;
  result.dtype = tensor.dtype();
  result.shape = tensor.shape();
  return result;
}

OutputComparison compare(const std::string& name, const Tensor& reference, const Tensor& candidate,
                         const Tolerance& tolerance) {
  OutputComparison result = described(name, candidate);
  result.atol = tolerance.atol;
  result.rtol = tolerance.rtol;
  if (result.dtype != DType::kString) {
    compare_numbers(reference, candidate, result);
  } else if (reference.element_count() > 0) {
    compare_strings(reference, candidate, result);
  }
  result.match = result.failures == 0;
  return result;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kVerdictUnspecified:
      return "verdict_unspecified";
    case Verdict::kMatch:
      return "match";
    case Verdict::kMismatch:
      return "mismatch";
    case Verdict::kContractMismatch:
      return "contract_mismatch";
    case Verdict::kUnsupported:
      return "unsupported";
    case Verdict::kConversionFailed:
      return "conversion_failed";
    case Verdict::kLoadFailed:
      return "load_failed";
    case Verdict::kRunFailed:
      return "run_failed";
    case Verdict::kCrashed:
      return "crashed";
    case Verdict::kTimedOut:
      return "timed_out";
  }
  return "";
}

Tolerance default_tolerance(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return {1e-10, 1e-9};
    case DType::kFloat32:
      return {1e-5, 1e-4};
    case DType::kFloat16:
      return {2e-3, 2e-3};
    case DType::kBfloat16:
      return {2e-2, 2e-2};
    default:
      return {};
  }
}

Judgement compare_outputs(const TensorMap& reference, const TensorMap& candidate,
                          const ToleranceMap& tolerances) {
  Judgement judgement;
  judgement.message = contract_difference(reference, candidate);
  if (!judgement.message.empty()) {
    judgement.verdict = Verdict::kContractMismatch;
    for (const auto& [name, tensor] : candidate) {
      judgement.outputs.push_back(described(name, tensor));
    }
  } else {
    for (const auto& [name, tensor] : candidate) {
      const auto given = tolerances.find(name);
      judgement.outputs.push_back(
          compare(name, reference.at(name), tensor,
                  given == tolerances.end() ? default_tolerance(tensor.dtype()) : given->second));
      const OutputComparison& output = judgement.outputs.back();
      if (output.match || !judgement.message.empty()) continue;
      judgement.verdict = Verdict::kMismatch;
      judgement.message = describe(output, tensor.element_count());
    }
  }
  judgement.message = internal::printable(judgement.message);
  return judgement;
}

}  // namespace modelparity
