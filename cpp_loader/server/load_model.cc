#include "server/load_model.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "modelparity/bundle.h"
#include "modelparity/comparison.h"
#include "modelparity/model.h"
#include "server/repository.h"
#include "server/status.h"

namespace modelparity::server {
namespace {

namespace fs = std::filesystem;

// How long the measurement of a signature may take.
constexpr std::chrono::seconds kBatchRuleTime(60);

// Runs the golden cases; throws when one does not pass.
void prove(const Model& model, const std::vector<Case>& cases) {
  for (const Case& golden : cases) {
    const TensorMap outputs = model.signature(golden.signature).run(golden.inputs);
    if (!golden.expected) continue;
    const Judgement judgement = compare_outputs(*golden.expected, outputs, golden.tolerances);
    if (judgement.verdict == Verdict::kMatch) continue;
    throw Refusal("case_failed", "case " + in_quotes(golden.signature + "/" + golden.name) + ": " +
                                     judgement.message);
  }
}

std::vector<Case> read_cases(const Bundle& bundle) {
  std::vector<Case> cases;
  for (const CaseFile& file : bundle.manifest().cases) cases.push_back(bundle.read_case(file));
  return cases;
}

LoadedSignature with_batches(LoadedSignature signature, std::vector<Case>& cases,
                             std::int64_t max_batch_size) {
  if (max_batch_size < 2) return signature;
  std::vector<TensorMap> inputs;
  for (Case& golden : cases) {
    if (golden.signature == signature.spec.name) inputs.push_back(std::move(golden.inputs));
  }
  signature.batches = BatchRule::measure(signature.run, inputs, max_batch_size, kBatchRuleTime);
  return signature;
}

LoadedModel load(const std::string& folder, const ModelOptions& options) {
  std::error_code unreadable;
  std::vector<Case> cases;
  std::optional<Bundle> bundle;
  if (fs::exists(fs::path(folder) / kManifestFile, unreadable)) {
    bundle = Bundle::open(folder);
    cases = read_cases(*bundle);
  } else if (!fs::exists(fs::path(folder) / "saved_model.pb", unreadable)) {
    throw Refusal("empty",
                  "holds neither manifest.json nor saved_model.pb; put a bundle or a SavedModel "
                  "into it");
  }
  if (cases.empty() && options.require_cases) {
    throw Refusal(
        "unproved",
        "has no golden cases, which --require-cases asks for; export a bundle with cases");
  }
  const auto model = std::make_shared<const Model>(bundle ? Model::load(*bundle, options.load)
                                                          : Model::load(folder, options.load));
  prove(*model, cases);
  LoadedModel loaded;
  loaded.cases = cases.size();
  for (const Signature& signature : model->signatures()) {
    const auto run = [model, &signature](const TensorMap& inputs) { return signature.run(inputs); };
    loaded.signatures.push_back(
        with_batches({signature.spec(), run, {}}, cases, options.max_batch_size));
  }
  return loaded;
}

}  // namespace

LoadedModel load_model(const std::string& folder, const ModelOptions& options) {
  try {
    return load(folder, options);
  } catch (const Error& error) {
    throw Refusal(error_kind_name(error.code()), error.what());
  }
}

}  // namespace modelparity::server
