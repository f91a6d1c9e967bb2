#include "server/status.h"

#include <new>
#include <protozero/exception.hpp>

namespace modelparity::server {
namespace {

using grpc::StatusCode;

StatusCode code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInputName:
    case ErrorKind::kInputDtype:
    case ErrorKind::kInputShape:
    case ErrorKind::kProtocol:
      return StatusCode::INVALID_ARGUMENT;
    case ErrorKind::kSignatureNotFound:
      return StatusCode::NOT_FOUND;
    case ErrorKind::kUnsupported:
      return StatusCode::UNIMPLEMENTED;
    default:
      return StatusCode::INTERNAL;
  }
}

// A status travels in a header, for which clients have 8 KiB; and encoding may triple it.
constexpr std::size_t kLongestMessage = 2000;

grpc::Status full_status_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const StatusError& own) {
    return own.status();
  } catch (const Error& known) {
    return {code_of(known.code()), known.what()};
  } catch (const protozero::exception& corrupt) {
    return {StatusCode::INVALID_ARGUMENT,
            std::string("request: is corrupt (") + corrupt.what() + "); send a ModelInferRequest"};
  } catch (const std::bad_alloc&) {
    return {StatusCode::RESOURCE_EXHAUSTED,
            "request: there is no memory for its tensors; send smaller ones"};
  } catch (const std::exception& other) {
    return {StatusCode::INTERNAL, other.what()};
  }
}

}  // namespace

grpc::Status status_of(const std::exception_ptr& error) {
  grpc::Status status = full_status_of(error);
  if (status.error_message().size() <= kLongestMessage) return status;
  return {status.error_code(), status.error_message().substr(0, kLongestMessage) + "..."};
}

const char* status_code_name(grpc::StatusCode code) {
  switch (code) {
    case StatusCode::OK:
      return "OK";
    case StatusCode::CANCELLED:
      return "CANCELLED";
    case StatusCode::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case StatusCode::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    case StatusCode::NOT_FOUND:
      return "NOT_FOUND";
    case StatusCode::PERMISSION_DENIED:
      return "PERMISSION_DENIED";
    case StatusCode::FAILED_PRECONDITION:
      return "FAILED_PRECONDITION";
    case StatusCode::RESOURCE_EXHAUSTED:
      return "RESOURCE_EXHAUSTED";
    case StatusCode::UNIMPLEMENTED:
      return "UNIMPLEMENTED";
    case StatusCode::INTERNAL:
      return "INTERNAL";
    case StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    default:
      return "UNKNOWN";
  }
}

const char* error_kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kBundleInvalid:
      return "bundle_invalid";
    case ErrorKind::kFileMissing:
      return "file_missing";
    case ErrorKind::kChecksumMismatch:
      return "checksum_mismatch";
    case ErrorKind::kArtifactInvalid:
      return "artifact_invalid";
    case ErrorKind::kArtifactTooLarge:
      return "artifact_too_large";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kRunFailed:
      return "run_failed";
    case ErrorKind::kRuntimeUnavailable:
      return "runtime_unavailable";
    default:
      return "other";
  }
}

}  // namespace modelparity::server
