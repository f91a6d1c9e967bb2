// Runs the example as a user would.

#include <gtest/gtest.h>

#include <string>

#include "testing/command.h"
#include "testing/files.h"
#include "testing/test_bundle.h"

namespace modelparity {
namespace {

constexpr const char* kProgram = "cpp_loader/examples/run_bundle ";

TEST(RunBundleTest, PrintsSignaturesAndAnswers) {
  const testing::TemporaryFolder folder;
  testing::write_half_plus_two_bundle(folder.path());
  const auto [status, output] = testing::run_command(kProgram + folder.path());
  EXPECT_EQ(status, 0);
  for (const char* line :
       {"serving_default\n", "  takes x: float32 [?]\n", "  gives y: float32 [?]\n",
        "serving_default/ramp: y float32 [3] starts with 2\n"}) {
    EXPECT_NE(output.find(line), std::string::npos) << output;
  }
}

TEST(RunBundleTest, SaysInOneLineWhatIsWrong) {
  const testing::TemporaryFolder folder;
  const auto [status, output] = testing::run_command(kProgram + folder.path());
  EXPECT_EQ(status, 1);
  EXPECT_EQ(output, "run_bundle: bundle '" + folder.path() +
                        "': has no manifest.json; pass a folder that modelparity export wrote\n");
}

}  // namespace
}  // namespace modelparity
