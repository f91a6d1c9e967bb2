#include "server/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>

namespace modelparity::server {
namespace {

using namespace std::chrono_literals;

bool is_ready(std::future<void>& future) {
  return future.wait_for(10s) == std::future_status::ready;
}

// Keeps a worker busy until it is told to go on.
class Blocker {
 public:
  // Waits until a worker has begun.
  WorkerPool::Worker* start(WorkerPool& pool) {
    std::promise<WorkerPool::Worker*> begun;
    pool.submit([&begun, this] {
      begun.set_value(WorkerPool::current());
      go_on_.get_future().wait();
      ended_.set_value();
    });
    return begun.get_future().get();
  }

  void go_on() {
    go_on_.set_value();
    ended_.get_future().wait();
  }

 private:
  std::promise<void> go_on_;
  std::promise<void> ended_;
};

TEST(WorkerPoolTest, RunsWhatIsSubmittedBeforeItEnds) {
  std::atomic<int> count = 0;
  {
    WorkerPool pool(3, 0);
    for (int i = 0; i < 1000; ++i) pool.submit([&] { ++count; });
  }
  EXPECT_EQ(count, 1000);
}

TEST(WorkerPoolTest, OnlyATaskHasAWorker) {
  EXPECT_EQ(WorkerPool::current(), nullptr);
  WorkerPool pool(1, 0);
  std::promise<WorkerPool::Worker*> worker;
  pool.submit([&] { worker.set_value(WorkerPool::current()); });
  EXPECT_NE(worker.get_future().get(), nullptr);
}

TEST(WorkerPoolTest, AReplacementTakesOver) {
  WorkerPool pool(1, 1);
  Blocker stuck;
  WorkerPool::Worker* const worker = stuck.start(pool);
  std::promise<void> done;
  pool.submit([&] { done.set_value(); });
  auto future = done.get_future();
  EXPECT_EQ(future.wait_for(20ms), std::future_status::timeout);
  EXPECT_TRUE(pool.replace(worker));
  EXPECT_TRUE(is_ready(future));
  EXPECT_FALSE(pool.replace(worker)) << "once is enough";
  stuck.go_on();
}

TEST(WorkerPoolTest, ReplacesNoMoreThanItHasSpareWorkers) {
  prometheus::Gauge gauge;
  WorkerPool pool(2, 1, &gauge);
  Blocker first;
  Blocker second;
  WorkerPool::Worker* const first_worker = first.start(pool);
  WorkerPool::Worker* const second_worker = second.start(pool);
  EXPECT_TRUE(pool.replace(first_worker));
  EXPECT_FALSE(pool.all_stuck());
  EXPECT_FALSE(pool.replace(second_worker));
  EXPECT_EQ(pool.stuck(), 2U);
  EXPECT_EQ(gauge.Value(), 2);
  Blocker third;
  EXPECT_FALSE(pool.replace(third.start(pool)));
  EXPECT_TRUE(pool.all_stuck());
  std::promise<void> done;
  pool.submit([&] { done.set_value(); });
  auto future = done.get_future();
  first.go_on();
  EXPECT_TRUE(is_ready(future)) << "who is through goes on";
  EXPECT_FALSE(pool.all_stuck());
  third.go_on();
  second.go_on();
}

TEST(WorkerPoolTest, AStuckWorkerThatEndsGivesItsPlaceBack) {
  WorkerPool pool(1, 1);
  for (int i = 0; i < 20; ++i) {
    Blocker stuck;
    WorkerPool::Worker* const worker = stuck.start(pool);
    EXPECT_TRUE(pool.replace(worker)) << "round " << i;
    std::promise<std::thread::id> replacement;
    pool.submit([&] { replacement.set_value(std::this_thread::get_id()); });
    replacement.get_future().get();
    stuck.go_on();
    // The next round has to find the spare worker again, so that the old one must be through.
    while (pool.stuck() > 0) std::this_thread::yield();
  }
}

}  // namespace
}  // namespace modelparity::server
