#include "server/timers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

namespace modelparity::server {
namespace {

using namespace std::chrono_literals;

TEST(SecondsTextTest, IsShort) {
  EXPECT_EQ(seconds_text(500ms), "0.5s");
  EXPECT_EQ(seconds_text(60s), "60s");
  EXPECT_EQ(seconds_text(0s), "0s");
}

TEST(TimersTest, RunsActionsInTheOrderOfTheirTimes) {
  std::string order;
  std::promise<void> done;
  Timers timers;
  const auto now = Clock::now();
  timers.at(now + 30ms, [&] {
    order += "c";
    done.set_value();
  });
  timers.at(now + 10ms, [&] { order += "a"; });
  timers.at(now + 20ms, [&] { order += "b"; });
  done.get_future().wait();
  EXPECT_EQ(order, "abc");
  EXPECT_GE(Clock::now(), now + 30ms);
}

TEST(TimersTest, ACancelledActionIsNotRunAndLetsGoOfWhatItHolds) {
  std::promise<void> done;
  bool was_run = false;
  Timers timers;
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  const auto id = timers.at(Clock::now() + 20ms, [&was_run, held] { was_run = true; });
  held.reset();
  EXPECT_FALSE(watched.expired());
  timers.cancel(id);
  EXPECT_TRUE(watched.expired());
  timers.at(Clock::now() + 40ms, [&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_FALSE(was_run);
}

TEST(TimersTest, AnActionMaySetAndCancelOthers) {
  std::promise<void> done;
  Timers timers;
  const auto never = timers.at(Clock::now() + 1h, [] { ADD_FAILURE(); });
  timers.at(Clock::now(), [&] {
    timers.cancel(never);
    timers.at(Clock::now(), [&] { done.set_value(); });
  });
  EXPECT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
}

TEST(TimersTest, EndsWithActionsLeft) {
  const auto held = std::make_shared<int>();
  {
    Timers timers;
    timers.at(Clock::now() + 1h, [held] { ADD_FAILURE(); });
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace modelparity::server
