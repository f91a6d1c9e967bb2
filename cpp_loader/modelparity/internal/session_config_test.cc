#include "modelparity/internal/session_config.h"

#include <gtest/gtest.h>

#include "modelparity/internal/message_reader.h"
#include "proto/tensorflow_config.tags.h"
#include "testing/expect_error.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::tensorflow::tags;

constexpr std::uintmax_t kMebibyte = std::uintmax_t{1} << 20;

// Whether the ConfigProto turns the optimizer off.
bool optimizer_is_off(const std::string& config) {
  MessageReader reader(config);
  while (reader.next()) {
    if (reader.field() == tags::ConfigProto::kGraphOptions) {
      MessageReader graph = reader.message();
      while (graph.next(tags::GraphOptions::kRewriteOptions)) {
        MessageReader rewrite = graph.message();
        while (rewrite.next(tags::RewriterConfig::kDisableMetaOptimizer)) {
          return rewrite.integer() != 0;
        }
      }
    } else {
      reader.skip();
    }
  }
  return false;
}

LoadOptions with(GraphOptimizer optimizer) {
  LoadOptions options;
  options.graph_optimizer = optimizer;
  return options;
}

LoadOptions on_device(const std::string& device) {
  LoadOptions options;
  options.device = device;
  return options;
}

TEST(SessionConfigTest, TheOptimizerIsOffForLargeGraphsOrByOption) {
  EXPECT_FALSE(optimizer_is_off(session_config({}, 0)));
  EXPECT_FALSE(optimizer_is_off(session_config({}, 128 * kMebibyte)));
  EXPECT_TRUE(optimizer_is_off(session_config({}, 129 * kMebibyte)));
  EXPECT_FALSE(optimizer_is_off(session_config(with(GraphOptimizer::kOn), 129 * kMebibyte)));
  EXPECT_TRUE(optimizer_is_off(session_config(with(GraphOptimizer::kOff), 0)));
}

// The bytes that TensorFlow's own ConfigProto serializes to.
TEST(SessionConfigTest, WritesThreadsAndDevices) {
  LoadOptions options;
  options.intra_op_threads = 3;
  EXPECT_EQ(session_config(options, 0), std::string("\x10\x03"));
  EXPECT_EQ(session_config(on_device("CPU"), 0),
            std::string("\x10\x00\x0a\x07\x0a\x03GPU\x10\x00", 11));
  EXPECT_EQ(session_config(on_device("GPU:12"), 0),
            std::string("\x10\x00\x32\x04\x2a\x02\x31\x32", 8));
}

TEST(SessionConfigTest, RefusesWhatItDoesNotKnow) {
  for (const char* device : {"GPU", "GPU:", "GPU:x", "GPU:1x", "TPU:0", "cpu", "/cpu:0"}) {
    EXPECT_ERROR(session_config(on_device(device), 0), ErrorKind::kUnsupported, device);
  }
  LoadOptions options;
  options.intra_op_threads = -1;
  EXPECT_ERROR(session_config(options, 0), ErrorKind::kUnsupported, "intra_op_threads: got -1");
}

TEST(SessionConfigTest, RunsInTheCallersThreadWhenAsked) {
  EXPECT_EQ(run_options({}), "");
  LoadOptions options;
  options.caller_thread = true;
  // Field 3, the varint of -1.
  EXPECT_EQ(run_options(options), "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

}  // namespace
}  // namespace modelparity::internal
