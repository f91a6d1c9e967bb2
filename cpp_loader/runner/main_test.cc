// The runner as a process: frames on its stdin and stdout, and nothing else there.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modelparity/v1/runner.tags.h"
#include "runner/frames.h"
#include "testing/files.h"
#include "testing/runner_messages.h"
#include "testing/test_bundle.h"

namespace modelparity::runner {
namespace {

namespace tags = v1::tags;
using testing::read_answer;
using testing::runner_request;

constexpr const char* kProgram = "cpp_loader/tensorflow_c_runner";

class RunnerProcess {
 public:
  explicit RunnerProcess(const char* argument = nullptr) {
    int input[2];
    int output[2];
    if (::pipe(input) != 0 || ::pipe(output) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(input[0], STDIN_FILENO);
      ::dup2(output[1], STDOUT_FILENO);
      for (const int descriptor : {input[0], input[1], output[0], output[1]}) ::close(descriptor);
      ::execl(kProgram, kProgram, argument, nullptr);
      ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    requests_ = input[1];
    responses_ = output[0];
  }
  RunnerProcess(const RunnerProcess&) = delete;
  RunnerProcess& operator=(const RunnerProcess&) = delete;
  ~RunnerProcess() {
    exit_status();
    ::close(responses_);
  }

  testing::RunnerAnswer ask(const std::string& request) {
    write_frame(requests_, request, kProgram);
    return next_answer();
  }

  testing::RunnerAnswer next_answer() {
    return read_answer(read_frame(responses_, kProgram).value());
  }

  void send_bytes(const std::string& bytes) {
    ASSERT_EQ(::write(requests_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  std::string rest_of_output() {
    std::string output;
    char buffer[4096];
    for (ssize_t count; (count = ::read(responses_, buffer, sizeof(buffer))) > 0;) {
      output.append(buffer, static_cast<std::size_t>(count));
    }
    return output;
  }

  // Ends the requests and waits for the runner.
  int exit_status() {
    if (requests_ >= 0) {
      ::close(requests_);
      requests_ = -1;
      ::waitpid(child_, &status_, 0);
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
  }

 private:
  pid_t child_ = -1;
  int requests_ = -1;
  int responses_ = -1;
  int status_ = 0;
};

TEST(RunnerMainTest, ServesUntilTheRequestsEnd) {
  const testing::TemporaryFolder folder;
  testing::write_half_plus_two_bundle(folder.path());
  RunnerProcess runner;
  const auto loaded = runner.ask(runner_request(
      1, tags::RunnerRequest::kLoad, testing::load_half_plus_two(folder.path(), folder.path())));
  EXPECT_EQ(loaded.result, tags::RunnerResponse::kLoaded) << loaded.error_message;
  for (int i = 0; i < 100; ++i) {
    const auto x = static_cast<float>(i);
    const auto answer =
        runner.ask(runner_request(2, tags::RunnerRequest::kRun, testing::run_half_plus_two(x)));
    EXPECT_EQ(testing::only_value(answer.message), x / 2 + 2);
  }
  EXPECT_EQ(runner.exit_status(), 0);
  EXPECT_EQ(runner.rest_of_output(), "");
}

TEST(RunnerMainTest, AnswersABrokenFrameAndEnds) {
  RunnerProcess runner;
  runner.send_bytes(std::string(4, '\xff'));
  const auto answer = runner.next_answer();
  EXPECT_EQ(static_cast<int>(answer.error_kind), static_cast<int>(ErrorKind::kProtocol));
  EXPECT_NE(answer.error_message.find("4294967295 bytes"), std::string::npos);
  EXPECT_EQ(runner.exit_status(), 1);
}

TEST(RunnerMainTest, EndsWithoutRequests) {
  RunnerProcess runner;
  EXPECT_EQ(runner.exit_status(), 0);
}

TEST(RunnerMainTest, ExplainsItself) {
  RunnerProcess help("--help");
  EXPECT_NE(help.rest_of_output().find("--libtensorflow"), std::string::npos);
  EXPECT_EQ(help.exit_status(), 0);
  RunnerProcess unknown("--unknown");
  EXPECT_NE(unknown.exit_status(), 0);
}

}  // namespace
}  // namespace modelparity::runner
