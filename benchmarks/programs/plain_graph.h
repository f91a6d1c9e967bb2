// A frozen graph with one input and one output, in the way of most programs: the file is read into
// memory and imported, and the session is a default one.
//
// Thread-safety: none.
#pragma once

#include <memory>
#include <string>

#include "modelparity/internal/c_api.h"
#include "modelparity/tensor.h"

namespace modelparity::benchmarks {

class PlainGraph {
 public:
  explicit PlainGraph(const std::string& file);

  const Shape& input_shape() const { return input_shape_; }

  Tensor run(const Tensor& input) const;

 private:
  struct Close {
    void operator()(TF_Session* session) const;
  };

  internal::Handle<TF_Graph> graph_;
  std::unique_ptr<TF_Session, Close> session_;
  TF_Output input_ = {};
  TF_Output output_ = {};
  Shape input_shape_;
};

}  // namespace modelparity::benchmarks
