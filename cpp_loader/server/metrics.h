// What the server counts, for Prometheus; docs/server.md says what each means.
//
// Labels are models, versions and signatures that the repository has, never names from a request:
// what clients send cannot make the number of time series grow.
//
// Ownership: Metrics owns all series, and outlives what it hands out.
//
// Thread-safety: every function may be called from any thread.
#pragma once

#include <grpcpp/support/status.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace modelparity::server {

class Metrics {
 public:
  Metrics(const std::string& server_version, const std::string& tensorflow_version);

  // What an Exposer is given.
  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

  // Requests that found no signature to count them.
  void count_unroutable(grpc::StatusCode code);

  void count_promotion(const std::string& model, std::int64_t version);
  void count_refusal(const std::string& model, const std::string& kind);
  void set_self_test(const std::string& model, double seconds);
  // The model serves no version any more.
  void count_unload(const std::string& model);

  prometheus::Gauge& waiting() { return *waiting_; }
  prometheus::Gauge& running() { return *running_; }
  prometheus::Gauge& stuck_workers() { return *stuck_workers_; }
  prometheus::Counter& abandoned_runs() { return *abandoned_runs_; }

 private:
  friend class SignatureMetrics;

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>* requests_;
  prometheus::Family<prometheus::Histogram>* seconds_;
  prometheus::Family<prometheus::Histogram>* batch_requests_;
  prometheus::Family<prometheus::Counter>* promotions_;
  prometheus::Family<prometheus::Counter>* refusals_;
  prometheus::Family<prometheus::Gauge>* served_version_;
  prometheus::Family<prometheus::Gauge>* self_test_seconds_;
  prometheus::Gauge* waiting_;
  prometheus::Gauge* running_;
  prometheus::Gauge* stuck_workers_;
  prometheus::Counter* abandoned_runs_;
};

// The series of one signature of a version that is served. They stay when another version takes its
// place, as those that count have to.
class SignatureMetrics {
 public:
  SignatureMetrics(Metrics& metrics, const std::string& model, std::int64_t version,
                   const std::string& signature);

  void count(grpc::StatusCode code, double seconds);
  void count_batch(std::size_t requests) {
    batch_requests_->Observe(static_cast<double>(requests));
  }

 private:
  static constexpr std::size_t kCodes = grpc::StatusCode::UNAUTHENTICATED + 1;

  Metrics* metrics_;
  prometheus::Labels labels_;
  std::mutex mutex_;
  // By status code; null: none of these yet.
  std::array<prometheus::Counter*, kCodes> requests_{};
  prometheus::Histogram* seconds_;
  prometheus::Histogram* batch_requests_;
};

}  // namespace modelparity::server
