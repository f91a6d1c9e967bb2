// A program that serves and calls gRPC uses the loader. gRPC links protobuf, and libtensorflow
// holds another gRPC and another protobuf.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <thread>

#include "hosts/half_plus_two.h"
#include "proto/inference.grpc.pb.h"

namespace modelparity {
namespace {

// Answers ModelInfer with x / 2 + 2 of the parameter "x", computed by the model, once there is one.
class Service final : public ::inference::GRPCInferenceService::Service {
 public:
  grpc::Status ServerMetadata(grpc::ServerContext* /*context*/,
                              const ::inference::ServerMetadataRequest* /*request*/,
                              ::inference::ServerMetadataResponse* response) override {
    response->set_name("host");
    return grpc::Status::OK;
  }

  grpc::Status ModelInfer(grpc::ServerContext* /*context*/,
                          const ::inference::ModelInferRequest* request,
                          ::inference::ModelInferResponse* response) override {
    const auto x = static_cast<float>(request->parameters().at("x").double_param());
    const float y = HalfPlusTwo::answer(model_->saved_model.signature(), x);
    (*response->mutable_parameters())["y"].set_double_param(y);
    return grpc::Status::OK;
  }

  // Before the first ModelInfer.
  void use(const HalfPlusTwo& model) { model_ = &model; }

 private:
  const HalfPlusTwo* model_ = nullptr;
};

class GrpcHostTest : public ::testing::Test {
 protected:
  GrpcHostTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = ::inference::GRPCInferenceService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }

  std::string name_of_server() {
    grpc::ClientContext context;
    ::inference::ServerMetadataResponse response;
    const grpc::Status status = stub_->ServerMetadata(&context, {}, &response);
    return status.ok() ? response.name() : status.error_message();
  }

  double served_answer(double x) {
    grpc::ClientContext context;
    ::inference::ModelInferRequest request;
    (*request.mutable_parameters())["x"].set_double_param(x);
    ::inference::ModelInferResponse response;
    const grpc::Status status = stub_->ModelInfer(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return status.ok() ? response.parameters().at("y").double_param() : 0;
  }

  // What a thread of the program does; `first` is the first of its numbers.
  void serve_call_and_run(const HalfPlusTwo& model, int first) {
    for (int x = first; x < first + 50; ++x) {
      EXPECT_EQ(served_answer(x), x / 2.0 + 2);
      EXPECT_EQ(HalfPlusTwo::answer(model.frozen_graph.signature(), static_cast<float>(-x)),
                -x / 2.0 + 2);
      EXPECT_EQ(name_of_server(), "host");
    }
  }

  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<::inference::GRPCInferenceService::Stub> stub_;
};

TEST_F(GrpcHostTest, ServesAndCallsBeforeBetweenAndAfterRuns) {
  EXPECT_EQ(name_of_server(), "host");
  {
    const HalfPlusTwo model;
    service_.use(model);
    std::array<std::thread, 4> threads;
    int first = 0;
    for (std::thread& thread : threads) {
      thread = std::thread([this, &model, first] { serve_call_and_run(model, first); });
      first += 1000;
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(name_of_server(), "host");
}

}  // namespace
}  // namespace modelparity
