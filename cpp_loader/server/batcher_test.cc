#include "server/batcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>

#include "modelparity/error.h"

namespace modelparity::server {
namespace {

using namespace std::chrono_literals;

// A request for y = 2 x.
class StubJob final : public Job {
 public:
  explicit StubJob(const std::vector<float>& x, bool wanted = true) : wanted_(wanted) {
    inputs_["x"] = Tensor::from_values<float>({static_cast<std::int64_t>(x.size())}, x);
  }

  const TensorMap& inputs() const override { return inputs_; }
  bool start() override { return wanted_; }
  void succeed(TensorMap outputs) override { answer_.set_value(std::move(outputs)); }
  void fail(const std::exception_ptr& error) override { answer_.set_exception(error); }

  // What it was answered; throws what it failed with.
  std::vector<float> answer() {
    auto future = answer_.get_future();
    if (future.wait_for(10s) != std::future_status::ready) throw std::runtime_error("no answer");
    const TensorMap outputs = future.get();
    const Tensor& y = outputs.at("y");
    return {y.data<float>(), y.data<float>() + y.element_count()};
  }

 private:
  bool wanted_;
  TensorMap inputs_;
  std::promise<TensorMap> answer_;
};

// Doubles, and writes down how many rows each run had. A row of 13 fails.
class Doubler {
 public:
  TensorMap run(const TensorMap& inputs) {
    const Tensor& x = inputs.at("x");
    {
      const std::lock_guard lock(mutex_);
      runs_.push_back(x.element_count());
    }
    std::vector<float> y;
    for (std::size_t i = 0; i < x.element_count(); ++i) {
      if (x.data<float>()[i] == 13) throw Error(ErrorKind::kRunFailed, "bad luck");
      y.push_back(2 * x.data<float>()[i]);
    }
    TensorMap outputs;
    outputs["y"] = Tensor::from_values<float>(x.shape(), y);
    return outputs;
  }

  std::vector<std::size_t> runs() {
    const std::lock_guard lock(mutex_);
    return runs_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::size_t> runs_;
};

class BatcherTest : public ::testing::Test {
 protected:
  // One that joins up to `max_rows` rows, or nothing; never to `odd` rows, which have other bits.
  std::shared_ptr<Batcher> batcher(std::int64_t max_rows, std::chrono::nanoseconds max_delay,
                                   std::size_t odd = 0) {
    BatchRule rule;
    if (max_rows > 1) {
      std::vector<TensorMap> cases(1);
      cases[0]["x"] = Tensor::from_values<float>({2}, {1, 2});
      const auto run = [odd](const TensorMap& inputs) {
        TensorMap outputs;
        Tensor& y = outputs["y"] = inputs.at("x").copy();
        if (y.element_count() != odd) return outputs;
        for (std::size_t i = 0; i < odd; ++i) y.mutable_data<float>()[i] *= 2;
        return outputs;
      };
      rule = BatchRule::measure(run, cases, max_rows, 1h);
    }
    return std::make_shared<Batcher>(
        [this](const TensorMap& inputs) { return doubler_.run(inputs); }, std::move(rule),
        max_delay, workers_, timers_, counts_);
  }

  static std::shared_ptr<StubJob> job(const std::vector<float>& x) {
    return std::make_shared<StubJob>(x);
  }

  Doubler doubler_;
  Metrics metrics_{"0", "0"};
  SignatureMetrics counts_{metrics_, "m", 1, "s"};
  Timers timers_;
  WorkerPool workers_{2, 0};
};

using Runs = std::vector<std::size_t>;

TEST_F(BatcherTest, RunsAloneWhatMayNotBeJoined) {
  const auto alone = batcher(1, 1h);
  const auto one = job({1});
  const auto two = job({2, 3});
  alone->add(one);
  alone->add(two);
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
  EXPECT_EQ(two->answer(), (std::vector<float>{4, 6}));
  EXPECT_EQ(doubler_.runs().size(), 2U);
}

TEST_F(BatcherTest, JoinsUntilTheBatchIsFull) {
  const auto joining = batcher(4, 1h);
  const auto one = job({1});
  const auto two = job({2, 3});
  const auto three = job({4});
  joining->add(one);
  joining->add(two);
  EXPECT_EQ(doubler_.runs(), Runs{});
  joining->add(three);
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
  EXPECT_EQ(two->answer(), (std::vector<float>{4, 6}));
  EXPECT_EQ(three->answer(), (std::vector<float>{8}));
  EXPECT_EQ(doubler_.runs(), Runs{4});
}

TEST_F(BatcherTest, ABatchOfAnotherClassIsRunInParts) {
  const auto joining = batcher(4, 200ms, /*odd=*/3);
  const auto one = job({1});
  const auto two = job({2});
  const auto three = job({3});
  for (const auto& each : {one, two, three}) joining->add(each);
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
  EXPECT_EQ(two->answer(), (std::vector<float>{4}));
  EXPECT_EQ(three->answer(), (std::vector<float>{6}));
  EXPECT_EQ(doubler_.runs(), (Runs{2, 1}));
}

TEST_F(BatcherTest, OneThatFitsWithNobodyDoesNotWait) {
  const auto joining = batcher(4, 1h, /*odd=*/1);
  const auto one = job({1});
  joining->add(one);
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
}

TEST_F(BatcherTest, ARequestThatDoesNotFitBeginsTheNextBatch) {
  const auto joining = batcher(4, 1h);
  const auto one = job({1, 2, 3});
  const auto two = job({4, 5});
  const auto three = job({6, 7});
  joining->add(one);
  joining->add(two);
  EXPECT_EQ(one->answer(), (std::vector<float>{2, 4, 6}));
  joining->add(three);
  EXPECT_EQ(two->answer(), (std::vector<float>{8, 10}));
  EXPECT_EQ(three->answer(), (std::vector<float>{12, 14}));
  EXPECT_EQ(doubler_.runs(), (Runs{3, 4}));
}

TEST_F(BatcherTest, ABatchThatDoesNotFillGoesAfterTheDelay) {
  const auto joining = batcher(4, 200ms);
  const auto begin = Clock::now();
  const auto one = job({1});
  const auto two = job({2});
  joining->add(one);
  joining->add(two);
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
  EXPECT_EQ(two->answer(), (std::vector<float>{4}));
  EXPECT_GE(Clock::now(), begin + 200ms);
  EXPECT_EQ(doubler_.runs(), Runs{2});
}

TEST_F(BatcherTest, AFullOrEmptyRequestDoesNotWait) {
  const auto joining = batcher(2, 1h);
  const auto full = job({1, 2});
  const auto larger = job({1, 2, 3});
  const auto empty = job({});
  for (const auto& each : {full, larger, empty}) joining->add(each);
  EXPECT_EQ(full->answer(), (std::vector<float>{2, 4}));
  EXPECT_EQ(larger->answer(), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(empty->answer(), std::vector<float>{});
}

TEST_F(BatcherTest, OneThatFailsDoesNotFailItsNeighbours) {
  const auto joining = batcher(3, 1h);
  const auto one = job({1});
  const auto bad = job({13});
  const auto two = job({2});
  for (const auto& each : {one, bad, two}) joining->add(each);
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
  EXPECT_EQ(two->answer(), (std::vector<float>{4}));
  EXPECT_THROW(bad->answer(), Error);
  EXPECT_EQ(doubler_.runs(), (Runs{3, 1, 1, 1}));
}

TEST_F(BatcherTest, OneThatNobodyWaitsForIsNotRun) {
  const auto joining = batcher(3, 1h);
  const auto one = job({1});
  const auto gone = std::make_shared<StubJob>(std::vector<float>{5}, /*wanted=*/false);
  const auto two = job({2});
  for (const std::shared_ptr<Job>& each :
       {std::shared_ptr<Job>(one), std::shared_ptr<Job>(gone), std::shared_ptr<Job>(two)}) {
    joining->add(each);
  }
  EXPECT_EQ(one->answer(), (std::vector<float>{2}));
  EXPECT_EQ(two->answer(), (std::vector<float>{4}));
  EXPECT_EQ(doubler_.runs(), Runs{2});
}

TEST_F(BatcherTest, ManyThreadsGetTheirOwnAnswers) {
  const auto joining = batcher(8, 1ms);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const auto x = static_cast<float>(1000 * (thread + 1) + i);
        const auto each = i % 3 == 0 ? job({x, x + 0.5f}) : job({x});
        joining->add(each);
        const std::vector<float> y = each->answer();
        if (y[0] != 2 * x || (i % 3 == 0 && y.at(1) != 2 * x + 1)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LT(doubler_.runs().size(), 1600U) << "nothing was joined";
}

}  // namespace
}  // namespace modelparity::server
