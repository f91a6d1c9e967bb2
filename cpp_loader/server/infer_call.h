// One ModelInfer request, from its bytes to its answer.
//
// It ends exactly once: with the answer of its model, an error, its time limit, or because the
// client is gone; whichever is first. A worker that is still at it then goes on alone.
//
// Ownership: gRPC, the worker and the timer share it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "modelparity/internal/inference.h"
#include "server/job.h"
#include "server/metrics.h"
#include "server/repository.h"
#include "server/serving.h"
#include "server/timers.h"
#include "server/worker_pool.h"

namespace modelparity::server {

// What all calls share.
struct InferContext {
  const Repository& repository;
  Metrics& metrics;
  Timers& timers;
  std::chrono::nanoseconds time_limit;
  std::size_t max_waiting;
  bool log_requests;
  std::atomic<std::size_t> waiting;
  // Calls that were cancelled before they had an answer.
  std::atomic<std::size_t> cancelled;
  // Last, so that they end first: what they do needs the rest.
  WorkerPool workers;
};

class InferCall final : public grpc::ServerUnaryReactor,
                        public Job,
                        public std::enable_shared_from_this<InferCall> {
 public:
  // Decodes the request and sends it on its way, or ends it with an error.
  static grpc::ServerUnaryReactor* start(InferContext& context,
                                         const grpc::CallbackServerContext& call,
                                         const grpc::ByteBuffer& request,
                                         grpc::ByteBuffer& response);

  InferCall(InferContext& context, grpc::ByteBuffer& response)
      : context_(&context), response_(&response) {}

  const TensorMap& inputs() const override { return request_.inputs; }
  bool start() override;
  void succeed(TensorMap outputs) override;
  void fail(const std::exception_ptr& error) override;

  void OnCancel() override;
  void OnDone() override { self_.reset(); }

 private:
  enum class State { kNew, kWaiting, kRunning, kEnded };

  void accept(const grpc::CallbackServerContext& call, const grpc::ByteBuffer& request);
  // Finds out who answers, and checks all that can be checked before a worker is asked.
  void route();
  void expire();
  // Ends the call although TensorFlow may be running it; its worker is not waited for.
  void give_up(const grpc::Status& status);
  // Does nothing when the call has ended already.
  void end(const grpc::Status& status, std::string response = "");

  InferContext* context_;
  grpc::ByteBuffer* response_;
  const Clock::time_point arrived_ = Clock::now();
  std::chrono::nanoseconds time_limit_{};
  internal::InferRequest request_;
  std::shared_ptr<const Serving> serving_;
  const Endpoint* endpoint_ = nullptr;

  std::mutex mutex_;
  State state_ = State::kNew;
  Timers::Id timer_;
  WorkerPool::Worker* worker_ = nullptr;
  // Until gRPC is done with it.
  std::shared_ptr<InferCall> self_;
};

}  // namespace modelparity::server
