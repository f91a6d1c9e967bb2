// What the server can be told; docs/server.md explains each.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

#include "server/load_model.h"

namespace modelparity::server {

struct Options {
  // The folder models/<name>/<version>/.
  std::string repository;
  std::chrono::nanoseconds poll_interval = std::chrono::seconds(1);
  bool repository_control = true;

  // Port 0: a free one.
  std::string address = "127.0.0.1:8001";
  // Empty: no metrics over HTTP.
  std::string metrics_address = "127.0.0.1:8002";

  // PEM files. Empty certificate: no TLS; empty client authorities: any client is let in.
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;

  std::size_t workers = std::max(1u, std::thread::hardware_concurrency());
  std::size_t spare_workers = workers;
  std::size_t max_waiting = 1024;
  std::size_t max_request_bytes = std::size_t{64} << 20;
  std::chrono::nanoseconds request_timeout = std::chrono::seconds(60);
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds(30);
  bool log_requests = false;

  // How long requests that can be joined wait for each other. 0: as long as they wait for a worker.
  std::chrono::nanoseconds max_batch_delay{0};
  // TensorFlow runs in our workers: handing over to its own pool costs more than a small model.
  ModelOptions model = [] {
    ModelOptions model;
    model.load.caller_thread = true;
    model.load.warm_up = 1;
    return model;
  }();
};

}  // namespace modelparity::server
