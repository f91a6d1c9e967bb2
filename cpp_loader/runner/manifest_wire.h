// Manifest entries as serialized messages, the way that a runner gets and gives them.
#pragma once

#include <string>

#include "modelparity/internal/message_reader.h"
#include "modelparity/manifest.h"

namespace modelparity::runner {

// Reads a modelparity.v1.Artifact. Throws protozero::exception when it is corrupt.
Artifact read_artifact(internal::MessageReader reader);

// Reads a modelparity.v1.Signature. Throws Error kUnsupported for a dtype that is not TensorFlow's,
// protozero::exception when it is corrupt.
SignatureSpec read_signature(internal::MessageReader reader);

// A serialized modelparity.v1.Signature.
std::string write_signature(const SignatureSpec& signature);

}  // namespace modelparity::runner
