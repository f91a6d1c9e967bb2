// What a model answered to the golden cases of its bundle, on this machine.
//
//   const auto model = modelparity::Model::load("digits.bundle");
//   const auto result = model.self_test();
//   if (!result.ok()) refuse_to_start(result.summary());
//
// Ownership: plain values, which refer to no model.
// Thread-safety: that of plain values.
#pragma once

#include <string>
#include <vector>

#include "modelparity/comparison.h"

namespace modelparity {

struct CaseResult {
  std::string signature;
  std::string name;
  // kMatch, kMismatch, kContractMismatch; kRunFailed when the model did not answer; kUnsupported
  // when its signature cannot be run or the case has no answer to compare with.
  Verdict verdict = Verdict::kUnsupported;
  // Empty for a match, else why, in one line.
  std::string message;
  // By name. Empty: there is no answer to compare.
  std::vector<OutputComparison> outputs;
};

struct SelfTest {
  // By signature, then in the order of the manifest.
  std::vector<CaseResult> cases;
  // Signatures of the model that nothing can be said of: they have no case, or no output.
  std::vector<std::string> unverified;

  // At least one case, and every one matches.
  bool ok() const;

  // One line: how many cases match, the first that does not, and the signatures without any.
  std::string summary() const;
};

}  // namespace modelparity
