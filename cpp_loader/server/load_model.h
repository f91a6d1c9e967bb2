// Loads the model of a version folder, and proves that it answers as it did to its author.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "modelparity/load_options.h"
#include "modelparity/signature.h"
#include "server/batcher.h"

namespace modelparity::server {

struct LoadedSignature {
  SignatureSpec spec;
  RunFunction run;
};

struct LoadedModel {
  std::vector<LoadedSignature> signatures;
  // Golden cases that it passed; 0: it has none.
  std::size_t cases = 0;
};

using ModelLoader = std::function<LoadedModel(const std::string& folder)>;

// `folder` holds a bundle or a SavedModel. Throws Refusal: there is neither, it cannot be loaded,
// one of its golden cases does not pass, or it has none though `require_cases`.
LoadedModel load_model(const std::string& folder, const LoadOptions& options, bool require_cases);

}  // namespace modelparity::server
