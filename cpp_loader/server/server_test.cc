// The server in this process, as a client sees it. Its models are stubs; tests/server has
// TensorFlow.

#include "server/server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "modelparity/error.h"
#include "proto/inference.grpc.pb.h"
#include "server/repository.h"
#include "testing/files.h"

namespace modelparity::server {
namespace {

namespace messages = ::inference;
using grpc::StatusCode;
using namespace std::chrono_literals;

// Keeps runs from ending until it is opened.
class Gate {
 public:
  void pass() {
    ++arrived_;
    opened_.wait();
  }
  void open() { open_.set_value(); }
  void wait_for(int runs) const {
    while (arrived_ < runs) std::this_thread::sleep_for(1ms);
  }
  int arrived() const { return arrived_; }

 private:
  std::atomic<int> arrived_ = 0;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.repository = folder_.path();
    options_.address = "127.0.0.1:0";
    options_.metrics_address = "";
    options_.poll_interval = 20ms;
    options_.workers = 1;
    options_.spare_workers = 1;
    testing::write_file(folder_ / "m/1/model", "");
  }

  ~ServerTest() override {
    if (gate_is_closed_) gate_.open();
  }

  void start() {
    server_ = std::make_unique<Server>(options_,
                                       [this](const std::string& folder) { return load(folder); });
    stub_ = messages::GRPCInferenceService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  }

  void start_and_wait() {
    start();
    while (!is_ready()) std::this_thread::sleep_for(5ms);
  }

  void open_gate() {
    gate_.open();
    gate_is_closed_ = false;
  }

  // "serving_default" doubles x, "fails" and "waits" do so; a folder with a file "bad" is refused,
  // one with "stuck" loads when the gate is open.
  LoadedModel load(const std::string& folder) {
    if (std::filesystem::exists(folder + "/bad")) throw Refusal("bad", "has a file bad");
    if (std::filesystem::exists(folder + "/stuck")) gate_.pass();
    const auto signature = [](const char* name, RunFunction run) {
      return LoadedSignature{
          {name,
           {{"x", DType::kFloat32, {-1}, false}},
           {{"half", DType::kFloat32, {-1}, false}, {"y", DType::kFloat32, {-1}, false}}},
          std::move(run),
          {}};
    };
    LoadedModel model;
    model.signatures = {signature("fails",
                                  [](const TensorMap&) -> TensorMap {
                                    throw Error(ErrorKind::kRunFailed, "no such row");
                                  }),
                        signature("serving_default", answer),
                        signature("waits", [this](const TensorMap& inputs) {
                          gate_.pass();
                          return answer(inputs);
                        })};
    return model;
  }

  static TensorMap answer(const TensorMap& inputs) {
    const Tensor& x = inputs.at("x");
    TensorMap outputs;
    outputs["y"] = Tensor::zeros(DType::kFloat32, x.shape());
    outputs["half"] = Tensor::zeros(DType::kFloat32, x.shape());
    for (std::size_t i = 0; i < x.element_count(); ++i) {
      outputs["y"].mutable_data<float>()[i] = 2 * x.data<float>()[i];
      outputs["half"].mutable_data<float>()[i] = x.data<float>()[i] / 2;
    }
    return outputs;
  }

  static messages::ModelInferRequest request_of(const std::string& signature, float x = 3) {
    messages::ModelInferRequest request;
    request.set_model_name("m");
    (*request.mutable_parameters())["signature"].set_string_param(signature);
    auto* const input = request.add_inputs();
    input->set_name("x");
    input->set_datatype("FP32");
    input->add_shape(1);
    request.add_raw_input_contents(&x, sizeof(x));
    return request;
  }

  struct Answer {
    grpc::Status status;
    messages::ModelInferResponse response;
  };

  Answer infer(const messages::ModelInferRequest& request, std::chrono::milliseconds limit = 60s) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    Answer answer;
    answer.status = stub_->ModelInfer(&context, request, &answer.response);
    return answer;
  }

  std::future<Answer> infer_later(const std::string& signature) {
    return std::async(std::launch::async,
                      [this, signature] { return infer(request_of(signature)); });
  }

  void expect_error(const Answer& answer, StatusCode code, const std::string& part) {
    EXPECT_EQ(answer.status.error_code(), code) << answer.status.error_message();
    EXPECT_NE(answer.status.error_message().find(part), std::string::npos)
        << answer.status.error_message();
  }

  // Calls that have nothing to do with one model.
  template <typename Request, typename Response, typename Call>
  grpc::Status call(Call method, const Request& request, Response& response) {
    grpc::ClientContext context;
    return ((*stub_).*method)(&context, request, &response);
  }

  bool is_ready() {
    messages::ServerReadyResponse response;
    call(&Stub::ServerReady, messages::ServerReadyRequest(), response);
    return response.ready();
  }

  bool is_ready(const std::string& model, const std::string& version = "") {
    messages::ModelReadyRequest request;
    request.set_name(model);
    request.set_version(version);
    messages::ModelReadyResponse response;
    EXPECT_TRUE(call(&Stub::ModelReady, request, response).ok());
    return response.ready();
  }

  grpc::Status load_by_request(const std::string& model, std::chrono::milliseconds limit = 60s) {
    messages::RepositoryModelLoadRequest request;
    request.set_model_name(model);
    messages::RepositoryModelLoadResponse response;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    return stub_->RepositoryModelLoad(&context, request, &response);
  }

  grpc::Status unload(const std::string& model) {
    messages::RepositoryModelUnloadRequest request;
    request.set_model_name(model);
    messages::RepositoryModelUnloadResponse response;
    return call(&Stub::RepositoryModelUnload, request, response);
  }

  using Stub = messages::GRPCInferenceService::Stub;

  testing::TemporaryFolder folder_;
  Gate gate_;
  bool gate_is_closed_ = true;
  Options options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(ServerTest, Answers) {
  start_and_wait();
  auto request = request_of("serving_default");
  request.set_id("17");
  const Answer answer = infer(request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.response.model_name(), "m");
  EXPECT_EQ(answer.response.model_version(), "1");
  EXPECT_EQ(answer.response.id(), "17");
  ASSERT_EQ(answer.response.outputs_size(), 2);
  EXPECT_EQ(answer.response.outputs(1).name(), "y");
  float y = 0;
  ASSERT_EQ(answer.response.raw_output_contents(1).size(), sizeof(y));
  std::memcpy(&y, answer.response.raw_output_contents(1).data(), sizeof(y));
  EXPECT_EQ(y, 6);
}

TEST_F(ServerTest, GivesTheOutputsThatAreAskedFor) {
  start_and_wait();
  auto request = request_of("serving_default");
  request.add_outputs()->set_name("y");
  request.set_model_version("1");
  const Answer answer = infer(request);
  ASSERT_EQ(answer.response.outputs_size(), 1);
  EXPECT_EQ(answer.response.outputs(0).name(), "y");
  EXPECT_EQ(answer.response.raw_output_contents_size(), 1);
}

TEST_F(ServerTest, SaysWhatIsWrongWithARequest) {
  start_and_wait();
  auto unknown_model = request_of("serving_default");
  unknown_model.set_model_name("n");
  expect_error(infer(unknown_model), StatusCode::NOT_FOUND, "model 'n'");
  auto other_version = request_of("serving_default");
  other_version.set_model_version("2");
  expect_error(infer(other_version), StatusCode::NOT_FOUND, "version 1 is");
  expect_error(infer(request_of("other")), StatusCode::NOT_FOUND, "'waits'");
  auto unknown_output = request_of("serving_default");
  unknown_output.add_outputs()->set_name("z");
  expect_error(infer(unknown_output), StatusCode::INVALID_ARGUMENT, "output 'z'");
  auto no_input = request_of("serving_default");
  no_input.clear_inputs();
  expect_error(infer(no_input), StatusCode::INVALID_ARGUMENT, "raw_input_contents");
  auto wrong_dtype = request_of("serving_default");
  wrong_dtype.mutable_inputs(0)->set_datatype("INT32");
  expect_error(infer(wrong_dtype), StatusCode::INVALID_ARGUMENT, "wants float32 [?]");
  auto no_dtype = request_of("serving_default");
  no_dtype.mutable_inputs(0)->set_datatype("COMPLEX");
  expect_error(infer(no_dtype), StatusCode::UNIMPLEMENTED, "'COMPLEX'");
  auto region = request_of("serving_default");
  (*region.mutable_inputs(0)->mutable_parameters())["shared_memory_region"].set_string_param(
      "/etc/passwd");
  expect_error(infer(region), StatusCode::INVALID_ARGUMENT, "not accepted");
  expect_error(infer(request_of("fails")), StatusCode::INTERNAL, "no such row");
  EXPECT_TRUE(infer(request_of("serving_default")).status.ok());
}

TEST_F(ServerTest, RefusesWhatIsTooLarge) {
  options_.max_request_bytes = 1000;
  start_and_wait();
  auto request = request_of("serving_default");
  request.set_raw_input_contents(0, std::string(2000, '\0'));
  expect_error(infer(request), StatusCode::RESOURCE_EXHAUSTED, "1000");
}

TEST_F(ServerTest, ALimitOfTimeHoldsWhileTheModelStillRuns) {
  options_.request_timeout = 50ms;
  start_and_wait();
  expect_error(infer(request_of("waits")), StatusCode::DEADLINE_EXCEEDED, "no answer within 0.05s");
  // The only worker is still at it; another has taken its place.
  EXPECT_TRUE(infer(request_of("serving_default")).status.ok());
  EXPECT_EQ(gate_.arrived(), 1);
}

TEST_F(ServerTest, AClientMayAskForLessTime) {
  start_and_wait();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(infer(request_of("waits"), 50ms).status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(ServerTest, WhatNobodyWaitsForIsNotRun) {
  options_.spare_workers = 0;
  options_.max_waiting = 1;
  start_and_wait();
  auto running = infer_later("waits");
  gate_.wait_for(1);
  EXPECT_EQ(infer(request_of("waits"), 50ms).status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  // The client knows it first. When the server does, another may wait in its place.
  while (infer(request_of("serving_default"), 50ms).status.error_code() ==
         StatusCode::RESOURCE_EXHAUSTED) {
  }
  open_gate();
  EXPECT_TRUE(running.get().status.ok());
  while (!infer(request_of("serving_default")).status.ok()) {
  }
  EXPECT_EQ(gate_.arrived(), 1);
}

TEST_F(ServerTest, RefusesMoreThanMayWait) {
  options_.max_waiting = 1;
  start_and_wait();
  auto running = infer_later("waits");
  gate_.wait_for(1);
  std::vector<std::future<Answer>> others;
  for (int i = 0; i < 5; ++i) others.push_back(infer_later("serving_default"));
  // One of them waits; nobody knows which.
  const auto answered = [](const auto& other) {
    return other.wait_for(0s) == std::future_status::ready;
  };
  while (std::count_if(others.begin(), others.end(), answered) < 4) {
    std::this_thread::sleep_for(1ms);
  }
  open_gate();
  int refused = 0;
  for (auto& other : others) {
    const Answer answer = other.get();
    if (answer.status.ok()) continue;
    ++refused;
    expect_error(answer, StatusCode::RESOURCE_EXHAUSTED, "--max-waiting");
  }
  EXPECT_EQ(refused, 4);
  EXPECT_TRUE(running.get().status.ok());
}

TEST_F(ServerTest, DescribesItself) {
  start_and_wait();
  messages::ServerLiveResponse live;
  EXPECT_TRUE(call(&Stub::ServerLive, messages::ServerLiveRequest(), live).ok());
  EXPECT_TRUE(live.live());
  messages::ServerMetadataResponse server;
  EXPECT_TRUE(call(&Stub::ServerMetadata, messages::ServerMetadataRequest(), server).ok());
  EXPECT_EQ(server.name(), "modelparity-server");
  EXPECT_EQ(server.extensions(0), "model_repository");

  messages::ModelMetadataRequest request;
  request.set_name("m");
  messages::ModelMetadataResponse model;
  EXPECT_TRUE(call(&Stub::ModelMetadata, request, model).ok());
  EXPECT_EQ(model.versions(0), "1");
  EXPECT_EQ(model.inputs(0).name(), "x");
  EXPECT_EQ(model.inputs(0).datatype(), "FP32");
  EXPECT_EQ(model.inputs(0).shape(0), -1);
  EXPECT_EQ(model.outputs_size(), 2);
  request.set_version("2");
  EXPECT_EQ(call(&Stub::ModelMetadata, request, model).error_code(), StatusCode::NOT_FOUND);

  EXPECT_TRUE(is_ready("m"));
  EXPECT_TRUE(is_ready("m", "1"));
  EXPECT_FALSE(is_ready("m", "2"));
  EXPECT_FALSE(is_ready("n"));
}

TEST_F(ServerTest, PromotesANewVersionAndKeepsTheOldWhenItIsBad) {
  start_and_wait();
  testing::write_file(folder_ / "m/3/bad", "");
  testing::write_file(folder_ / "m/2/model", "");
  while (!is_ready("m", "2")) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(infer(request_of("serving_default")).response.model_version(), "2");

  messages::RepositoryIndexRequest request;
  messages::RepositoryIndexResponse index;
  EXPECT_TRUE(call(&Stub::RepositoryIndex, request, index).ok());
  ASSERT_EQ(index.models_size(), 3);
  EXPECT_EQ(index.models(0).state(), "UNAVAILABLE");
  EXPECT_EQ(index.models(1).state(), "READY");
  EXPECT_EQ(index.models(1).reason(), "unproved: it has no golden cases");
  EXPECT_EQ(index.models(2).reason(), "has a file bad");
  request.set_ready(true);
  EXPECT_TRUE(call(&Stub::RepositoryIndex, request, index).ok());
  ASSERT_EQ(index.models_size(), 1);
  EXPECT_EQ(index.models(0).version(), "2");
  request.set_repository_name("another");
  EXPECT_EQ(call(&Stub::RepositoryIndex, request, index).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, LoadsAndUnloadsByRequest) {
  start_and_wait();
  EXPECT_TRUE(unload("m").ok());
  EXPECT_FALSE(is_ready("m"));
  expect_error(infer(request_of("serving_default")), StatusCode::UNAVAILABLE, "model 'm'");
  EXPECT_TRUE(load_by_request("m").ok());
  EXPECT_TRUE(is_ready("m"));
  testing::write_file(folder_ / "m/2/bad", "");
  const grpc::Status refused = load_by_request("m");
  EXPECT_EQ(refused.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(refused.error_message().find("has a file bad"), std::string::npos);
  EXPECT_EQ(unload("n").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(load_by_request("n").error_code(), StatusCode::NOT_FOUND);

  messages::RepositoryModelLoadRequest request;
  request.set_model_name("m");
  (*request.mutable_parameters())["config"].set_string_param("{}");
  messages::RepositoryModelLoadResponse response;
  EXPECT_EQ(call(&Stub::RepositoryModelLoad, request, response).error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, RepositoryControlCanBeForbidden) {
  options_.repository_control = false;
  start_and_wait();
  EXPECT_EQ(unload("m").error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(load_by_request("m").error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(is_ready("m"));
}

TEST_F(ServerTest, DrainsWhatIsUnderWay) {
  options_.workers = 2;
  start_and_wait();
  auto running = infer_later("waits");
  gate_.wait_for(1);
  auto drained = std::async(std::launch::async, [this] { return server_->drain(60s); });
  grpc::Status refused;
  for (int i = 0; i < 1000 && refused.ok(); ++i) {
    refused = infer(request_of("serving_default")).status;
  }
  EXPECT_FALSE(refused.ok()) << "requests were taken while it drained";
  open_gate();
  EXPECT_TRUE(running.get().status.ok());
  EXPECT_TRUE(drained.get());
}

TEST_F(ServerTest, ADrainEndsAtItsTimeout) {
  start_and_wait();
  auto running = infer_later("waits");
  gate_.wait_for(1);
  EXPECT_FALSE(server_->drain(50ms));
  EXPECT_FALSE(running.get().status.ok());
}

TEST_F(ServerTest, AnIdleServerDrainsInNoTime) {
  start_and_wait();
  EXPECT_TRUE(server_->drain(0s));
}

TEST_F(ServerTest, ALoadThatNeverEndsHoldsUpNoDrain) {
  start_and_wait();
  testing::write_file(folder_ / "m/2/stuck", "");
  gate_.wait_for(1);
  auto impatient = std::async(std::launch::async, [this] { return load_by_request("m", 50ms); });
  EXPECT_EQ(impatient.get().error_code(), StatusCode::DEADLINE_EXCEEDED);
  auto waiting = std::async(std::launch::async, [this] { return load_by_request("m"); });
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(server_->drain(30s));
  EXPECT_EQ(waiting.get().error_code(), StatusCode::UNAVAILABLE);
  open_gate();
}

TEST_F(ServerTest, WhatCannotBeIsSaidAtTheStart) {
  start();
  options_.address = "127.0.0.1:" + std::to_string(server_->port());
  const auto load = [](const std::string&) { return LoadedModel(); };
  EXPECT_THROW(Server(options_, load), Error);
  options_.address = "127.0.0.1:0";
  options_.tls_certificate = folder_ / "none.pem";
  EXPECT_THROW(Server(options_, load), Error);
}

}  // namespace
}  // namespace modelparity::server
