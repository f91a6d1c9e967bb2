#include "server/batch_rule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "modelparity/error.h"

namespace modelparity::server {
namespace {

constexpr std::chrono::hours kNoLimit(1);

// Cases of x, float32 [rows]: 1, 2, 3 and 4, 5.
std::vector<TensorMap> two_cases() {
  std::vector<TensorMap> cases(2);
  cases[0]["x"] = Tensor::from_values<float>({3}, {1, 2, 3});
  cases[1]["x"] = Tensor::from_values<float>({2}, {4, 5});
  return cases;
}

// A model of "x" to "y" that computes an element from its place, all elements, and their number.
template <typename Element>
RunFunction model(Element element) {
  return [element](const TensorMap& inputs) {
    const Tensor& x = inputs.at("x");
    std::vector<float> y;
    for (std::size_t i = 0; i < x.element_count(); ++i) {
      y.push_back(element(i, x.data<float>(), x.element_count()));
    }
    TensorMap outputs;
    outputs["y"] = Tensor::from_values<float>(x.shape(), y);
    return outputs;
  };
}

BatchRule measure(const RunFunction& run, std::int64_t max_rows = 8) {
  return BatchRule::measure(run, two_cases(), max_rows, kNoLimit);
}

const RowShapes kScalars = {{}};

TEST(BatchRuleTest, JoinsRowsThatAreComputedAlike) {
  const BatchRule rule = measure(model([](auto i, auto x, auto) { return x[i] / 2; }));
  EXPECT_TRUE(rule.joins());
  EXPECT_EQ(rule.remark(), "joins row counts 1-8");
  EXPECT_EQ(rule.max_rows(), 8);
  EXPECT_NE(rule.class_of(kScalars, 1), BatchRule::kAlone);
  for (int rows = 2; rows <= 8; ++rows) {
    EXPECT_EQ(rule.class_of(kScalars, rows), rule.class_of(kScalars, 1));
  }
}

TEST(BatchRuleTest, KnowsNothingBeyondWhatItMeasured) {
  const BatchRule rule = measure(model([](auto i, auto x, auto) { return x[i]; }));
  EXPECT_EQ(rule.class_of(kScalars, 9), BatchRule::kAlone);
  EXPECT_EQ(rule.class_of({{3}}, 1), BatchRule::kAlone);
}

TEST(BatchRuleTest, KeepsRowCountsApartThatChangeTheLastBit) {
  // As a kernel for a single row does.
  const BatchRule rule = measure(model(
      [](auto i, auto x, auto count) { return count == 1 ? x[i] : std::nextafter(x[i], 10.0f); }));
  EXPECT_EQ(rule.remark(), "joins row counts 2-8");
  EXPECT_NE(rule.class_of(kScalars, 1), rule.class_of(kScalars, 2));
}

TEST(BatchRuleTest, SeesWhatTheWholeNumbersOfTheCasesDoNotShow) {
  // As a kernel that rounds once where another rounds twice.
  const BatchRule rule = measure(model([](auto i, auto x, auto count) {
    const bool rounds = x[i] != std::floor(x[i]);
    return count > 1 && rounds ? std::nextafter(x[i], 10.0f) : x[i];
  }));
  EXPECT_EQ(rule.remark(), "joins row counts 2-8");
}

TEST(BatchRuleTest, KnowsWhichRequestsWouldWaitForNothing) {
  // Row counts 2 to 8 are a class of their own, so that 1 has nobody, and 7 and 8 do not fit
  // with 2.
  const BatchRule rule = measure(model(
      [](auto i, auto x, auto count) { return count == 1 ? x[i] : std::nextafter(x[i], 10.0f); }));
  std::vector<bool> may_join;
  for (int rows = 0; rows <= 9; ++rows) may_join.push_back(rule.may_join(kScalars, rows));
  EXPECT_EQ(may_join, (std::vector<bool>{0, 0, 1, 1, 1, 1, 1, 0, 0, 0}));
  EXPECT_FALSE(rule.may_join({{3}}, 2));
}

TEST(BatchRuleTest, JoinsNothingWhenAPlaceMatters) {
  // As the rest of a vector that does not fill a register.
  const BatchRule rule = measure(model([](auto i, auto x, auto count) {
    return i + 1 == count && count > 1 ? std::nextafter(x[i], 10.0f) : x[i];
  }));
  EXPECT_EQ(rule.remark(),
            "joins nothing: an answer's bits depend on the rows that are run with it");
  EXPECT_EQ(rule.class_of(kScalars, 2), BatchRule::kAlone);
}

TEST(BatchRuleTest, JoinsNothingWhenRowsSeeEachOther) {
  const BatchRule rule = measure(model([](auto i, auto x, auto count) {
    float sum = 0;
    for (std::size_t k = 0; k < count; ++k) sum += x[k];
    return x[i] - sum / static_cast<float>(count);
  }));
  for (int rows = 2; rows <= 8; ++rows) EXPECT_EQ(rule.class_of(kScalars, rows), BatchRule::kAlone);
}

TEST(BatchRuleTest, JoinsNothingWhenTheSameInputHasManyAnswers) {
  float state = 0;
  const BatchRule rule = measure(model([&](auto i, auto x, auto) { return x[i] + ++state; }));
  for (int rows = 1; rows <= 8; ++rows) EXPECT_EQ(rule.class_of(kScalars, rows), BatchRule::kAlone);
}

TEST(BatchRuleTest, JoinsNothingWhenAnOutputHasOtherRows) {
  const BatchRule rule = measure([](const TensorMap& inputs) {
    TensorMap outputs;
    outputs["y"] = inputs.at("x").copy();
    outputs["size"] = Tensor::from_values<float>({}, {1});
    return outputs;
  });
  EXPECT_EQ(rule.class_of(kScalars, 1), BatchRule::kAlone);
}

TEST(BatchRuleTest, SaysWhyWhenItCannotMeasure) {
  const auto identity = model([](auto i, auto x, auto) { return x[i]; });
  EXPECT_FALSE(BatchRule().joins());
  EXPECT_EQ(BatchRule::measure(identity, {}, 8, kNoLimit).remark(),
            "joins nothing: the golden cases have no two different rows of a shape");
  const BatchRule failed = measure(
      [](const TensorMap&) -> TensorMap { throw Error(ErrorKind::kRunFailed, "no more memory"); });
  EXPECT_FALSE(failed.joins());
  EXPECT_EQ(failed.remark(), "joins nothing: no more memory");
}

TEST(BatchRuleTest, JoinsOnlyWhatItHadTimeFor) {
  const auto identity = model([](auto i, auto x, auto) { return x[i]; });
  const BatchRule rule = BatchRule::measure(identity, two_cases(), 8, std::chrono::seconds(-1));
  EXPECT_EQ(rule.class_of(kScalars, 1), BatchRule::kAlone);
}

}  // namespace
}  // namespace modelparity::server
