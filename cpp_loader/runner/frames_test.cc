#include "runner/frames.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "testing/expect_error.h"

namespace modelparity::runner {
namespace {

class FramesTest : public ::testing::Test {
 protected:
  FramesTest() {
    if (::pipe(pipe_) != 0) throw std::runtime_error("no pipe");
  }
  ~FramesTest() override {
    ::close(pipe_[0]);
    end_stream();
  }

  void send(const std::string& bytes) {
    ASSERT_EQ(::write(pipe_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  void end_stream() {
    if (pipe_[1] >= 0) ::close(pipe_[1]);
    pipe_[1] = -1;
  }

  int pipe_[2] = {-1, -1};
};

TEST_F(FramesTest, LeadBack) {
  const std::string large(1 << 20, 'x');
  std::thread writer([&] {
    write_frame(pipe_[1], "", "test");
    write_frame(pipe_[1], "one", "test");
    write_frame(pipe_[1], large, "test");
    end_stream();
  });
  EXPECT_EQ(read_frame(pipe_[0], "test"), "");
  EXPECT_EQ(read_frame(pipe_[0], "test"), "one");
  EXPECT_EQ(read_frame(pipe_[0], "test"), large);
  EXPECT_EQ(read_frame(pipe_[0], "test"), std::nullopt);
  writer.join();
}

TEST_F(FramesTest, RefusesAStreamThatEndsWithinAFrame) {
  send(std::string("\3\0", 2));
  end_stream();
  EXPECT_ERROR(read_frame(pipe_[0], "test"), ErrorKind::kProtocol,
               "frame with test: the stream ends within the length");
}

TEST_F(FramesTest, RefusesAFrameThatIsShort) {
  send(std::string("\3\0\0\0ab", 6));
  end_stream();
  EXPECT_ERROR(read_frame(pipe_[0], "test"), ErrorKind::kProtocol, "after 2 of 3 bytes");
}

TEST_F(FramesTest, RefusesAFrameThatIsTooLarge) {
  EXPECT_ERROR(write_frame(pipe_[1], {"", kMaxFrameSize + 1}, "test"), ErrorKind::kProtocol,
               "got 268435457 bytes, a frame can have 268435456");
}

TEST_F(FramesTest, RefusesALengthThatIsTooLarge) {
  send(std::string("\1\0\0\x10", 4));
  EXPECT_ERROR(read_frame(pipe_[0], "test"), ErrorKind::kProtocol,
               "got 268435457 bytes, a frame can have 268435456");
}

TEST_F(FramesTest, SaysWhenThePeerIsGone) {
  std::signal(SIGPIPE, SIG_IGN);
  ::close(pipe_[0]);
  EXPECT_ERROR(write_frame(pipe_[1], "x", "test"), ErrorKind::kProtocol, "cannot be written");
}

}  // namespace
}  // namespace modelparity::runner
