#include "modelparity/self_test.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/model.h"

namespace modelparity {
namespace {

CaseResult run_case(const Signature& signature, const Case& golden) {
  CaseResult result;
  result.signature = golden.signature;
  result.name = golden.name;
  if (!golden.expected) {
    result.message = "the case has no answer to compare with; export the bundle again";
    return result;
  }
  try {
    Judgement judgement =
        compare_outputs(*golden.expected, signature.run(golden.inputs), golden.tolerances);
    result.verdict = judgement.verdict;
    result.message = std::move(judgement.message);
    result.outputs = std::move(judgement.outputs);
  } catch (const Error& error) {
    if (error.code() != ErrorKind::kUnsupported) result.verdict = Verdict::kRunFailed;
    result.message = error.what();
  }
  return result;
}

bool matches(const CaseResult& result) { return result.verdict == Verdict::kMatch; }

}  // namespace

bool SelfTest::ok() const {
  return !cases.empty() && std::all_of(cases.begin(), cases.end(), matches);
}

std::string SelfTest::summary() const {
  std::string text = ok() ? "self-test passed: " : "self-test failed: ";
  if (cases.empty()) {
    text += "there is no golden case to run; export the bundle with cases";
  } else {
    text += std::to_string(std::count_if(cases.begin(), cases.end(), matches)) + " of " +
            std::to_string(cases.size()) + " cases match";
  }
  const auto failed = std::find_if_not(cases.begin(), cases.end(), matches);
  if (failed != cases.end()) {
    text += "; " + failed->signature + "/" + failed->name + ": " +
            std::string(verdict_name(failed->verdict)) + ": " + failed->message;
  }
  if (!unverified.empty()) {
    const auto itself = [](const std::string& name) { return name; };
    text += "; not verified: " + list_in_quotes(unverified, itself);
  }
  return text;
}

SelfTest Model::self_test() const {
  if (!bundle_) {
    throw Error(ErrorKind::kUnsupported,
                "self-test: got a model without golden cases, expected one from a bundle; run "
                "modelparity export and load what it writes");
  }
  SelfTest result;
  for (const Signature& signature : signatures_) {
    const bool has_outputs = !signature.outputs().empty();
    const std::size_t before = result.cases.size();
    for (const CaseFile& file : bundle_->manifest().cases) {
      // Of nothing and nothing one cannot say that they agree.
      if (file.signature != signature.name() || !has_outputs) continue;
      result.cases.push_back(run_case(signature, bundle_->read_case(file)));
    }
    if (result.cases.size() == before) result.unverified.push_back(signature.name());
  }
  return result;
}

}  // namespace modelparity
