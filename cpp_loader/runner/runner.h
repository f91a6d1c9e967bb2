// What the runner `tensorflow-c` does with a request, apart from the frames around it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modelparity/error.h"
#include "modelparity/internal/inference.h"
#include "modelparity/model.h"

namespace modelparity::runner {

// A serialized RunnerResponse that holds an error.
std::string error_response(std::uint64_t id, ErrorKind kind, std::string_view message);

class Runner {
 public:
  // `libtensorflow` as in open_tensorflow(); the library is opened by the first request that needs
  // it.
  explicit Runner(std::string libtensorflow) : libtensorflow_(std::move(libtensorflow)) {}

  // A serialized RunnerRequest to a serialized RunnerResponse. Whatever fails becomes an error
  // response; nothing is thrown.
  std::string answer(std::string_view request);

 private:
  std::string load(std::string_view message);
  std::string describe() const;
  std::string run(std::string_view message) const;

  std::string libtensorflow_;
  std::optional<Model> model_;
  internal::Overflow overflow_;
};

}  // namespace modelparity::runner
