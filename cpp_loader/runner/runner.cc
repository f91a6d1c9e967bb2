#include "runner/runner.h"

#include <chrono>
#include <future>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "modelparity/internal/message_reader.h"
#include "modelparity/tensorflow_library.h"
#include "modelparity/v1/runner.tags.h"
#include "runner/frames.h"
#include "runner/manifest_wire.h"

namespace modelparity::runner {
namespace {

namespace tags = v1::tags;
using internal::MessageReader;
using protozero::pbf_writer;

// What a RunnerResponse has beside its result takes less.
constexpr std::size_t kFrameMargin = 64;

constexpr std::uint64_t kMaxThreads = 64;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A RunnerRequest: which verb, and its message.
struct Request {
  std::uint64_t id = 0;
  protozero::pbf_tag_type verb = 0;
  std::string_view message;
};

void read_request(MessageReader reader, Request& request) {
  while (reader.next()) {
    if (reader.field() == tags::RunnerRequest::kId) {
      request.id = static_cast<std::uint64_t>(reader.integer());
    } else {
      request.verb = reader.field();
      request.message = reader.bytes();
    }
  }
}

std::string response(std::uint64_t id, protozero::pbf_tag_type result, std::string_view message) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_uint64(tags::RunnerResponse::kId, id);
  writer.add_message(result, message.data(), message.size());
  return bytes;
}

}  // namespace

std::string error_response(std::uint64_t id, ErrorKind kind, std::string_view message) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_enum(tags::Error::kKind, static_cast<std::int32_t>(kind));
  writer.add_string(tags::Error::kMessage, message.data(), message.size());
  return response(id, tags::RunnerResponse::kError, bytes);
}

std::string Runner::answer(std::string_view request_message) {
  Request request;
  try {
    read_request(MessageReader(request_message), request);
    switch (request.verb) {
      case tags::RunnerRequest::kLoad:
        return response(request.id, tags::RunnerResponse::kLoaded, load(request.message));
      case tags::RunnerRequest::kDescribe:
        return response(request.id, tags::RunnerResponse::kDescription, describe());
      case tags::RunnerRequest::kRun:
        return response(request.id, tags::RunnerResponse::kRunResult, run(request.message));
      case tags::RunnerRequest::kClose:
        model_.reset();
        return response(request.id, tags::RunnerResponse::kClosed, "");
      default:
        return error_response(request.id, ErrorKind::kProtocol,
                              "request: got none of the verbs load, describe, run and close");
    }
  } catch (const Error& error) {
    return error_response(request.id, error.code(), error.what());
  } catch (const protozero::exception& error) {
    return error_response(request.id, ErrorKind::kProtocol,
                          std::string("request: is corrupt: ") + error.what());
  } catch (const std::exception& error) {
    return error_response(request.id, ErrorKind::kRunFailed,
                          std::string("runner: failed: ") + error.what());
  }
}

std::string Runner::load(std::string_view message) {
  std::string bundle;
  Artifact artifact;
  std::vector<SignatureSpec> signatures;
  internal::Overflow overflow;
  MessageReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case tags::Load::kBundle:
        bundle = reader.text();
        break;
      case tags::Load::kArtifact:
        artifact = read_artifact(reader.message());
        break;
      case tags::Load::kSignatures:
        signatures.push_back(read_signature(reader.message()));
        break;
      case tags::Load::kScratch:
        overflow.folder = reader.text();
        break;
      case tags::Load::kInlineLimit:
        overflow.inline_limit = static_cast<std::uint64_t>(reader.integer());
        break;
      default:
        reader.skip();
    }
  }
  model_.reset();
  open_tensorflow(libtensorflow_);
  const Stopwatch stopwatch;
  model_ = Model::load_artifact(bundle, artifact, signatures);
  const double seconds = stopwatch.seconds();
  overflow_ = std::move(overflow);

  std::string loaded;
  pbf_writer(loaded).add_double(tags::Loaded::kSeconds, seconds);
  return loaded;
}

std::string Runner::describe() const {
  open_tensorflow(libtensorflow_);
  std::string description;
  pbf_writer writer(description);
  writer.add_string(tags::Description::kRuntime, "tensorflow-c");
  writer.add_string(tags::Description::kRuntimeVersion, tensorflow_version());
  if (!model_) return description;
  for (const Signature& signature : model_->signatures()) {
    writer.add_message(tags::Description::kSignatures, write_signature(signature.spec()));
  }
  return description;
}

std::string Runner::run(std::string_view message) const {
  if (!model_) {
    throw Error(ErrorKind::kProtocol, "run: no model is loaded; send load first");
  }
  std::string_view request_message;
  std::uint64_t threads = 1;
  MessageReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case tags::Run::kRequest:
        request_message = reader.bytes();
        break;
      case tags::Run::kThreads:
        threads = static_cast<std::uint64_t>(reader.integer());
        break;
      default:
        reader.skip();
    }
  }
  if (threads > kMaxThreads) {
    throw Error(ErrorKind::kProtocol, "run: got " + std::to_string(threads) + " threads, at most " +
                                          std::to_string(kMaxThreads) + " may be asked for");
  }
  const auto request = internal::decode_request(request_message, internal::Regions::kRead);
  const Signature& signature = model_->signature(request.signature);
  const Stopwatch stopwatch;
  std::vector<std::future<TensorMap>> others;
  for (std::uint64_t thread = 1; thread < threads; ++thread) {
    others.push_back(std::async(std::launch::async, [&] { return signature.run(request.inputs); }));
  }
  const TensorMap outputs = signature.run(request.inputs);
  const double seconds = stopwatch.seconds();

  std::string result;
  pbf_writer writer(result);
  writer.add_message(tags::RunResult::kResponse,
                     internal::encode_response(request, outputs, overflow_));
  writer.add_double(tags::RunResult::kSeconds, seconds);
  for (std::future<TensorMap>& other : others) {
    writer.add_message(tags::RunResult::kOthers,
                       internal::encode_response(request, other.get(), overflow_));
  }
  if (result.size() > kMaxFrameSize - kFrameMargin) {
    throw Error(ErrorKind::kProtocol,
                "response: has " + std::to_string(result.size()) + " bytes, a frame can have " +
                    std::to_string(kMaxFrameSize) + "; load with a lower inline_limit");
  }
  return result;
}

}  // namespace modelparity::runner
