// Requests to the runner and its responses, built and read by hand.
#pragma once

#include <string>
#include <string_view>

#include "modelparity/error.h"

namespace modelparity::testing {

// A serialized RunnerRequest; `field` is the verb's number, `verb` its serialized message.
std::string runner_request(std::uint64_t id, std::uint32_t field, std::string_view verb = "");

// A serialized Load of the bundle of test_bundle.h.
std::string load_half_plus_two(const std::string& bundle, const std::string& scratch);

// A serialized Run of "serving_default" with this x.
std::string run_half_plus_two(float x);

struct RunnerAnswer {
  std::uint64_t id = 0;
  // The number of the result that was set, and its serialized message.
  std::uint32_t result = 0;
  std::string message;
  // Set when the result is an error.
  ErrorKind error_kind = ErrorKind::kUnspecified;
  std::string error_message;
};

// Throws protozero::exception when `response` is no RunnerResponse.
RunnerAnswer read_answer(std::string_view response);

// The only value of the only output of a serialized RunResult.
float only_value(std::string_view run_result);

}  // namespace modelparity::testing
