// Sizes and instructions; tests/comparison_vectors.json has the rules.

#include "modelparity/internal/number_errors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace modelparity::internal {
namespace {

constexpr DType kNumbers[] = {DType::kBool,   DType::kUint8,   DType::kUint16,   DType::kUint32,
                              DType::kUint64, DType::kInt8,    DType::kInt16,    DType::kInt32,
                              DType::kInt64,  DType::kFloat16, DType::kBfloat16, DType::kFloat32,
                              DType::kFloat64};

// Around the ends of blocks.
constexpr std::size_t kCounts[] = {1, 7, 511, 512, 513, 1024, 3001};

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

TEST(NumberErrorsTest, AgreesWithTheSlowWayWhateverTheCount) {
  std::mt19937 random(1);
  for (const std::size_t count : kCounts) {
    // Multiples of 2^-10, so that no sum is rounded.
    std::vector<float> reference(count);
    std::vector<float> candidate(count);
    std::vector<double> errors(count);
    NumberErrors wanted;
    double worst_error = -1;
    for (std::size_t i = 0; i < count; ++i) {
      reference[i] = static_cast<float>(random() % 4096) / 1024;
      const float error = random() % 3 == 0 ? 0 : static_cast<float>(random() % 4096) / 1024;
      candidate[i] = reference[i] - error;
      errors[i] = error;
      wanted.max_abs = std::max(wanted.max_abs, errors[i]);
      if (reference[i] != 0) {
        wanted.max_rel = std::max(wanted.max_rel, errors[i] / reference[i]);
      }
      wanted.mean_abs += errors[i] / static_cast<double>(count);
      if (errors[i] > 0.5) ++wanted.failures;
      if (errors[i] > worst_error) {
        worst_error = errors[i];
        wanted.worst = i;
      }
    }
    std::sort(errors.begin(), errors.end());
    const auto quantile = [&](double share) {
      return errors[static_cast<std::size_t>(std::ceil(share * static_cast<double>(count))) - 1];
    };
    for (const Instructions instructions : {Instructions::kFastest, Instructions::kPortable}) {
      SCOPED_TRACE(count);
      const NumberErrors got = number_errors(DType::kFloat32, bytes_of(reference),
                                             bytes_of(candidate), {0.5, 0}, instructions)
                                   .value();
      EXPECT_EQ(got.max_abs, wanted.max_abs);
      EXPECT_EQ(got.max_rel, wanted.max_rel);
      EXPECT_NEAR(got.mean_abs, wanted.mean_abs, 1e-12);
      EXPECT_EQ(got.p50_abs, quantile(0.5));
      EXPECT_EQ(got.p90_abs, quantile(0.9));
      EXPECT_EQ(got.p99_abs, quantile(0.99));
      EXPECT_EQ(got.failures, wanted.failures);
      EXPECT_EQ(got.worst, wanted.worst);
    }
  }
}

TEST(NumberErrorsTest, AnErrorAndAToleranceThatOverflowHideNoOtherElement) {
  std::vector<double> reference(600, 1);
  std::vector<double> candidate = reference;
  reference[0] = 1e308;
  candidate[0] = -1e308;
  candidate[8] = 100;
  for (const Instructions instructions : {Instructions::kFastest, Instructions::kPortable}) {
    const NumberErrors got = number_errors(DType::kFloat64, bytes_of(reference),
                                           bytes_of(candidate), {0, 10}, instructions)
                                 .value();
    EXPECT_EQ(got.failures, 1U);
    EXPECT_EQ(got.worst, 8U);
  }
}

TEST(NumberErrorsTest, TheInstructionsChangeNothing) {
  std::mt19937 random(2);
  for (const DType dtype : kNumbers) {
    for (const std::size_t count : kCounts) {
      SCOPED_TRACE(std::string(dtype_name(dtype)) + " " + std::to_string(count));
      // Any bits: NaN, infinities and denormals among them; a third of the elements agree.
      std::string reference(count * dtype_size(dtype), '\0');
      for (char& byte : reference) byte = static_cast<char>(random());
      std::string candidate = reference;
      for (std::size_t i = 0; i < count; ++i) {
        if (random() % 3 != 0) candidate[i * dtype_size(dtype)] = static_cast<char>(random());
      }
      const NumberErrors fastest =
          number_errors(dtype, reference, candidate, {0.25, 0.25}, Instructions::kFastest).value();
      const NumberErrors portable =
          number_errors(dtype, reference, candidate, {0.25, 0.25}, Instructions::kPortable).value();
      EXPECT_EQ(fastest.max_abs, portable.max_abs);
      EXPECT_EQ(fastest.max_rel, portable.max_rel);
      EXPECT_EQ(fastest.max_ulp, portable.max_ulp);
      EXPECT_EQ(fastest.mean_abs, portable.mean_abs);
      EXPECT_EQ(fastest.p50_abs, portable.p50_abs);
      EXPECT_EQ(fastest.p90_abs, portable.p90_abs);
      EXPECT_EQ(fastest.p99_abs, portable.p99_abs);
      EXPECT_EQ(fastest.failures, portable.failures);
      EXPECT_EQ(fastest.worst, portable.worst);
    }
  }
}

TEST(NumberErrorsTest, KnowsNoOtherDtypes) {
  EXPECT_FALSE(number_errors(DType::kComplex64, "12345678", "12345678", {}));
  EXPECT_FALSE(number_at(DType::kQint8, "1", 0));
}

}  // namespace
}  // namespace modelparity::internal
