// A model version that answers requests, and its signatures.
//
// What runs it is not said here: TensorFlow in the server, anything else in tests and benchmarks.
//
// Ownership: who runs a request holds the Serving; it lives on for these when another version takes
// its place.
//
// Thread-safety: constant once it is served.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modelparity/signature.h"
#include "modelparity/tensor.h"
#include "server/batcher.h"
#include "server/metrics.h"

namespace modelparity::server {

// What a request is sent to.
struct Endpoint {
  SignatureSpec spec;
  std::unique_ptr<SignatureMetrics> metrics;
  std::shared_ptr<Batcher> batcher;
};

struct Serving {
  std::string model;
  std::int64_t version = 0;
  // "" or what a user of the index should know about it.
  std::string remark;
  // By name of the signature.
  std::vector<Endpoint> endpoints;

  // Whether a client that asks for that version ("": for any) is answered.
  bool answers_to(std::string_view wanted) const;

  // Throws StatusError NOT_FOUND when it is not.
  void check_version(std::string_view wanted) const;

  // Throws StatusError NOT_FOUND when there is none of that name.
  const Endpoint& endpoint(std::string_view signature) const;
};

}  // namespace modelparity::server
