#include "server/load_model.h"

#include <filesystem>
#include <memory>
#include <optional>

#include "modelparity/model.h"
#include "server/repository.h"
#include "server/status.h"

namespace modelparity::server {
namespace {

namespace fs = std::filesystem;

// Throws when a golden case does not pass; returns how many did.
std::size_t prove(const Bundle& bundle, const Model& model) {
  for (const CaseFile& file : bundle.manifest().cases) {
    const Case golden = bundle.read_case(file);
    model.signature(golden.signature).run(golden.inputs);
  }
  return bundle.manifest().cases.size();
}

LoadedModel load(const std::string& folder, const LoadOptions& options, bool require_cases) {
  std::error_code unreadable;
  std::optional<Bundle> bundle;
  if (fs::exists(fs::path(folder) / kManifestFile, unreadable)) {
    bundle = Bundle::open(folder);
  } else if (!fs::exists(fs::path(folder) / "saved_model.pb", unreadable)) {
    throw Refusal("empty",
                  "holds neither manifest.json nor saved_model.pb; put a bundle or a "
                  "SavedModel into it");
  }
  const auto model = std::make_shared<const Model>(bundle ? Model::load(*bundle, options)
                                                          : Model::load(folder, options));
  LoadedModel loaded;
  if (bundle) loaded.cases = prove(*bundle, *model);
  if (loaded.cases == 0 && require_cases) {
    throw Refusal("unproved",
                  "has no golden cases, which --require-cases asks for; export it "
                  "as a bundle with cases");
  }
  for (const Signature& signature : model->signatures()) {
    loaded.signatures.push_back({signature.spec(), [model, &signature](const TensorMap& inputs) {
                                   return signature.run(inputs);
                                 }});
  }
  return loaded;
}

}  // namespace

LoadedModel load_model(const std::string& folder, const LoadOptions& options, bool require_cases) {
  try {
    return load(folder, options, require_cases);
  } catch (const Error& error) {
    throw Refusal(error_kind_name(error.code()), error.what());
  }
}

}  // namespace modelparity::server
