// Loads the model of a version folder, and proves that it answers as it did to its author.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "modelparity/load_options.h"
#include "modelparity/signature.h"
#include "server/batch_rule.h"

namespace modelparity::server {

struct LoadedSignature {
  SignatureSpec spec;
  RunFunction run;
  BatchRule batches;
};

struct LoadedModel {
  std::vector<LoadedSignature> signatures;
  // Whether every signature passed golden cases.
  bool proved = false;
  // What the self-test has to say, in a line.
  std::string proof = "unproved: it has no golden cases";
  std::chrono::nanoseconds self_test_time{};
};

using ModelLoader = std::function<LoadedModel(const std::string& folder)>;

struct ModelOptions {
  LoadOptions load;
  // Refuse models with a signature that has no golden case.
  bool require_cases = false;
  // 1: nothing is joined, and nothing is measured for it.
  std::int64_t max_batch_size = 1;
};

// `folder` holds a bundle or a SavedModel. Throws Refusal: there is neither, it cannot be loaded,
// it has no signature, one of its golden cases does not pass, or a signature has none though they
// are required.
LoadedModel load_model(const std::string& folder, const ModelOptions& options);

}  // namespace modelparity::server
