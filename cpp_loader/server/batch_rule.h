// Which requests of a signature may be joined into one run without changing a bit of an answer.
//
// That cannot be taken for granted: a kernel may compute a row otherwise when there are more of
// them (a product with a vector in place of one with a matrix, the rest that does not fill a
// register), and a model may let its rows see each other. So it is measured, on the machine that
// serves: rows of the golden cases, and rows like them with other digits (whole numbers, which
// cases often hold, leave nothing to round), are run in every number of rows up to the largest
// batch, at every place and among various neighbours. Row counts under which every row always has
// the same bits are a class; requests are joined when their own row counts and the row count of the
// batch are of one class.
//
// Thread-safety: constant after measure().
//
//   const BatchRule rule = BatchRule::measure(run, golden_inputs, 32);
//   rule.class_of(shapes, 1) == rule.class_of(shapes, 8)   // eight requests of a row may be joined
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "modelparity/tensor.h"
#include "server/rows.h"

namespace modelparity::server {

using RunFunction = std::function<TensorMap(const TensorMap& inputs)>;

class BatchRule {
 public:
  // The class of row counts that are not joined.
  static constexpr int kAlone = 0;

  // Joins nothing.
  BatchRule() = default;

  // Runs the rows of `cases`. Row counts that are not through within `time_limit` are not joined.
  static BatchRule measure(const RunFunction& run, const std::vector<TensorMap>& cases,
                           std::int64_t max_rows, std::chrono::nanoseconds time_limit);

  // Whether there is anything that may be joined.
  bool joins() const { return !classes_.empty(); }

  // kAlone, or a number that is the same for row counts that may be joined.
  int class_of(const RowShapes& shapes, std::int64_t rows) const;

  // Whether there is a number of rows that a request of `rows` may be joined with: without one it
  // would wait for nothing.
  bool may_join(const RowShapes& shapes, std::int64_t rows) const;

  std::int64_t max_rows() const { return max_rows_; }

  // What was found, for the log: "joins 2-32 rows", or why nothing is joined.
  const std::string& remark() const { return remark_; }

 private:
  std::int64_t max_rows_ = 0;
  // Classes by row count, from 0 rows on.
  std::map<RowShapes, std::vector<int>> classes_;
  std::string remark_;
};

}  // namespace modelparity::server
