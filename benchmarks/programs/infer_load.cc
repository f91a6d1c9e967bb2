// Sends inference requests to a server of the Open Inference Protocol, always so many at a time,
// and says in JSON how many were answered in a second.
//
//   infer_load 127.0.0.1:8001 digits --in-flight 8 --seconds 2
//
// The model takes one float32 tensor. A request that fails ends the program with status 1.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "proto/inference.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;
using Stub = inference::GRPCInferenceService::Stub;

void expect_ok(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error("request failed: " + status.error_message());
}

// A request with zeros, and 1 in place of every dimension that is known only at run time.
inference::ModelInferRequest make_request(Stub& stub, const std::string& model) {
  inference::ModelMetadataRequest question;
  question.set_name(model);
  inference::ModelMetadataResponse metadata;
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  expect_ok(stub.ModelMetadata(&context, question, &metadata));
  inference::ModelInferRequest request;
  request.set_model_name(model);
  auto* const input = request.add_inputs();
  input->set_name(metadata.inputs(0).name());
  input->set_datatype(metadata.inputs(0).datatype());
  std::size_t size = sizeof(float);
  for (const auto dimension : metadata.inputs(0).shape()) {
    input->add_shape(std::max<std::int64_t>(dimension, 1));
    size *= static_cast<std::size_t>(input->shape().rbegin()[0]);
  }
  request.add_raw_input_contents(std::string(size, '\0'));
  return request;
}

// A request that is under way.
struct Exchange {
  grpc::ClientContext context;
  inference::ModelInferResponse response;
  grpc::Status status;
  Clock::time_point start = Clock::now();
};

class Load {
 public:
  Load(Stub& stub, inference::ModelInferRequest request)
      : stub_(stub), request_(std::move(request)) {}

  // Microseconds of each request that was answered within the time.
  std::vector<double> run(int in_flight, std::chrono::duration<double> duration) {
    const auto end = Clock::now() + duration;
    std::vector<double> latencies;
    for (int i = 0; i < in_flight; ++i) send();
    while (in_flight > 0) {
      const std::unique_ptr<Exchange> done = receive();
      if (Clock::now() >= end) {
        --in_flight;
        continue;
      }
      latencies.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - done->start).count());
      send();
    }
    return latencies;
  }

 private:
  void send() {
    auto exchange = std::make_unique<Exchange>();
    const auto reader = stub_.AsyncModelInfer(&exchange->context, request_, &queue_);
    reader->Finish(&exchange->response, &exchange->status, exchange.get());
    exchange.release();
  }

  std::unique_ptr<Exchange> receive() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(tag));
    expect_ok(exchange->status);
    if (exchange->response.raw_output_contents_size() == 0) {
      throw std::runtime_error("an answer has no outputs");
    }
    return exchange;
  }

  Stub& stub_;
  const inference::ModelInferRequest request_;
  grpc::CompletionQueue queue_;
};

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Measures how many inference requests a server answers in a second.", "infer_load");
  std::string address;
  std::string model;
  int in_flight = 8;
  double seconds = 1;
  app.add_option("address", address, "HOST:PORT")->required();
  app.add_option("model", model)->required();
  app.add_option("--in-flight", in_flight, "requests at a time")->capture_default_str();
  app.add_option("--seconds", seconds)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto stub = inference::GRPCInferenceService::NewStub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  Load load(*stub, make_request(*stub, model));
  load.run(in_flight, std::chrono::milliseconds(200));  // to warm up
  std::vector<double> latencies = load.run(in_flight, std::chrono::duration<double>(seconds));
  if (latencies.empty()) throw std::runtime_error("no request was answered in time");
  std::sort(latencies.begin(), latencies.end());
  std::cout << nlohmann::json{{"requests_per_second", latencies.size() / seconds},
                              {"p50_us", latencies[latencies.size() / 2]},
                              {"p99_us", latencies[latencies.size() * 99 / 100]}}
            << "\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << "infer_load: " << error.what() << "\n";
  return 1;
}
