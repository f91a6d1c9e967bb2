#include "modelparity/internal/inference.h"

#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

#include "modelparity/internal/message_reader.h"
#include "proto/inference.tags.h"
#include "testing/expect_error.h"
#include "testing/files.h"
#include "testing/infer_request.h"

namespace modelparity::internal {
namespace {

namespace tags = modelparity::inference::tags;
using testing::InferRequestBuilder;
using testing::raw_of;

TEST(DecodeRequestTest, ReadsRawInputsInTheirOrder) {
  InferRequestBuilder builder;
  builder.signature("predict");
  builder.input("b", "FP32", {2}, raw_of<float>({1, 2}));
  builder.input("a", "INT64", {}, raw_of<std::int64_t>({7}));
  const InferRequest request = decode_request(builder.serialized());
  EXPECT_EQ(request.signature, "predict");
  EXPECT_EQ(request.inputs.size(), 2U);
  EXPECT_EQ(request.inputs.at("b").data<float>()[1], 2);
  EXPECT_EQ(request.inputs.at("a").data<std::int64_t>()[0], 7);
}

TEST(DecodeRequestTest, TheSignatureHasADefault) {
  const InferRequest request = decode_request("");
  EXPECT_EQ(request.signature, "serving_default");
  EXPECT_TRUE(request.inputs.empty());
}

TEST(DecodeRequestTest, ReadsTheOutputsThatAreAskedFor) {
  EXPECT_TRUE(decode_request("").outputs.empty());
  std::string message;
  protozero::pbf_writer request(message);
  for (const char* name : {"b", "a"}) {
    protozero::pbf_writer output(request, tags::ModelInferRequest::kOutputs);
    output.add_string(tags::ModelInferRequest::InferRequestedOutputTensor::kName, name);
  }
  EXPECT_EQ(decode_request(message).outputs, (std::vector<std::string>{"b", "a"}));
}

TEST(DecodeRequestTest, ReadsContentsByElement) {
  std::string contents;
  protozero::pbf_writer(contents).add_int32(tags::InferTensorContents::kIntContents, -3);
  InferRequestBuilder builder;
  builder.input_with_contents("x", "INT8", {1}, contents);
  builder.input_with_contents("none", "FP32", {0}, "");
  const InferRequest request = decode_request(builder.serialized());
  EXPECT_EQ(request.inputs.at("x").data<std::int8_t>()[0], -3);
  EXPECT_EQ(request.inputs.at("none").shape(), Shape{0});
}

TEST(DecodeRequestTest, ReadsRegionsBesideRawContents) {
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "region", std::string(64, 'x') + raw_of<float>({5, 6}) + "rest");
  InferRequestBuilder builder;
  builder.input("a", "FP32", {1}, raw_of<float>({1}));
  builder.input_in_region("b", "FP32", {2}, folder / "region", 64, 8);
  builder.input("c", "FP32", {1}, raw_of<float>({3}));
  const InferRequest request = decode_request(builder.serialized(), Regions::kRead);
  EXPECT_EQ(request.inputs.at("a").data<float>()[0], 1);
  EXPECT_EQ(request.inputs.at("b").data<float>()[1], 6);
  EXPECT_EQ(request.inputs.at("c").data<float>()[0], 3);
}

TEST(DecodeRequestTest, RefusesBadRegions) {
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "region", "12345678");
  const auto decode = [&](const std::string& path, std::int64_t offset, std::int64_t size,
                          Regions regions) {
    InferRequestBuilder builder;
    builder.input_in_region("x", "FP32", {2}, path, offset, size);
    decode_request(builder.serialized(), regions);
  };
  const std::string file = folder / "region";
  EXPECT_ERROR(decode(file, 0, 8, Regions::kRefuse), ErrorKind::kProtocol, "not accepted here");
  EXPECT_ERROR(decode(file, 4, 8, Regions::kRead), ErrorKind::kProtocol, "ends before");
  EXPECT_ERROR(decode(file, -1, 8, Regions::kRead), ErrorKind::kProtocol, "ends before");
  EXPECT_ERROR(decode(file, 0, -8, Regions::kRead), ErrorKind::kProtocol, "ends before");
  EXPECT_ERROR(decode(file, 0, 4, Regions::kRead), ErrorKind::kInputShape, "input 'x': ");
  EXPECT_ERROR(decode(folder / "none", 0, 8, Regions::kRead), ErrorKind::kFileMissing, "none");
}

TEST(DecodeRequestTest, NamesTheInputInErrors) {
  InferRequestBuilder twice;
  twice.input("x", "FP32", {}, raw_of<float>({1}));
  twice.input("x", "FP32", {}, raw_of<float>({1}));
  EXPECT_ERROR(decode_request(twice.serialized()), ErrorKind::kInputName,
               "input 'x': is given twice");

  InferRequestBuilder datatype;
  datatype.input("x", "FP31", {}, raw_of<float>({1}));
  EXPECT_ERROR(decode_request(datatype.serialized()), ErrorKind::kUnsupported,
               "input 'x': datatype 'FP31'");

  InferRequestBuilder size;
  size.input("x", "FP32", {3}, raw_of<float>({1}));
  EXPECT_ERROR(decode_request(size.serialized()), ErrorKind::kInputShape,
               "input 'x': tensor float32 [3]: got 4 bytes, expected 12");

  InferRequestBuilder negative;
  negative.input("x", "FP32", {-1}, raw_of<float>({1}));
  EXPECT_ERROR(decode_request(negative.serialized()), ErrorKind::kInputShape, "input 'x': ");
}

TEST(DecodeRequestTest, RefusesRawContentsThatDoNotMatchTheInputs) {
  InferRequestBuilder many;
  many.input("x", "FP32", {}, raw_of<float>({1}));
  many.raw("1234");
  EXPECT_ERROR(decode_request(many.serialized()), ErrorKind::kProtocol, "2 entries for 1 inputs");

  InferRequestBuilder few;
  few.input("x", "FP32", {}, raw_of<float>({1}));
  few.input_with_contents("y", "FP32", {0}, "");
  EXPECT_ERROR(decode_request(few.serialized()), ErrorKind::kProtocol, "input 'y': ");
}

TEST(DecodeRequestTest, ACorruptMessageIsAnException) {
  InferRequestBuilder builder;
  builder.input("x", "FP32", {2}, raw_of<float>({1, 2}));
  const std::string& whole = builder.serialized();
  EXPECT_THROW(decode_request(whole.substr(0, whole.size() - 1)), protozero::exception);
}

TEST(DecodeResponseTest, ReadsWhatWasWritten) {
  TensorMap outputs;
  outputs["words"] = Tensor::from_strings({2}, {"a", "bc"});
  outputs["scalar"] = Tensor::from_values<double>({}, {0.5});
  const TensorMap read = decode_response(encode_response({}, outputs));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read.at("words").string_at(1), "bc");
  EXPECT_EQ(read.at("scalar").shape(), Shape{});
  EXPECT_EQ(read.at("scalar").data<double>()[0], 0.5);
}

TEST(DecodeResponseTest, NamesTheOutputInErrors) {
  TensorMap outputs;
  outputs["y"] = Tensor::zeros(DType::kFloat32, {2});
  const std::string once = encode_response({}, outputs);
  EXPECT_ERROR(decode_response(once + once), ErrorKind::kInputName, "output 'y': is given twice");

  const testing::TemporaryFolder folder;
  EXPECT_ERROR(decode_response(encode_response({}, outputs, {folder.path(), 4})),
               ErrorKind::kProtocol, "output 'y': shared memory regions are not accepted here");
}

// A response in the parts that a reader sees.
struct Response {
  std::string id;
  std::vector<std::string> names;
  std::vector<std::string> raw;
  int parameters = 0;
};

Response read_response(const std::string& message) {
  Response response;
  MessageReader reader(message);
  while (reader.next()) {
    if (reader.field() == tags::ModelInferResponse::kId) {
      response.id = reader.text();
    } else if (reader.field() == tags::ModelInferResponse::kRawOutputContents) {
      response.raw.push_back(reader.text());
    } else if (reader.field() == tags::ModelInferResponse::kOutputs) {
      MessageReader output = reader.message();
      while (output.next()) {
        if (output.field() == tags::ModelInferResponse::InferOutputTensor::kName) {
          response.names.push_back(output.text());
        } else {
          if (output.field() == tags::ModelInferResponse::InferOutputTensor::kParameters) {
            ++response.parameters;
          }
          output.skip();
        }
      }
    } else {
      reader.skip();
    }
  }
  return response;
}

TEST(EncodeResponseTest, WritesOutputsByName) {
  InferRequest request;
  request.id = "42";
  TensorMap outputs;
  outputs["b"] = Tensor::from_values<float>({2}, {1, 2});
  outputs["a"] = Tensor::from_strings({1}, {"word"});
  outputs["c"] = Tensor::zeros(DType::kInt64, {0});
  const Response response = read_response(encode_response(request, outputs));
  EXPECT_EQ(response.id, "42");
  EXPECT_EQ(response.names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(response.raw,
            (std::vector<std::string>{std::string("\4\0\0\0word", 8), raw_of<float>({1, 2}), ""}));
}

TEST(EncodeResponseTest, WritesLargeOutputsToFiles) {
  const testing::TemporaryFolder folder;
  TensorMap outputs;
  outputs["large"] = Tensor::from_values<float>({2}, {1, 2});
  outputs["small"] = Tensor::from_values<float>({1}, {3});
  const Response response = read_response(encode_response({}, outputs, {folder.path(), 4}));
  EXPECT_EQ(response.raw, std::vector<std::string>{raw_of<float>({3})});
  EXPECT_EQ(response.parameters, 3);
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(testing::read_file(files->path().string()), raw_of<float>({1, 2}));
  EXPECT_ERROR(encode_response({}, outputs, {folder / "nowhere", 4}), ErrorKind::kRunFailed,
               "cannot be written");
}

TEST(EncodeResponseTest, RefusesADtypeWithoutAWord) {
  TensorMap outputs;
  outputs["z"] = Tensor::zeros(DType::kComplex64, {1});
  EXPECT_ERROR(encode_response({}, outputs), ErrorKind::kUnsupported,
               "output 'z': got dtype complex64");
}

}  // namespace
}  // namespace modelparity::internal
