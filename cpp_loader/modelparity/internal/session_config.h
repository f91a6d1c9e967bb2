// What the C API takes as serialized messages: the configuration of a session, and of a run.
#pragma once

#include <cstdint>
#include <string>

#include "modelparity/load_options.h"

namespace modelparity::internal {

// A ConfigProto for a model whose graph file has `graph_size` bytes; 0: its constants are no part
// of it. Throws Error kUnsupported for a device that is neither "CPU" nor "GPU:<number>", or
// a negative number of threads.
std::string session_config(const LoadOptions& options, std::uintmax_t graph_size);

// A RunOptions. Empty: TensorFlow's defaults.
std::string run_options(const LoadOptions& options);

}  // namespace modelparity::internal
