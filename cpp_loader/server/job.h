// A request on its way to a model, as workers see it.
//
// Thread-safety: one worker has it at a time. Beside that it may come to an end by itself, at its
// time limit or when its client goes away; what a worker does with it then has no effect.
#pragma once

#include <exception>

#include "modelparity/tensor.h"

namespace modelparity::server {

class Job {
 public:
  virtual ~Job() = default;

  virtual const TensorMap& inputs() const = 0;

  // Called once, by the worker that is about to run it. False: nobody waits for it any more.
  virtual bool start() = 0;

  // One of these ends a job that was started.
  virtual void succeed(TensorMap outputs) = 0;
  virtual void fail(const std::exception_ptr& error) = 0;
};

}  // namespace modelparity::server
