#include "server/metrics.h"

#include "server/status.h"

namespace modelparity::server {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// From a tiny network to the limit of a patient client, two to three buckets a decade.
const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
const prometheus::Histogram::BucketBoundaries kBatch = {1, 2, 4, 8, 16, 32, 64, 128};

}  // namespace

Metrics::Metrics(const std::string& server_version, const std::string& tensorflow_version)
    : requests_(&BuildCounter()
                     .Name("modelparity_requests_total")
                     .Help("Inference requests that were answered, by status code. Without a "
                           "model: they named none that is served, or could not be read.")
                     .Register(*registry_)),
      seconds_(&BuildHistogram()
                    .Name("modelparity_request_seconds")
                    .Help("Time from the arrival of an inference request to its answer.")
                    .Register(*registry_)),
      batch_requests_(&BuildHistogram()
                           .Name("modelparity_batch_requests")
                           .Help("Requests that were joined into one run.")
                           .Register(*registry_)),
      promotions_(&BuildCounter()
                       .Name("modelparity_promotions_total")
                       .Help("Versions that were put into service.")
                       .Register(*registry_)),
      refusals_(&BuildCounter()
                     .Name("modelparity_refusals_total")
                     .Help("Versions that were not put into service, by kind of reason.")
                     .Register(*registry_)),
      served_version_(&BuildGauge()
                           .Name("modelparity_served_version")
                           .Help("The version that is served; 0: none.")
                           .Register(*registry_)),
      self_test_seconds_(&BuildGauge()
                              .Name("modelparity_self_test_seconds")
                              .Help("Time that the golden cases of the last version took.")
                              .Register(*registry_)),
      waiting_(&BuildGauge()
                    .Name("modelparity_waiting_requests")
                    .Help("Inference requests that wait for a worker.")
                    .Register(*registry_)
                    .Add({})),
      running_(&BuildGauge()
                    .Name("modelparity_running_requests")
                    .Help("Inference requests that a worker runs.")
                    .Register(*registry_)
                    .Add({})),
      stuck_workers_(&BuildGauge()
                          .Name("modelparity_stuck_workers")
                          .Help("Workers that are at a run that outlived its time limit.")
                          .Register(*registry_)
                          .Add({})),
      abandoned_runs_(&BuildCounter()
                           .Name("modelparity_abandoned_runs_total")
                           .Help("Requests that were given up while TensorFlow still ran them.")
                           .Register(*registry_)
                           .Add({})) {
  BuildGauge()
      .Name("modelparity_build_info")
      .Help("1; the labels say which programs these are.")
      .Register(*registry_)
      .Add({{"version", server_version}, {"tensorflow_version", tensorflow_version}})
      .Set(1);
}

void Metrics::count_unroutable(grpc::StatusCode code) {
  requests_->Add({{"code", status_code_name(code)}}).Increment();
}

void Metrics::count_promotion(const std::string& model, std::int64_t version) {
  promotions_->Add({{"model", model}}).Increment();
  served_version_->Add({{"model", model}}).Set(static_cast<double>(version));
}

void Metrics::count_refusal(const std::string& model, const std::string& kind) {
  refusals_->Add({{"model", model}, {"kind", kind}}).Increment();
}

void Metrics::set_self_test(const std::string& model, double seconds) {
  self_test_seconds_->Add({{"model", model}}).Set(seconds);
}

void Metrics::count_unload(const std::string& model) {
  served_version_->Add({{"model", model}}).Set(0);
}

SignatureMetrics::SignatureMetrics(Metrics& metrics, const std::string& model, std::int64_t version,
                                   const std::string& signature)
    : metrics_(&metrics),
      labels_({{"model", model}, {"version", std::to_string(version)}, {"signature", signature}}),
      seconds_(&metrics.seconds_->Add(labels_, kSeconds)),
      batch_requests_(&metrics.batch_requests_->Add(labels_, kBatch)) {}

void SignatureMetrics::count(grpc::StatusCode code, double seconds) {
  {
    const std::lock_guard lock(mutex_);
    prometheus::Counter*& counter = requests_.at(static_cast<std::size_t>(code));
    if (counter == nullptr) {
      auto labels = labels_;
      labels.emplace("code", status_code_name(code));
      counter = &metrics_->requests_->Add(labels);
    }
    counter->Increment();
  }
  seconds_->Observe(seconds);
}

}  // namespace modelparity::server
