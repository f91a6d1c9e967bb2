// Judges one answer against another: names, dtypes and shapes exactly, then every value.
//
//   const modelparity::Case golden = bundle.read_case(file);
//   const auto outputs = model.signature(golden.signature).run(golden.inputs);
//   const auto judgement = modelparity::compare_outputs(*golden.expected, outputs);
//   if (judgement.verdict != modelparity::Verdict::kMatch) log(judgement.message);
//
// The rules are those of python/modelparity/compare/; tests/comparison_vectors.json holds both to
// them. A float c agrees with the reference r when |c - r| <= atol + rtol * |r|, computed in
// float64. NaN agrees with NaN, an infinity with the same infinity, and neither with anything else.
// -0.0 is 0.0. Integers and bools are compared exactly unless they are given a tolerance, strings
// always. Beside the tensors a comparison takes a few megabytes, whatever their size.
//
// Ownership: the results are plain values, and refer to no tensor.
// Thread-safety: any number of threads may compare at the same time, the same tensors too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modelparity/dtype.h"
#include "modelparity/signature.h"
#include "modelparity/tensor.h"
#include "modelparity/v1/report.tags.h"

namespace modelparity {

// kMatch, kMismatch, ...: the comments of report.proto say what each means.
using Verdict = v1::tags::Cell::Verdict;

// "contract_mismatch".
std::string_view verdict_name(Verdict verdict);

// |candidate - reference| <= atol + rtol * |reference|; 0 and 0 is exact. Neither is negative or
// NaN.
struct Tolerance {
  double atol = 0;
  double rtol = 0;
};

// By output name.
using ToleranceMap = std::map<std::string, Tolerance, std::less<>>;

// The tolerance of an output that no case gives one: exact unless it is a float.
Tolerance default_tolerance(DType dtype);

// A number, or text: strings, NaN and the infinities, integers beyond 2^53. Neither: no element.
using ElementValue = std::variant<std::monostate, double, std::string>;

// How far one output is off, whether it agrees or not: the message of that name in report.proto.
// The quantiles are elements: the smallest error that at least that share of the elements does not
// exceed.
struct OutputComparison {
  std::string name;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::optional<double> max_abs;
  std::optional<double> max_rel;
  std::optional<double> max_ulp;
  std::optional<double> mean_abs;
  std::optional<double> p50_abs;
  std::optional<double> p90_abs;
  std::optional<double> p99_abs;
  std::vector<std::int64_t> worst_index;
  ElementValue reference_value;
  ElementValue candidate_value;
  double atol = 0;
  double rtol = 0;
  // Elements that do not agree.
  std::uint64_t failures = 0;
  bool match = false;
};

struct Judgement {
  // kMatch, kMismatch or kContractMismatch.
  Verdict verdict = Verdict::kMatch;
  // Empty for a match, else the first reason in one line.
  std::string message;
  // One for each of the candidate's outputs, by name.
  std::vector<OutputComparison> outputs;
};

// Holds the outputs of a call against those that are right. An output that `tolerances` does not
// name has the default of its dtype. Throws Error kUnsupported for a dtype that the Open Inference
// Protocol has no word for, such as complex64.
Judgement compare_outputs(const TensorMap& reference, const TensorMap& candidate,
                          const ToleranceMap& tolerances = {});

}  // namespace modelparity
