#include "server/infer_call.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "modelparity/internal/checks.h"
#include "server/log.h"
#include "server/status.h"

namespace modelparity::server {
namespace {

using grpc::StatusCode;

// Calls `read` with the bytes of a message, which are copied only when they came in pieces.
template <typename Read>
void with_bytes(const grpc::ByteBuffer& buffer, Read read) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok()) {
    read(std::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()));
  } else {
    // A message without a byte has no slice.
    read(std::string_view());
  }
}

// The bytes themselves, without a copy.
grpc::ByteBuffer buffer_of(std::string bytes) {
  auto owner = std::make_unique<std::string>(std::move(bytes));
  char* const data = owner->data();
  const std::size_t size = owner->size();
  const auto release = [](void* held) { delete static_cast<std::string*>(held); };
  const grpc::Slice slice(data, size, release, owner.release());
  return {&slice, 1};
}

// Takes the outputs away that were not asked for.
void keep_requested(const std::vector<std::string>& requested, TensorMap& outputs) {
  if (requested.empty()) return;
  for (auto output = outputs.begin(); output != outputs.end();) {
    const bool keep =
        std::find(requested.begin(), requested.end(), output->first) != requested.end();
    output = keep ? std::next(output) : outputs.erase(output);
  }
}

void check_requested(const std::vector<std::string>& requested, const SignatureSpec& signature) {
  const auto name_of = [](const TensorSpec& output) { return output.name; };
  for (const std::string& name : requested) {
    const bool known = std::any_of(signature.outputs.begin(), signature.outputs.end(),
                                   [&](const TensorSpec& output) { return output.name == name; });
    if (known) continue;
    throw StatusError(StatusCode::INVALID_ARGUMENT,
                      "output " + in_quotes(name) + ": unknown, signature " +
                          in_quotes(signature.name) + " gives " +
                          list_in_quotes(signature.outputs, name_of, "") + "; ask for these");
  }
}

}  // namespace

grpc::ServerUnaryReactor* InferCall::start(InferContext& context,
                                           const grpc::CallbackServerContext& call,
                                           const grpc::ByteBuffer& request,
                                           grpc::ByteBuffer& response) {
  const auto self = std::make_shared<InferCall>(context, response);
  self->self_ = self;
  self->accept(call, request);
  return self.get();
}

void InferCall::accept(const grpc::CallbackServerContext& call, const grpc::ByteBuffer& request) {
  try {
    with_bytes(request,
               [&](std::string_view bytes) { request_ = internal::decode_request(bytes); });
    route();
  } catch (...) {
    end(status_of(std::current_exception()));
    return;
  }
  if (context_->waiting.fetch_add(1) >= context_->max_waiting) {
    --context_->waiting;
    end({StatusCode::RESOURCE_EXHAUSTED,
         "server: " + std::to_string(context_->max_waiting) +
             " requests wait already, which is its limit (--max-waiting); try again later"});
    return;
  }
  context_->metrics.waiting().Increment();
  // gRPC's clock is the system's, and "no limit" is beyond what can be added to ours.
  const auto client_limit = call.deadline() - std::chrono::system_clock::now();
  time_limit_ = std::min<std::chrono::nanoseconds>(context_->time_limit, client_limit);
  {
    const std::lock_guard lock(mutex_);
    state_ = State::kWaiting;
    timer_ = context_->timers.at(arrived_ + time_limit_, [self = self_] { self->expire(); });
  }
  endpoint_->batcher->add(shared_from_this());
}

void InferCall::route() {
  serving_ = context_->repository.serving(request_.model_name);
  serving_->check_version(request_.model_version);
  request_.model_version = std::to_string(serving_->version);
  endpoint_ = &serving_->endpoint(request_.signature);
  check_requested(request_.outputs, endpoint_->spec);
  internal::checked_inputs(endpoint_->spec, request_.inputs);
}

bool InferCall::start() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kWaiting) return false;
    state_ = State::kRunning;
    worker_ = WorkerPool::current();
  }
  --context_->waiting;
  context_->metrics.waiting().Decrement();
  context_->metrics.running().Increment();
  return true;
}

void InferCall::succeed(TensorMap outputs) {
  std::string response;
  try {
    keep_requested(request_.outputs, outputs);
    response = internal::encode_response(request_, outputs);
  } catch (...) {
    fail(std::current_exception());
    return;
  }
  end(grpc::Status::OK, std::move(response));
}

void InferCall::fail(const std::exception_ptr& error) { end(status_of(error)); }

void InferCall::OnCancel() { give_up({StatusCode::CANCELLED, "the client is gone"}); }

void InferCall::expire() {
  give_up({StatusCode::DEADLINE_EXCEEDED, "model " + in_quotes(request_.model_name) +
                                              ": no answer within " + seconds_text(time_limit_) +
                                              "; allow more time, or ask for less"});
}

void InferCall::give_up(const grpc::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    // As long as the call runs, its worker is there.
    if (state_ == State::kRunning) {
      context_->workers.replace(worker_);
      context_->metrics.abandoned_runs().Increment();
    }
  }
  end(status);
}

void InferCall::end(const grpc::Status& status, std::string response) {
  State before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(state_, State::kEnded);
  }
  if (before == State::kEnded) return;
  if (before == State::kWaiting) {
    --context_->waiting;
    context_->metrics.waiting().Decrement();
  }
  if (before == State::kRunning) context_->metrics.running().Decrement();
  if (before != State::kNew) context_->timers.cancel(timer_);
  if (status.error_code() == StatusCode::CANCELLED) ++context_->cancelled;

  const double seconds = std::chrono::duration<double>(Clock::now() - arrived_).count();
  if (endpoint_ != nullptr) {
    endpoint_->metrics->count(status.error_code(), seconds);
  } else {
    context_->metrics.count_unroutable(status.error_code());
  }
  if (context_->log_requests) {
    log_info("request", {{"model", request_.model_name},
                         {"version", request_.model_version},
                         {"signature", request_.signature},
                         {"id", request_.id},
                         {"code", status_code_name(status.error_code())},
                         {"message", status.error_message()},
                         {"seconds", seconds}});
  }
  if (status.ok()) *response_ = buffer_of(std::move(response));
  Finish(status);
}

}  // namespace modelparity::server
