#include "server/server.h"

#include <grpcpp/grpcpp.h>
#include <prometheus/exposer.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "modelparity/error.h"
#include "modelparity/tensorflow_library.h"
#include "server/infer_call.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/repository.h"
#include "server/service.h"

namespace modelparity::server {
namespace {

std::string file_content(const char* flag, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file || content.str().empty()) {
    throw Error(ErrorKind::kFileMissing, std::string(flag) + ": file " + in_quotes(path) +
                                             " cannot be read; name a PEM file");
  }
  return content.str();
}

std::shared_ptr<grpc::ServerCredentials> credentials(const Options& options) {
  if (options.tls_certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({file_content("--tls-key", options.tls_key),
                                    file_content("--tls-certificate", options.tls_certificate)});
  if (!options.tls_client_ca.empty()) {
    tls.pem_root_certs = file_content("--tls-client-ca", options.tls_client_ca);
    tls.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(tls);
}

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

// In the order in which they need each other.
struct Server::Parts {
  Parts(const Options& options, ModelLoader load);

  std::shared_ptr<const Serving> serve(const std::string& model, std::int64_t version,
                                       LoadedModel loaded);
  void listen(const Options& options);
  void expose_metrics(const std::string& address);

  const std::chrono::nanoseconds max_batch_delay;
  Metrics metrics;
  Timers timers;
  Repository repository;
  InferContext infer;
  Service service;
  std::unique_ptr<prometheus::Exposer> exposer;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

Server::Parts::Parts(const Options& options, ModelLoader load)
    : max_batch_delay(options.max_batch_delay),
      metrics(server_version(), tensorflow_version()),
      repository(
          {options.repository, options.poll_interval},
          [this, load = std::move(load)](const std::string& model, std::int64_t version,
                                         const std::string& path) {
            return serve(model, version, load(path));
          },
          metrics),
      infer{repository,
            metrics,
            timers,
            options.request_timeout,
            options.max_waiting,
            options.log_requests,
            0,
            0,
            {options.workers, options.spare_workers, &metrics.stuck_workers()}},
      service({server_version(), options.repository, options.repository_control}, repository,
              infer) {
  expose_metrics(options.metrics_address);
  listen(options);
  repository.start();
}

std::shared_ptr<const Serving> Server::Parts::serve(const std::string& model, std::int64_t version,
                                                    LoadedModel loaded) {
  auto serving = std::make_shared<Serving>();
  serving->model = model;
  serving->version = version;
  if (!loaded.proved) serving->remark = loaded.proof;
  log_info("loaded", {{"model", model},
                      {"version", version},
                      {"proof", loaded.proof},
                      {"self_test_seconds", seconds_of(loaded.self_test_time)}});
  metrics.set_self_test(model, seconds_of(loaded.self_test_time));
  for (LoadedSignature& signature : loaded.signatures) {
    const std::string& name = signature.spec.name;
    if (!signature.batches.remark().empty()) {
      log_info("batching", {{"model", model},
                            {"version", version},
                            {"signature", name},
                            {"remark", signature.batches.remark()}});
    }
    Endpoint endpoint;
    endpoint.metrics = std::make_unique<SignatureMetrics>(metrics, model, version, name);
    endpoint.batcher =
        std::make_shared<Batcher>(std::move(signature.run), std::move(signature.batches),
                                  max_batch_delay, infer.workers, timers, *endpoint.metrics);
    endpoint.spec = std::move(signature.spec);
    serving->endpoints.push_back(std::move(endpoint));
  }
  return serving;
}

void Server::Parts::listen(const Options& options) {
  grpc::ServerBuilder builder;
  // A port that is taken is an error, not a port that is shared.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_request_bytes));
  builder.AddListeningPort(options.address, credentials(options), &port);
  builder.RegisterService(&service);
  server = builder.BuildAndStart();
  if (!server || port == 0) {
    throw Error(ErrorKind::kUnsupported,
                "--address: cannot listen on " + in_quotes(options.address) + "; name a free port" +
                    (options.tls_certificate.empty() ? "" : ", and TLS files that fit"));
  }
}

void Server::Parts::expose_metrics(const std::string& address) {
  if (address.empty()) return;
  try {
    exposer = std::make_unique<prometheus::Exposer>(address);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kUnsupported, "--metrics-address: cannot listen on " +
                                             in_quotes(address) +
                                             "; name a free port, or '' for none");
  }
  exposer->RegisterCollectable(metrics.registry());
}

const char* server_version() { return MODELPARITY_VERSION; }

Server::Server(const Options& options)
    : Server(options, [model = options.model](const std::string& folder) {
        return load_model(folder, model);
      }) {}

Server::Server(const Options& options, ModelLoader load)
    : parts_(std::make_unique<Parts>(options, std::move(load))) {}

Server::~Server() = default;

int Server::port() const { return parts_->port; }

int Server::metrics_port() const {
  return parts_->exposer ? parts_->exposer->GetListeningPorts().front() : 0;
}

bool Server::drain(std::chrono::nanoseconds timeout) {
  parts_->service.drain();
  // gRPC takes a time of the system's clock, which may be set meanwhile; how long it took, another
  // clock tells.
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t cancelled = parts_->infer.cancelled;
  parts_->server->Shutdown(
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::system_clock::duration>(timeout));
  // An idle server has nothing to cut off, however short the time.
  return std::chrono::steady_clock::now() - begin < timeout || parts_->infer.cancelled == cancelled;
}

}  // namespace modelparity::server
