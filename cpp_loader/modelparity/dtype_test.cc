#include "modelparity/dtype.h"

#include <gtest/gtest.h>

#include <set>

#include "modelparity/internal/c_api.h"

namespace modelparity {
namespace {

constexpr int kLast = TF_FLOAT4_E2M1FN;

TEST(DTypeTest, HasTheNumbersOfTensorFlowsHeader) {
  EXPECT_EQ(static_cast<int>(DType::kFloat32), TF_FLOAT);
  EXPECT_EQ(static_cast<int>(DType::kString), TF_STRING);
  EXPECT_EQ(static_cast<int>(DType::kBool), TF_BOOL);
  EXPECT_EQ(static_cast<int>(DType::kBfloat16), TF_BFLOAT16);
  EXPECT_EQ(static_cast<int>(DType::kFloat16), TF_HALF);
  EXPECT_EQ(static_cast<int>(DType::kUint64), TF_UINT64);
  EXPECT_EQ(static_cast<int>(DType::kInt4), TF_INT4);
  EXPECT_EQ(static_cast<int>(DType::kFloat4E2m1fn), kLast);
}

TEST(DTypeTest, EveryTypeOfTensorFlowHasARowWithItsSize) {
  for (int number = 1; number <= kLast; ++number) {
    const auto dtype = dtype_from_number(number);
    ASSERT_TRUE(dtype.has_value()) << number;
    EXPECT_EQ(static_cast<int>(*dtype), number);
    // TensorFlow says how large its own string object is; ours have no fixed size.
    const std::size_t size =
        number == TF_STRING ? 0
                            : internal::c_api().TF_DataTypeSize(static_cast<TF_DataType>(number));
    EXPECT_EQ(dtype_size(*dtype), size) << dtype_name(*dtype);
  }
  EXPECT_FALSE(dtype_from_number(0));
  EXPECT_FALSE(dtype_from_number(kLast + 1));
}

TEST(DTypeTest, NamesAndWordsLeadBack) {
  std::set<std::string_view> words;
  for (int number = 1; number <= kLast; ++number) {
    const DType dtype = *dtype_from_number(number);
    EXPECT_EQ(dtype_from_name(dtype_name(dtype)), dtype);
    const std::string_view word = dtype_protocol_word(dtype);
    if (word.empty()) continue;
    EXPECT_EQ(dtype_from_protocol_word(word), dtype);
    words.insert(word);
  }
  EXPECT_EQ(words, (std::set<std::string_view>{"BOOL", "UINT8", "UINT16", "UINT32", "UINT64",
                                               "INT8", "INT16", "INT32", "INT64", "FP16", "BF16",
                                               "FP32", "FP64", "BYTES"}));
  EXPECT_FALSE(dtype_from_name("float31"));
  EXPECT_FALSE(dtype_from_protocol_word(""));
}

TEST(DTypeTest, AReferenceTypeIsItsType) { EXPECT_EQ(dtype_from_number(101), DType::kFloat32); }

}  // namespace
}  // namespace modelparity
