// modelparity-server without TensorFlow's runs: each request is answered with zeros.
//
//   idle_server REPOSITORY
//
// What it serves per second is what gRPC and the server's own work leave to a model.

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include "modelparity/model.h"
#include "server/log.h"
#include "server/server.h"

namespace modelparity::benchmarks {
namespace {

// The model's signature, without the model.
server::LoadedModel load_idle_model(const std::string& folder) {
  const auto model = Model::load(folder);
  server::LoadedSignature signature;
  signature.spec = model.signature().spec();
  signature.run = [outputs = model.signature().outputs()](const TensorMap&) {
    TensorMap results;
    for (const TensorSpec& spec : outputs) {
      Shape shape = spec.shape;
      std::replace(shape.begin(), shape.end(), std::int64_t{-1}, std::int64_t{1});
      results[spec.name] = Tensor::zeros(spec.dtype, shape);
    }
    return results;
  };
  server::LoadedModel loaded;
  loaded.signatures.push_back(std::move(signature));
  return loaded;
}

}  // namespace
}  // namespace modelparity::benchmarks

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: idle_server REPOSITORY\n";
    return 2;
  }
  modelparity::server::Options options;
  options.repository = argv[1];
  options.address = "127.0.0.1:0";
  options.metrics_address = "";
  modelparity::server::Server server(options, modelparity::benchmarks::load_idle_model);
  modelparity::server::log_info("listening", {{"port", server.port()}});
  ::pause();
} catch (const std::exception& error) {
  std::cerr << "idle_server: " << error.what() << "\n";
  return 1;
}
