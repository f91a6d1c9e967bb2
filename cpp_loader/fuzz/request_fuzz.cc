// A request to the runner, which has half_plus_two loaded.

#include "fuzz/target.h"
#include "modelparity/v1/runner.tags.h"
#include "runner/runner.h"
#include "testing/files.h"
#include "testing/runner_messages.h"
#include "testing/test_bundle.h"

namespace {

namespace tags = modelparity::v1::tags;
using modelparity::runner::Runner;
using modelparity::testing::runner_request;

std::string loaded(Runner& runner, const std::string& folder) {
  const std::string load = modelparity::testing::load_half_plus_two(folder, folder);
  return runner.answer(runner_request(1, tags::RunnerRequest::kLoad, load));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const modelparity::testing::TemporaryFolder folder;
  static Runner runner("");
  const std::string describe = runner_request(2, tags::RunnerRequest::kDescribe);
  static const std::string description = [&] {
    modelparity::testing::write_half_plus_two_bundle(folder.path());
    loaded(runner, folder.path());
    return runner.answer(describe);
  }();
  modelparity::testing::read_answer(runner.answer(modelparity::fuzz::text_of(data, size)));
  // After a request to load or to close, there may be no model, or another one.
  if (runner.answer(describe) != description) loaded(runner, folder.path());
  return 0;
}
