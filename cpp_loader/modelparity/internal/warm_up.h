// The runs before the first request.
#pragma once

#include <vector>

#include "modelparity/bundle.h"
#include "modelparity/model.h"

namespace modelparity::internal {

// Runs each golden case of these signatures `times` times. A signature without one is run with
// zeros, which it may refuse. Throws as Bundle::read_case and Signature::run.
void warm_up(const std::vector<Signature>& signatures, const Bundle& bundle, int times);

// Runs each signature `times` times with zeros, which it may refuse.
void warm_up(const std::vector<Signature>& signatures, int times);

}  // namespace modelparity::internal
