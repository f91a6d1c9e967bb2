#pragma once
#include <functional>
#include <memory>

#include "server/job.h"
#include "server/metrics.h"
#include "server/timers.h"
#include "server/worker_pool.h"

namespace modelparity::server {

using RunFunction = std::function<TensorMap(const TensorMap& inputs)>;

class Batcher : public std::enable_shared_from_this<Batcher> {
 public:
  Batcher(RunFunction run, WorkerPool& workers) : run_(std::move(run)), workers_(&workers) {}

  void add(std::shared_ptr<Job> job);

 private:
  RunFunction run_;
  WorkerPool* workers_;
};

}  // namespace modelparity::server
