#include "server/load_model.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "modelparity/bundle.h"
#include "modelparity/model.h"
#include "server/repository.h"
#include "server/status.h"
#include "server/timers.h"

namespace modelparity::server {
namespace {

namespace fs = std::filesystem;

// How long the measurement of a signature may take.
constexpr std::chrono::seconds kBatchRuleTime(60);

// Throws when a golden case does not pass.
void expect_passed(const SelfTest& result) {
  for (const CaseResult& golden : result.cases) {
    if (golden.verdict == Verdict::kMatch) continue;
    throw Refusal("case_failed", "case " + in_quotes(golden.signature + "/" + golden.name) + ": " +
                                     golden.message + " (" + result.summary() + ")");
  }
}

std::vector<TensorMap> golden_inputs(const Bundle& bundle, const std::string& signature) {
  std::vector<TensorMap> inputs;
  for (const CaseFile& file : bundle.manifest().cases) {
    if (file.signature == signature) inputs.push_back(bundle.read_case(file).inputs);
  }
  return inputs;
}

LoadedModel load(const std::string& folder, const ModelOptions& options) {
  std::error_code unreadable;
  std::optional<Bundle> bundle;
  if (fs::exists(fs::path(folder) / kManifestFile, unreadable)) {
    bundle = Bundle::open(folder);
  } else if (!fs::exists(fs::path(folder) / "saved_model.pb", unreadable)) {
    throw Refusal("empty",
                  "holds neither manifest.json nor saved_model.pb; put a bundle or a SavedModel "
                  "into it");
  }
  const auto model = std::make_shared<const Model>(bundle ? Model::load(*bundle, options.load)
                                                          : Model::load(folder, options.load));
  if (model->signatures().empty()) {
    throw Refusal("unsupported",
                  "has no signature, so that there is nothing to ask it; export it with at least "
                  "one, such as serving_default");
  }
  LoadedModel loaded;
  if (bundle) {
    const Clock::time_point begin = Clock::now();
    const SelfTest result = model->self_test();
    expect_passed(result);
    loaded.proved = result.ok() && result.unverified.empty();
    if (result.ok()) loaded.proof = result.summary();
    loaded.self_test_time = Clock::now() - begin;
  }
  if (!loaded.proved && options.require_cases) {
    throw Refusal("unproved", loaded.proof +
                                  "; --require-cases asks for a golden case of every signature: "
                                  "export a bundle with them");
  }
  for (const Signature& signature : model->signatures()) {
    LoadedSignature& added = loaded.signatures.emplace_back();
    added.spec = signature.spec();
    added.run = [model, &signature](const TensorMap& inputs) { return signature.run(inputs); };
    if (options.max_batch_size < 2) continue;
    added.batches = BatchRule::measure(
        added.run, bundle ? golden_inputs(*bundle, signature.name()) : std::vector<TensorMap>(),
        options.max_batch_size, kBatchRuleTime);
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
