// Runs the example as a user would.

#include <gtest/gtest.h>

#include <string>

#include "testing/command.h"
#include "testing/files.h"
#include "testing/graph_builder.h"
#include "testing/test_bundle.h"

namespace modelparity {
namespace {

class SelfTestExampleTest : public ::testing::Test {
 protected:
  SelfTestExampleTest() { testing::write_half_plus_two_bundle(folder_.path()); }

  static void expect(const std::string& path, int status, const std::string& line) {
    const auto result = testing::run_command("cpp_loader/examples/self_test " + path);
    EXPECT_EQ(result.status, status);
    EXPECT_NE(result.output.find(line + "\n"), std::string::npos) << result.output;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(SelfTestExampleTest, AHealthyBundleStarts) {
  expect(folder_.path(), 0, "self-test passed: 1 of 1 cases match");
}

TEST_F(SelfTestExampleTest, AnAlteredExpectationDoesNot) {
  testing::replace_case(folder_.path(), testing::ramp_case({2, 2.625, 3}));
  expect(folder_.path(), 1,
         "self_test: refusing to start: self-test failed: 0 of 1 cases match; "
         "serving_default/ramp: mismatch: output 'y' at [1]: got 2.5, wants 2.625 within 1e-05 + "
         "0.0001 * |r|; 1 of 3 elements differ");
}

TEST_F(SelfTestExampleTest, AModelWithoutABundleDoesNot) {
  testing::write_file(folder_ / "graph.pb", testing::half_plus_two_graph());
  expect(folder_ / "graph.pb", 1,
         "self_test: self-test: got a model without golden cases, expected one from a bundle; run "
         "modelparity export and load what it writes");
}

}  // namespace
}  // namespace modelparity
