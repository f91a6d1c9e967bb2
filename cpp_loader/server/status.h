// What an error is called on the wire.
#pragma once

#include <grpcpp/support/status.h>

#include <exception>
#include <string>

#include "modelparity/error.h"

namespace modelparity::server {

// An error that is the server's own, such as an unknown model.
class StatusError : public std::exception {
 public:
  StatusError(grpc::StatusCode code, std::string message) : status_(code, std::move(message)) {}

  const grpc::Status& status() const { return status_; }
  const char* what() const noexcept override { return status_message_.c_str(); }

 private:
  grpc::Status status_;
  std::string status_message_ = status_.error_message();
};

// The status of whatever a request failed with: StatusError, Error, a corrupt message, ...
grpc::Status status_of(const std::exception_ptr& error);

// "INVALID_ARGUMENT".
const char* status_code_name(grpc::StatusCode code);

// "checksum_mismatch".
const char* error_kind_name(ErrorKind kind);

}  // namespace modelparity::server
