// Inference requests and responses of the Open Inference Protocol, as serialized messages.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "modelparity/tensor.h"

namespace modelparity::internal {

struct InferRequest {
  std::string model_name;
  std::string model_version;
  std::string id;
  std::string signature = "serving_default";
  TensorMap inputs;
  // Names of the outputs that are asked for; empty: all.
  std::vector<std::string> outputs;
};

// Whether a request may name files of this machine ("shared memory regions") that hold its tensors.
// Only a sender who may read those files anyway should be allowed to.
enum class Regions { kRefuse, kRead };

// Reads a ModelInferRequest. Tensors in regions are mapped, others copied. Throws Error kInputName,
// kInputDtype, kInputShape, kUnsupported, kProtocol, kFileMissing; protozero::exception when the
// message is corrupt.
InferRequest decode_request(std::string_view message, Regions regions = Regions::kRefuse);

// Reads the outputs of a ModelInferResponse. Throws as decode_request(); regions are refused.
TensorMap decode_response(std::string_view message);

// Where tensors go that are too large for the message.
struct Overflow {
  std::string folder;
  std::uint64_t inline_limit = std::numeric_limits<std::uint64_t>::max();
};

// Writes a ModelInferResponse with all of `outputs`; those of more bytes than the limit are written
// to new files in the folder. Throws Error kUnsupported when an output's dtype has no word in the
// protocol, kRunFailed when a file cannot be written.
std::string encode_response(const InferRequest& request, const TensorMap& outputs,
                            const Overflow& overflow = {});

}  // namespace modelparity::internal
