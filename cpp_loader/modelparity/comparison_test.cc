#include "modelparity/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "testing/expect_error.h"
#include "testing/files.h"

namespace modelparity {
namespace {

using nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The table that the comparison in Python is held to as well.
const json& vectors() {
  static const json parsed = json::parse(testing::read_file("tests/comparison_vectors.json"));
  return parsed;
}

double number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return value == "-Infinity" ? -kInfinity : kInfinity;
}

// An element of a row, as it stands in memory.
std::string element_bytes(const json& element, DType dtype) {
  const auto bytes_of = [](auto value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  const std::string text = element.is_string() ? element.get<std::string>() : "";
  if (text.substr(0, 2) == "0x") {
    return bytes_of(std::stoull(text, nullptr, 16)).substr(0, dtype_size(dtype));
  }
  if (dtype == DType::kFloat32) return bytes_of(static_cast<float>(number(element)));
  if (dtype == DType::kFloat64) return bytes_of(number(element));
  const std::string integer = text.empty() ? element.dump() : text;
  const std::uint64_t bits =
      integer[0] == '-' ? static_cast<std::uint64_t>(std::stoll(integer)) : std::stoull(integer);
  return bytes_of(bits).substr(0, dtype_size(dtype));
}

std::string string_of(const json& element) {
  if (element.is_string()) return element.get<std::string>();
  const std::string hex = element.at("hex");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Tensor tensor_of(const json& elements, DType dtype, const Shape& shape) {
  if (dtype == DType::kString) {
    std::vector<std::string> strings;
    for (const json& element : elements) strings.push_back(string_of(element));
    return Tensor::from_strings(shape, {strings.begin(), strings.end()});
  }
  std::string bytes;
  for (const json& element : elements) bytes += element_bytes(element, dtype);
  return Tensor::from_bytes(dtype, shape, bytes.data(), bytes.size());
}

TensorMap named_y(Tensor tensor) {
  TensorMap tensors;
  tensors["y"] = std::move(tensor);
  return tensors;
}

void expect_figure(const json& expected, const char* name, const std::optional<double>& got) {
  SCOPED_TRACE(name);
  ASSERT_EQ(got.has_value(), expected.contains(name));
  if (got) {
    EXPECT_EQ(*got, number(expected.at(name)));
  }
}

void expect_value(const json& expected, const char* name, const ElementValue& got) {
  SCOPED_TRACE(name);
  const json wanted = expected.value(name, json());
  if (wanted.is_null()) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(got));
  } else if (wanted.is_string()) {
    EXPECT_EQ(std::get<std::string>(got), wanted.get<std::string>());
  } else {
    EXPECT_EQ(std::get<double>(got), wanted.get<double>());
  }
}

TEST(ComparisonVectorsTest, Values) {
  ASSERT_FALSE(vectors().at("values").empty());
  for (const json& row : vectors().at("values")) {
    SCOPED_TRACE(row.at("name").get<std::string>());
    const DType dtype = dtype_from_name(row.at("dtype").get<std::string>()).value();
    const Shape shape = row.at("shape");
    const Judgement judgement =
        compare_outputs(named_y(tensor_of(row.at("reference"), dtype, shape)),
                        named_y(tensor_of(row.at("candidate"), dtype, shape)),
                        {{"y", {row.at("atol"), row.at("rtol")}}});
    const json& expected = row.at("expected");
    const bool match = expected.at("match");
    EXPECT_EQ(verdict_name(judgement.verdict), match ? "match" : "mismatch");
    EXPECT_EQ(judgement.message, expected.at("message").get<std::string>());
    ASSERT_EQ(judgement.outputs.size(), 1U);
    const OutputComparison& output = judgement.outputs[0];
    EXPECT_EQ(output.name, "y");
    EXPECT_EQ(output.dtype, dtype);
    EXPECT_EQ(output.shape, shape);
    EXPECT_EQ(output.match, match);
    EXPECT_EQ(output.failures > 0, !match);
    EXPECT_EQ(output.atol, row.at("atol").get<double>());
    EXPECT_EQ(output.rtol, row.at("rtol").get<double>());
    expect_figure(expected, "max_abs", output.max_abs);
    expect_figure(expected, "max_rel", output.max_rel);
    expect_figure(expected, "max_ulp", output.max_ulp);
    expect_figure(expected, "p50_abs", output.p50_abs);
    expect_figure(expected, "p90_abs", output.p90_abs);
    expect_figure(expected, "p99_abs", output.p99_abs);
    ASSERT_EQ(output.mean_abs.has_value(), expected.contains("mean_abs"));
    if (const double mean = output.mean_abs.value_or(kInfinity); mean < kInfinity) {
      // A sum of floats depends on the order.
      const double wanted = number(expected.at("mean_abs"));
      EXPECT_LE(std::fabs(mean - wanted), 1e-12 * wanted);
    } else if (output.mean_abs) {
      EXPECT_EQ(expected.at("mean_abs"), "Infinity");
    }
    EXPECT_EQ(output.worst_index, expected.at("worst_index").get<std::vector<std::int64_t>>());
    expect_value(expected, "reference_value", output.reference_value);
    expect_value(expected, "candidate_value", output.candidate_value);
  }
}

TEST(ComparisonVectorsTest, Contracts) {
  ASSERT_FALSE(vectors().at("contracts").empty());
  const auto zeros = [](const json& outputs) {
    TensorMap tensors;
    for (const auto& [name, spec] : outputs.items()) {
      tensors[name] = Tensor::zeros(dtype_from_name(spec.at(0).get<std::string>()).value(),
                                    spec.at(1).get<Shape>());
    }
    return tensors;
  };
  for (const json& row : vectors().at("contracts")) {
    SCOPED_TRACE(row.at("name").get<std::string>());
    const TensorMap candidate = zeros(row.at("candidate"));
    const Judgement judgement = compare_outputs(zeros(row.at("reference")), candidate);
    EXPECT_EQ(verdict_name(judgement.verdict), "contract_mismatch");
    EXPECT_EQ(judgement.message, row.at("message").get<std::string>());
    ASSERT_EQ(judgement.outputs.size(), candidate.size());
    auto output = judgement.outputs.begin();
    for (const auto& [name, tensor] : candidate) {
      EXPECT_EQ(output->name, name);
      EXPECT_EQ(output->dtype, tensor.dtype());
      EXPECT_EQ(output->shape, tensor.shape());
      EXPECT_FALSE(output->match);
      EXPECT_FALSE(output->max_abs);
      ++output;
    }
  }
}

TEST(CompareOutputsTest, AnOutputWithoutAToleranceHasThatOfItsDtype) {
  const auto float32 = [](float value) { return named_y(Tensor::from_values<float>({}, {value})); };
  EXPECT_EQ(compare_outputs(float32(1), float32(1.0001F)).verdict, Verdict::kMatch);
  const Judgement judgement = compare_outputs(float32(1), float32(1.001F), {{"z", {1, 1}}});
  EXPECT_EQ(judgement.message,
            "output 'y': got 1.00100005, wants 1 within 1e-05 + 0.0001 * |r|; 1 of 1 elements "
            "differ");
  const auto int32 = [](int value) { return named_y(Tensor::from_values<int>({}, {value})); };
  EXPECT_EQ(compare_outputs(int32(1000000), int32(1000001)).verdict, Verdict::kMismatch);
}

TEST(CompareOutputsTest, TheMessageIsOfTheFirstOutputThatDiffers) {
  TensorMap reference = named_y(Tensor::from_values<int>({}, {1}));
  reference["a"] = Tensor::from_values<int>({}, {1});
  reference["z"] = Tensor::from_values<int>({}, {1});
  TensorMap candidate = named_y(Tensor::from_values<int>({}, {2}));
  candidate["a"] = Tensor::from_values<int>({}, {1});
  candidate["z"] = Tensor::from_values<int>({}, {3});
  const Judgement judgement = compare_outputs(reference, candidate);
  EXPECT_EQ(judgement.message, "output 'y': got 2, wants 1 exact; 1 of 1 elements differ");
  ASSERT_EQ(judgement.outputs.size(), 3U);
  EXPECT_TRUE(judgement.outputs[0].match);
  EXPECT_FALSE(judgement.outputs[1].match);
  EXPECT_FALSE(judgement.outputs[2].match);
  EXPECT_EQ(judgement.outputs[2].failures, 1U);
}

TEST(CompareOutputsTest, AMessageIsOneLineWhateverTheNamesHold) {
  TensorMap reference;
  reference["a\nb"] = Tensor::zeros(DType::kInt8, {});
  EXPECT_EQ(compare_outputs(reference, {}).message, "got the outputs [], wants ['a\\nb']");
}

TEST(CompareOutputsTest, RefusesADtypeWithoutAWord) {
  const auto complex = [] { return named_y(Tensor::zeros(DType::kComplex64, {1})); };
  EXPECT_ERROR(compare_outputs(complex(), complex()), ErrorKind::kUnsupported,
               "output 'y': got dtype complex64");
}

}  // namespace
}  // namespace modelparity
