// Sends the requests of one signature to the workers, joined into batches where its rule allows.
//
// A batch asks for a worker when it is full or the oldest request in it has waited for the longest
// delay, which may be none; while it waits for a worker, more may join. What cannot be
// joined goes to a worker at once. Requests are checked before they come here, so that one cannot
// spoil the run of the others; should a joined run fail all the same, each is run alone.
//
// Ownership: held by the endpoint and by what waits; workers, timers and metrics outlive it.
//
// Thread-safety: add() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "server/batch_rule.h"
#include "server/job.h"
#include "server/metrics.h"
#include "server/timers.h"
#include "server/worker_pool.h"

namespace modelparity::server {

class Batcher : public std::enable_shared_from_this<Batcher> {
 public:
  Batcher(RunFunction run, BatchRule rule, std::chrono::nanoseconds max_delay, WorkerPool& workers,
          Timers& timers, SignatureMetrics& metrics);

  void add(std::shared_ptr<Job> job);

 private:
  // What may be joined: the same row shapes, and row counts of one class.
  using Key = std::pair<RowShapes, int>;
  using Jobs = std::vector<std::shared_ptr<Job>>;

  struct Batch {
    Jobs jobs;
    std::int64_t rows = 0;
    Timers::Id timer;
  };

  void join(const Key& key, std::shared_ptr<Job> job, std::int64_t rows);
  // Empties it for the next.
  Jobs close(Batch& batch);
  // Has a worker run the open batch of that key as it is by then.
  void run_later(const Key& key);
  void run(const Key& key, Jobs jobs) const;
  // How many jobs, from the first on, may be run together.
  std::ptrdiff_t joinable(const Key& key, const Jobs& jobs) const;
  void run_joined(const Jobs& jobs) const;
  void run_alone(Job& job) const;

  const RunFunction run_;
  const BatchRule rule_;
  const std::chrono::nanoseconds max_delay_;
  WorkerPool* workers_;
  Timers* timers_;
  SignatureMetrics* metrics_;

  std::mutex mutex_;
  // Those that requests may still join.
  std::map<Key, Batch> open_;
};

}  // namespace modelparity::server
