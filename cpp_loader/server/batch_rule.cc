#include "server/batch_rule.h"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "modelparity/error.h"
#include "server/timers.h"

namespace modelparity::server {
namespace {

// More rows cost time and tell little more.
constexpr std::size_t kMostGoldenRows = 8;
constexpr std::size_t kDrawnRows = 24;

std::map<RowShapes, std::vector<TensorMap>> different_rows(const std::vector<TensorMap>& cases) {
  std::map<RowShapes, std::vector<TensorMap>> rows;
  std::set<std::string> seen;
  for (const TensorMap& inputs : cases) {
    const std::int64_t count = row_count(inputs).value_or(0);
    for (std::int64_t i = 0; i < count; ++i) {
      TensorMap row = take_rows(inputs, i, 1);
      std::vector<TensorMap>& same_shape = rows[row_shapes(row)];
      if (same_shape.size() < kMostGoldenRows && seen.insert(bits_of(row)).second) {
        same_shape.push_back(std::move(row));
      }
    }
  }
  // Seeded by default, so that it is the same everywhere.
  std::mt19937_64 random;
  for (auto& [shapes, same_shape] : rows) {
    const std::size_t golden = same_shape.size();
    for (std::size_t i = 0; i < kDrawnRows; ++i) {
      TensorMap row = with_other_digits(same_shape[i % golden], random);
      if (seen.insert(bits_of(row)).second) same_shape.push_back(std::move(row));
    }
  }
  return rows;
}

// Runs rows together and holds what each gives against what it gave before.
class Measurement {
 public:
  Measurement(const RunFunction& run, const std::vector<TensorMap>& rows, Clock::time_point end)
      : run_(run), rows_(rows), end_(end) {}

  // The bits of every row's answer among `count` rows; nothing when they depend on the row's place
  // or neighbours, or when the time is over.
  std::optional<std::vector<std::string>> answers(std::int64_t count) {
    std::vector<std::string> answers(rows_.size());
    std::vector<std::size_t> order(static_cast<std::size_t>(count));
    for (std::size_t round = 0; round < rows_.size(); ++round) {
      // Every row at every place,
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = (i + round) % rows_.size();
      if (!add(order, answers)) return std::nullopt;
      // and every row among neighbours of which it has more or fewer.
      for (std::size_t& row : order) row = random_() % rows_.size();
      order[random_() % order.size()] = round;
      if (!add(order, answers)) return std::nullopt;
    }
    return answers;
  }

 private:
  bool add(const std::vector<std::size_t>& order, std::vector<std::string>& answers) {
    std::vector<const TensorMap*> parts;
    for (const std::size_t row : order) parts.push_back(&rows_[row]);
    const TensorMap outputs = run_(join_rows(parts));
    if (row_count(outputs) != static_cast<std::int64_t>(order.size())) return false;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::string bits = bits_of(take_rows(outputs, static_cast<std::int64_t>(i), 1));
      std::string& before = answers[order[i]];
      if (before.empty()) before = bits;
      if (before != bits) return false;
    }
    return Clock::now() < end_;
  }

  const RunFunction& run_;
  const std::vector<TensorMap>& rows_;
  const Clock::time_point end_;
  // Seeded by default, so that it is the same everywhere.
  std::mt19937 random_;
};

// "2-7, 9": the row counts of a class, if there are at least two.
std::string counts_text(const std::vector<int>& classes, int wanted) {
  std::string text;
  for (std::size_t i = 1; i < classes.size(); ++i) {
    if (classes[i] != wanted || classes[i - 1] == wanted) continue;
    std::size_t last = i;
    while (last + 1 < classes.size() && classes[last + 1] == wanted) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(i);
    if (last > i) text += "-" + std::to_string(last);
  }
  return text;
}

std::string joined_text(const std::vector<int>& classes) {
  std::string text;
  const int last = *std::max_element(classes.begin(), classes.end());
  for (int candidate = 1; candidate <= last; ++candidate) {
    if (std::count(classes.begin(), classes.end(), candidate) < 2) continue;
    text +=
        (text.empty() ? "joins row counts " : " and, apart, ") + counts_text(classes, candidate);
  }
  return text;
}

}  // namespace

BatchRule BatchRule::measure(const RunFunction& run, const std::vector<TensorMap>& cases,
                             std::int64_t max_rows, std::chrono::nanoseconds time_limit) {
  const Clock::time_point end = Clock::now() + time_limit;
  BatchRule rule;
  rule.max_rows_ = max_rows;
  rule.remark_ = "joins nothing: the golden cases have no two different rows of a shape";
  try {
    for (const auto& [shapes, rows] : different_rows(cases)) {
      if (rows.size() < 2) continue;
      rule.remark_ = "joins nothing: an answer's bits depend on the rows that are run with it";
      Measurement measurement(run, rows, end);
      std::vector<int>& classes = rule.classes_[shapes];
      classes = {kAlone};
      std::map<std::vector<std::string>, int> known;
      for (std::int64_t count = 1; count <= max_rows; ++count) {
        const auto answers = measurement.answers(count);
        classes.push_back(
            answers ? known.emplace(*answers, static_cast<int>(known.size()) + 1).first->second
                    : kAlone);
      }
    }
  } catch (const Error& error) {
    rule.classes_.clear();
    rule.remark_ = std::string("joins nothing: ") + error.what();
  }
  std::string joined;
  for (const auto& [shapes, classes] : rule.classes_) {
    const std::string text = joined_text(classes);
    if (!text.empty()) joined += (joined.empty() ? "" : "; ") + text;
  }
  if (!joined.empty()) rule.remark_ = joined;
  return rule;
}

int BatchRule::class_of(const RowShapes& shapes, std::int64_t rows) const {
  const auto found = classes_.find(shapes);
  const auto place = static_cast<std::size_t>(rows);
  return found != classes_.end() && place < found->second.size() ? found->second[place] : kAlone;
}

bool BatchRule::may_join(const RowShapes& shapes, std::int64_t rows) const {
  const int own = class_of(shapes, rows);
  if (own == kAlone) return false;
  const std::vector<int>& classes = classes_.find(shapes)->second;
  for (auto sum = static_cast<std::size_t>(rows) + 1; sum < classes.size(); ++sum) {
    const std::size_t other = sum - static_cast<std::size_t>(rows);
    if (classes[sum] == own && classes[other] == own) return true;
  }
  return false;
}

}  // namespace modelparity::server
