// Runs the example as a user would.

#include <gtest/gtest.h>
#include <stdio.h>

#include <string>

#include "testing/files.h"
#include "testing/test_bundle.h"

namespace modelparity {
namespace {

// Runs the example and returns what it printed.
std::string output_of(const std::string& arguments, int& status) {
  FILE* pipe = ::popen(("cpp_loader/examples/run_bundle " + arguments + " 2>&1").c_str(), "r");
  std::string output;
  char buffer[4096];
  while (::fgets(buffer, sizeof(buffer), pipe) != nullptr) output += buffer;
  status = ::pclose(pipe);
  return output;
}

TEST(RunBundleTest, PrintsSignaturesAndAnswers) {
  const testing::TemporaryFolder folder;
  testing::write_half_plus_two_bundle(folder.path());
  int status = -1;
  const std::string output = output_of(folder.path(), status);
  EXPECT_EQ(status, 0);
  for (const char* line :
       {"serving_default\n", "  takes x: float32 [?]\n", "  gives y: float32 [?]\n",
        "serving_default/ramp: y float32 [3] starts with 2\n"}) {
    EXPECT_NE(output.find(line), std::string::npos) << output;
  }
}

TEST(RunBundleTest, SaysInOneLineWhatIsWrong) {
  const testing::TemporaryFolder folder;
  int status = 0;
  EXPECT_EQ(output_of(folder.path(), status),
            "run_bundle: bundle '" + folder.path() +
                "': has no manifest.json; pass a folder that modelparity export wrote\n");
  EXPECT_NE(status, 0);
}

}  // namespace
}  // namespace modelparity
