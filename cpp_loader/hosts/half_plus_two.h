// The model that the hosts run: y = x / 2 + 2, as a SavedModel and as a frozen graph.
//
//   const HalfPlusTwo model;
//   model.expect_answers();
//
// Thread-safety: any number of threads may use one.
#pragma once

#include <gtest/gtest.h>

#include "modelparity/model.h"
#include "testing/files.h"
#include "testing/graph_builder.h"

namespace modelparity {

class HalfPlusTwo {
 public:
  // What `signature` answers to this x.
  static float answer(const Signature& signature, float x) {
    TensorMap inputs;
    inputs["x"] = Tensor::from_values<float>({1}, {x});
    return signature.run(inputs).at("y").data<float>()[0];
  }

  void expect_answers() const {
    EXPECT_EQ(answer(saved_model.signature(), -6), -1);
    EXPECT_EQ(answer(frozen_graph.signature(), 1), 2.5);
  }

  const Model saved_model = Model::load("cpp_loader/testing/half_plus_two");
  const Model frozen_graph = load_frozen_graph();

 private:
  static Model load_frozen_graph() {
    const testing::TemporaryFolder folder;
    testing::write_file(folder / "graph.pb", testing::half_plus_two_graph());
    return Model::load(folder / "graph.pb");
  }
};

}  // namespace modelparity
