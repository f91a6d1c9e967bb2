// The runner `tensorflow-c`: requests on stdin, responses on stdout
// (proto/modelparity/v1/runner.proto).

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <system_error>

#include "runner/frames.h"
#include "runner/runner.h"

namespace {

namespace runner = modelparity::runner;

constexpr const char* kPeer = "the harness";

// Answers until the requests end. The first frame that cannot be read is answered with an error and
// ends the runner, since where the next one starts is not known.
void serve(const std::string& libtensorflow, int responses) {
  runner::Runner tensorflow(libtensorflow);
  try {
    while (const auto request = runner::read_frame(STDIN_FILENO, kPeer)) {
      runner::write_frame(responses, tensorflow.answer(*request), kPeer);
    }
  } catch (const modelparity::Error& error) {
    runner::write_frame(responses, runner::error_response(0, error.code(), error.what()), kPeer);
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app(
      "Runs TensorFlow models over the C API, driven by modelparity: requests come on stdin, "
      "responses go to stdout.",
      "tensorflow_c_runner");
  std::string libtensorflow;
  app.add_option("--libtensorflow", libtensorflow,
                 "libtensorflow, or the folder that holds it; without it MODELPARITY_LIBTENSORFLOW "
                 "and the usual places are searched");
  CLI11_PARSE(app, argc, argv);

  // The frames keep the real stdout. Whatever else the process prints goes to stderr.
  const int responses = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (responses < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    throw std::system_error(errno, std::generic_category(), "stdout");
  }
  // A harness that is gone is an error of the write, not a signal.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
    throw std::system_error(errno, std::generic_category(), "SIGPIPE");
  }
  serve(libtensorflow, responses);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "tensorflow_c_runner: " << error.what() << "\n";
  return 1;
}
