// modelparity-server: serves a repository of models over gRPC. docs/server.md explains it.

#include <grpc/support/log.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "modelparity/error.h"
#include "modelparity/tensorflow_library.h"
#include "server/log.h"
#include "server/options.h"
#include "server/server.h"
#include "server/service.h"

namespace {

namespace fs = std::filesystem;
namespace server = modelparity::server;
using modelparity::Error;
using modelparity::ErrorKind;

constexpr int kCutOff = 1;
constexpr int kWrongCall = 2;

constexpr const char* kFooter = R"(
Durations are seconds, or have a unit: 500ms, 2m.

Examples:
  modelparity-server models/
  modelparity-server models/ --address 0.0.0.0:8001 --tls-certificate cert.pem --tls-key key.pem
  modelparity-server models/ --max-batch-size 32 --max-batch-delay 2ms --require-cases)";

class CommandLine {
 public:
  CommandLine() {
    app_.footer(kFooter);
    app_.set_version_flag("--version", server::server_version());
    app_.add_option("REPOSITORY", options.repository, "The folder models/<name>/<version>/")
        ->required();
    repository_flags();
    network_flags();
    limit_flags();
    model_flags();
  }

  // Returns an exit status when that is all.
  std::optional<int> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& success) {
      return app_.exit(success);
    } catch (const CLI::ParseError& error) {
      throw Error(ErrorKind::kUnsupported, std::string(error.what()) + "; see --help");
    }
    for (std::string* path : {&options.repository, &options.tls_certificate, &options.tls_key,
                              &options.tls_client_ca, &libtensorflow}) {
      *path = from_users_folder(*path);
    }
    std::error_code unreadable;
    if (!fs::is_directory(options.repository, unreadable)) {
      throw Error(ErrorKind::kFileMissing,
                  "REPOSITORY: " + modelparity::in_quotes(options.repository) +
                      " is no folder that can be read; make it, with "
                      "models in <name>/<version>/");
    }
    return std::nullopt;
  }

  server::Options options;
  std::string libtensorflow;

 private:
  void repository_flags() {
    duration("--poll-interval", options.poll_interval,
             "How often the folder is looked at; 0: at the start and on request only");
    app_.add_flag("--require-cases", options.model.require_cases,
                  "Refuse models with a signature that has no golden case");
    app_.add_flag_callback(
        "--no-repository-control", [this] { options.repository_control = false; },
        "Forbid clients to load and unload models");
  }

  void network_flags() {
    app_.add_option("--address", options.address, "Where to listen; port 0: a free one")
        ->capture_default_str();
    app_.add_option("--metrics-address", options.metrics_address,
                    "Where Prometheus finds the metrics over HTTP; '': nowhere")
        ->capture_default_str();
    auto* const certificate = app_.add_option(
        "--tls-certificate", options.tls_certificate,
        "PEM file with the server's certificate and those that lead to its authority");
    auto* const key = app_.add_option("--tls-key", options.tls_key,
                                      "PEM file with the certificate's private key");
    certificate->needs(key);
    key->needs(certificate);
    app_.add_option(
            "--tls-client-ca", options.tls_client_ca,
            "PEM file with authorities; only clients with a certificate of theirs are let in")
        ->needs(certificate);
    app_.add_flag("--log-requests", options.log_requests, "Log every inference request");
  }

  void limit_flags() {
    number("--workers", options.workers, 1, 4096, "Threads that run models");
    number("--spare-workers", options.spare_workers, 0, 4096,
           "Threads that take the place of those whose run outlives its time limit");
    number("--max-waiting", options.max_waiting, 1, 1 << 20,
           "Requests that may wait for a worker; more are refused");
    app_.add_option("--max-request-bytes", options.max_request_bytes,
                    "Largest request, such as 64MiB")
        ->type_name("BYTES")
        ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false).description(""))
        ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""))
        ->default_str("64MiB");
    duration("--request-timeout", options.request_timeout,
             "Longest time for a request; a client may ask for less", /*least=*/1e-6);
    duration("--drain-timeout", options.drain_timeout,
             "Time for the requests under way to end after SIGTERM");
  }

  void model_flags() {
    number("--max-batch-size", options.model.max_batch_size, 1, 4096,
           "Join requests up to that many rows, where it changes no answer; 1: never");
    duration("--max-batch-delay", options.max_batch_delay,
             "How long requests wait for others, beyond the time for which they wait for a worker");
    number("--warm-up", options.model.load.warm_up, 0, 1000,
           "How often each golden case, or zeros where there is none, is run before a version is "
           "promoted");
    number("--intra-op-threads", options.model.load.intra_op_threads, 0, 4096,
           "Threads that one large operation may be spread over; 0: one a core");
    app_.add_flag_callback(
        "--inter-op-pool", [this] { options.model.load.caller_thread = false; },
        "Run independent branches of a graph side by side; small models get slower");
    app_.add_option("--libtensorflow", libtensorflow,
                    "libtensorflow, or its folder; without it MODELPARITY_LIBTENSORFLOW and the "
                    "usual places are searched");
  }

  template <typename Number>
  void number(const std::string& flag, Number& value, int least, int most,
              const std::string& description) {
    app_.add_option(flag, value, description)
        ->type_name("N")
        ->check(CLI::Range(least, most).description(""))
        ->capture_default_str();
  }

  void duration(const std::string& flag, std::chrono::nanoseconds& value,
                const std::string& description, double least = 0) {
    const std::map<std::string, double> units = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}};
    app_.add_option_function<double>(
            flag,
            [&value](double seconds) {
              value = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
            },
            description)
        ->type_name("DURATION")
        ->transform(
            CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::CASE_SENSITIVE).description(""))
        ->check(CLI::Range(least, 1e6).description(""))
        ->default_str(server::seconds_text(value));
  }

  // Paths are relative to where the user stands, which is not where `bazel run` starts us.
  static std::string from_users_folder(const std::string& path) {
    const char* const folder = std::getenv("BUILD_WORKING_DIRECTORY");
    return folder == nullptr || path.empty() ? path : (fs::path(folder) / path).string();
  }

  CLI::App app_{"Serves TensorFlow models over gRPC (Open Inference Protocol v2).",
                server::kServerName};
};

// The library that Bazel puts beside the program, for `bazel run`.
std::string bazels_libtensorflow() {
  const bool is_bazel_run = std::getenv("BUILD_WORKSPACE_DIRECTORY") != nullptr;
  return is_bazel_run && std::getenv("MODELPARITY_LIBTENSORFLOW") == nullptr ? "../tensorflow_c"
                                                                             : "";
}

void open_tensorflow(const std::string& path) {
  // The log is one JSON object a line; TensorFlow's own messages are not.
  ::setenv("TF_CPP_MIN_LOG_LEVEL", "3", /*replace=*/0);
  server::log_what_is_printed("tensorflow", [&] {
    modelparity::open_tensorflow(path.empty() ? bazels_libtensorflow() : path);
  });
}

// SIGTERM and SIGINT; no thread takes them but who waits for them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

const char* wait_for_signal(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  return signal == SIGTERM ? "SIGTERM" : "SIGINT";
}

// Ends the process at a second signal, or when something keeps it from an orderly end.
void end_at_last(const sigset_t& signals, std::chrono::nanoseconds drain_timeout) {
  constexpr std::chrono::seconds kGrace(5);
  const auto limit = std::chrono::duration_cast<std::chrono::seconds>(drain_timeout) + kGrace;
  const timespec time = {limit.count(), 0};
  sigtimedwait(&signals, nullptr, &time);
  ::_exit(kCutOff);
}

void log_grpc(gpr_log_func_args* message) {
  const server::LogFields fields = {
      {"file", message->file}, {"line", message->line}, {"text", message->message}};
  if (message->severity == GPR_LOG_SEVERITY_ERROR) {
    server::log_error("grpc", fields);
  } else {
    server::log_info("grpc", fields);
  }
}

int serve(const server::Options& options) {
  gpr_set_log_function(log_grpc);
  const sigset_t signals = block_signals();
  server::Server running(options);
  server::log_info("listening", {{"address", options.address},
                                 {"port", running.port()},
                                 {"metrics_address", options.metrics_address},
                                 {"metrics_port", running.metrics_port()},
                                 {"repository", options.repository},
                                 {"version", server::server_version()},
                                 {"tensorflow_version", modelparity::tensorflow_version()}});
  server::log_info("draining", {{"signal", wait_for_signal(signals)}});
  std::thread(end_at_last, signals, options.drain_timeout).detach();
  const bool complete = running.drain(options.drain_timeout);
  server::log_info("stopped", {{"complete", complete}});
  // A destructor would wait for a run that TensorFlow is still at.
  ::_exit(complete ? EXIT_SUCCESS : kCutOff);
}

}  // namespace

int main(int argc, char** argv) try {
  // Who read the log may be gone; clients are still answered.
  ::signal(SIGPIPE, SIG_IGN);
  CommandLine command_line;
  if (const auto status = command_line.parse(argc, argv)) return *status;
  open_tensorflow(command_line.libtensorflow);
  return serve(command_line.options);
} catch (const std::exception& error) {
  std::cerr << server::kServerName << ": " << error.what() << "\n";
  return kWrongCall;
}
