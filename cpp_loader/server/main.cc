// modelparity-server: serves a repository of models over gRPC.

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <thread>

#include "modelparity/error.h"
#include "modelparity/tensorflow_library.h"
#include "server/log.h"
#include "server/options.h"
#include "server/server.h"
#include "server/service.h"
#include "server/version.h"

namespace {

namespace fs = std::filesystem;
using modelparity::server::LogFields;
using modelparity::server::Options;

constexpr int kCutOff = 1;
constexpr int kWrongCall = 2;

// Paths are relative to where the user stands, which is not where `bazel run` starts us.
std::string from_users_folder(const std::string& path) {
  const char* const folder = std::getenv("BUILD_WORKING_DIRECTORY");
  return folder == nullptr || path.empty() ? path : (fs::path(folder) / path).string();
}

// SIGTERM and SIGINT, which no thread takes but wait_for_signal()'s.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

std::string wait_for_signal(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  return signal == SIGTERM ? "SIGTERM" : "SIGINT";
}

int serve(const Options& options) {
  const sigset_t signals = block_signals();
  modelparity::server::Server server(options);
  modelparity::server::log_info("listening", {{"port", server.port()},
                                              {"address", options.address},
                                              {"repository", options.repository},
                                              {"tensorflow", modelparity::tensorflow_version()},
                                              {"version", modelparity::server::kServerVersion}});
  modelparity::server::log_info("draining", {{"signal", wait_for_signal(signals)}});
  std::thread([&signals] {
    wait_for_signal(signals);
    ::_exit(kCutOff);
  }).detach();
  const bool complete = server.drain(options.drain_timeout);
  modelparity::server::log_info("stopped", {{"complete", complete}});
  // Runs that TensorFlow is still at would hold up an orderly end.
  ::_exit(complete ? EXIT_SUCCESS : kCutOff);
}

}  // namespace

int main(int argc, char** argv) try {
  // Standard error is the log, one JSON object a line.
  ::setenv("TF_CPP_MIN_LOG_LEVEL", "3", /*replace=*/0);
  Options options;
  std::string libtensorflow;
  CLI::App app("Serves TensorFlow models over gRPC (Open Inference Protocol v2).",
               modelparity::server::kServerName);
  app.add_option("REPOSITORY", options.repository, "The folder models/<name>/<version>/")
      ->required();
  app.add_option("--address", options.address, "Where to listen; port 0: a free one")
      ->capture_default_str();
  app.add_option("--metrics-address", options.metrics_address)->capture_default_str();
  app.add_option("--libtensorflow", libtensorflow);
  CLI11_PARSE(app, argc, argv);
  options.load.caller_thread = true;
  options.repository = from_users_folder(options.repository);
  modelparity::open_tensorflow(libtensorflow);
  return serve(options);
} catch (const std::exception& error) {
  std::cerr << modelparity::server::kServerName << ": " << error.what() << "\n";
  return kWrongCall;
}
