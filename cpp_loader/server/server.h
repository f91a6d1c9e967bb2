// The whole server: a repository, its service on a port, and its metrics on another.
//
//   Server server(options);
//   server.port();                 // where clients find it
//   server.drain(30s);
//
// Ownership: the Server owns its threads and ends them when it is destroyed, which waits for runs
// that are under way.
//
// Thread-safety: one thread makes, drains and destroys it.
#pragma once

#include <chrono>
#include <memory>

#include "server/load_model.h"
#include "server/options.h"

namespace modelparity::server {

// The version of the project.
const char* server_version();

class Server {
 public:
  // Starts to serve; models follow as they are loaded. Throws Error kUnsupported for options that
  // cannot be, such as a port that is taken.
  explicit Server(const Options& options);

  // The same with models of another kind than load_model()'s.
  Server(const Options& options, ModelLoader load);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // The port of the service.
  int port() const;
  // The port of the metrics; 0: there are none over HTTP.
  int metrics_port() const;

  // Takes no new requests and waits for those under way. False: some were cut off at the timeout.
  bool drain(std::chrono::nanoseconds timeout);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace modelparity::server
