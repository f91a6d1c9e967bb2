#include "runner/runner.h"

#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

#include "modelparity/internal/message_reader.h"
#include "modelparity/tensorflow_library.h"
#include "modelparity/v1/manifest.tags.h"
#include "modelparity/v1/runner.tags.h"
#include "runner/manifest_wire.h"
#include "testing/files.h"
#include "testing/runner_messages.h"
#include "testing/test_bundle.h"

namespace modelparity::runner {
namespace {

namespace tags = v1::tags;
using testing::read_answer;
using testing::runner_request;
using testing::RunnerAnswer;

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() { testing::write_half_plus_two_bundle(folder_.path()); }

  RunnerAnswer ask(std::uint32_t verb, std::string_view message = "") {
    return read_answer(runner_.answer(runner_request(++id_, verb, message)));
  }

  RunnerAnswer load() {
    return ask(tags::RunnerRequest::kLoad,
               testing::load_half_plus_two(folder_.path(), folder_.path()));
  }

  void expect_error(const RunnerAnswer& answer, ErrorKind kind, const std::string& part) {
    EXPECT_EQ(answer.id, id_);
    EXPECT_EQ(static_cast<int>(answer.error_kind), static_cast<int>(kind));
    EXPECT_NE(answer.error_message.find(part), std::string::npos) << answer.error_message;
  }

  testing::TemporaryFolder folder_;
  Runner runner_{""};
  std::uint64_t id_ = 0;
};

TEST_F(RunnerTest, LoadsRunsAndCloses) {
  RunnerAnswer answer = load();
  EXPECT_EQ(answer.id, 1U);
  EXPECT_EQ(answer.result, tags::RunnerResponse::kLoaded) << answer.error_message;
  answer = ask(tags::RunnerRequest::kRun, testing::run_half_plus_two(3));
  EXPECT_EQ(answer.id, 2U);
  EXPECT_EQ(answer.result, tags::RunnerResponse::kRunResult) << answer.error_message;
  EXPECT_EQ(testing::only_value(answer.message), 3.5F);
  EXPECT_EQ(ask(tags::RunnerRequest::kClose).result, tags::RunnerResponse::kClosed);
  expect_error(ask(tags::RunnerRequest::kRun, testing::run_half_plus_two(3)), ErrorKind::kProtocol,
               "no model is loaded");
}

TEST_F(RunnerTest, RunsFromSeveralThreadsAtOnce) {
  load();
  std::string run = testing::run_half_plus_two(3);
  protozero::pbf_writer(run).add_uint32(tags::Run::kThreads, 4);
  const RunnerAnswer answer = ask(tags::RunnerRequest::kRun, run);
  ASSERT_EQ(answer.result, tags::RunnerResponse::kRunResult) << answer.error_message;
  EXPECT_EQ(testing::only_value(answer.message), 3.5F);
  int others = 0;
  internal::MessageReader result(answer.message);
  while (result.next(tags::RunResult::kOthers)) {
    std::string other;
    const std::string_view response = result.bytes();
    protozero::pbf_writer(other).add_message(tags::RunResult::kResponse, response.data(),
                                             response.size());
    EXPECT_EQ(testing::only_value(other), 3.5F);
    ++others;
  }
  EXPECT_EQ(others, 3);
}

TEST_F(RunnerTest, RefusesMoreThreadsThanAnybodyNeeds) {
  load();
  std::string run = testing::run_half_plus_two(3);
  protozero::pbf_writer(run).add_uint32(tags::Run::kThreads, 65);
  expect_error(ask(tags::RunnerRequest::kRun, run), ErrorKind::kProtocol, "got 65 threads");
}

TEST_F(RunnerTest, DescribesItselfAndItsModel) {
  std::string runtime;
  std::string version;
  std::vector<SignatureSpec> signatures;
  const auto describe = [&] {
    const RunnerAnswer answer = ask(tags::RunnerRequest::kDescribe);
    EXPECT_EQ(answer.result, tags::RunnerResponse::kDescription) << answer.error_message;
    internal::MessageReader reader(answer.message);
    while (reader.next()) {
      if (reader.field() == tags::Description::kRuntime) {
        runtime = reader.text();
      } else if (reader.field() == tags::Description::kRuntimeVersion) {
        version = reader.text();
      } else {
        signatures.push_back(read_signature(reader.message()));
      }
    }
  };
  describe();
  EXPECT_EQ(runtime, "tensorflow-c");
  EXPECT_EQ(version, tensorflow_version());
  EXPECT_TRUE(signatures.empty());
  load();
  describe();
  ASSERT_EQ(signatures.size(), 1U);
  EXPECT_EQ(signatures[0].name, "serving_default");
  EXPECT_EQ(signatures[0].inputs.at(0).name, "x");
  EXPECT_EQ(to_text(signatures[0].inputs.at(0)), "float32 [?]");
  EXPECT_EQ(signatures[0].outputs.at(0).name, "y");
}

TEST_F(RunnerTest, AFailedLoadLeavesNoModel) {
  load();
  expect_error(ask(tags::RunnerRequest::kLoad,
                   testing::load_half_plus_two(folder_ / "nowhere", folder_.path())),
               ErrorKind::kFileMissing, "nowhere");
  expect_error(ask(tags::RunnerRequest::kRun, testing::run_half_plus_two(3)), ErrorKind::kProtocol,
               "no model is loaded");
}

TEST_F(RunnerTest, AnswersWhateverComes) {
  expect_error(ask(tags::RunnerRequest::kRun, testing::run_half_plus_two(3)), ErrorKind::kProtocol,
               "send load first");
  expect_error(ask(77), ErrorKind::kProtocol, "none of the verbs");
  load();
  expect_error(ask(tags::RunnerRequest::kRun, "\xff\xff"), ErrorKind::kProtocol, "is corrupt");
  const RunnerAnswer answer = read_answer(runner_.answer("\x08"));
  EXPECT_EQ(static_cast<int>(answer.error_kind), static_cast<int>(ErrorKind::kProtocol));
}

TEST_F(RunnerTest, ALibraryThatIsNotThereIsAnAnswer) {
  Runner runner("/no/such/folder");
  const RunnerAnswer answer =
      read_answer(runner.answer(runner_request(1, tags::RunnerRequest::kDescribe)));
  EXPECT_EQ(static_cast<int>(answer.error_kind), static_cast<int>(ErrorKind::kRuntimeUnavailable));
}

}  // namespace
}  // namespace modelparity::runner
