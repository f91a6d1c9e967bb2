#include "server/service.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "server/status.h"

namespace modelparity::server {
namespace {

namespace messages = ::inference;
using grpc::StatusCode;

// Ends a call with what `answer` returns or throws.
template <typename Answer>
grpc::ServerUnaryReactor* answered(grpc::CallbackServerContext* context, Answer answer) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  try {
    answer();
    reactor->Finish(grpc::Status::OK);
  } catch (...) {
    reactor->Finish(status_of(std::current_exception()));
  }
  return reactor;
}

// A signature's tensor as metadata tells it. A type or rank that the protocol has no word for is
// told in TensorFlow's.
void describe(const TensorSpec& spec, messages::ModelMetadataResponse::TensorMetadata* metadata) {
  metadata->set_name(spec.name);
  const std::string_view word = dtype_protocol_word(spec.dtype);
  metadata->set_datatype(std::string(word.empty() ? dtype_name(spec.dtype) : word));
  if (spec.unknown_rank) metadata->add_shape(-1);
  for (const std::int64_t size : spec.shape) metadata->add_shape(size);
}

// What metadata tells of a model: the signature that is run without a word, else the first.
const SignatureSpec& main_signature(const Serving& serving) {
  for (const Endpoint& endpoint : serving.endpoints) {
    if (endpoint.spec.name == internal::InferRequest().signature) return endpoint.spec;
  }
  return serving.endpoints.front().spec;
}

template <typename Parameters>
void expect_no_parameter(const Parameters& parameters, std::string_view ignored) {
  for (const auto& [key, value] : parameters) {
    if (key == ignored) continue;
    throw StatusError(StatusCode::UNIMPLEMENTED,
                      "parameter " + in_quotes(key) + ": is not supported; leave it out");
  }
}

// A load call, which ends when the repository has decided, or its client is gone before that. gRPC
// and the repository share it.
class LoadReactor final : public grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<LoadReactor> make() {
    auto reactor = std::make_shared<LoadReactor>();
    reactor->self_ = reactor;
    return reactor;
  }

  // Does nothing when the call has ended already.
  void end(const grpc::Status& status) {
    if (!ended_.exchange(true)) Finish(status);
  }

  void OnCancel() override { end({StatusCode::CANCELLED, "the client is gone"}); }
  void OnDone() override { self_.reset(); }

 private:
  std::atomic<bool> ended_ = false;
  // Until gRPC is done with it.
  std::shared_ptr<LoadReactor> self_;
};

}  // namespace

Service::Service(Options options, Repository& repository, InferContext& infer)
    : options_(std::move(options)), repository_(&repository), infer_(&infer) {}

Service::Reactor* Service::ServerLive(Context* context, const messages::ServerLiveRequest*,
                                      messages::ServerLiveResponse* response) {
  return answered(context, [&] { response->set_live(true); });
}

Service::Reactor* Service::ServerReady(Context* context, const messages::ServerReadyRequest*,
                                       messages::ServerReadyResponse* response) {
  return answered(context, [&] {
    response->set_ready(!draining_ && repository_->ready() && !infer_->workers.all_stuck());
  });
}

Service::Reactor* Service::ModelReady(Context* context, const messages::ModelReadyRequest* request,
                                      messages::ModelReadyResponse* response) {
  return answered(context, [&] {
    const auto serving = repository_->find(request->name());
    response->set_ready(!draining_ && serving && serving->answers_to(request->version()));
  });
}

Service::Reactor* Service::ServerMetadata(Context* context, const messages::ServerMetadataRequest*,
                                          messages::ServerMetadataResponse* response) {
  return answered(context, [&] {
    response->set_name(kServerName);
    response->set_version(options_.version);
    response->add_extensions("model_repository");
  });
}

Service::Reactor* Service::ModelMetadata(Context* context,
                                         const messages::ModelMetadataRequest* request,
                                         messages::ModelMetadataResponse* response) {
  return answered(context, [&] {
    const auto serving = repository_->serving(request->name());
    serving->check_version(request->version());
    const SignatureSpec& signature = main_signature(*serving);
    response->set_name(serving->model);
    response->add_versions(std::to_string(serving->version));
    response->set_platform("tensorflow");
    for (const TensorSpec& spec : signature.inputs) describe(spec, response->add_inputs());
    for (const TensorSpec& spec : signature.outputs) describe(spec, response->add_outputs());
  });
}

Service::Reactor* Service::ModelInfer(Context* context, const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) {
  return InferCall::start(*infer_, *context, *request, *response);
}

Service::Reactor* Service::RepositoryIndex(Context* context,
                                           const messages::RepositoryIndexRequest* request,
                                           messages::RepositoryIndexResponse* response) {
  return answered(context, [&] {
    check_repository(request->repository_name());
    for (Repository::IndexEntry& entry : repository_->index()) {
      if (request->ready() && entry.state != Repository::kReady) continue;
      auto* const model = response->add_models();
      model->set_name(std::move(entry.model));
      model->set_version(std::to_string(entry.version));
      model->set_state(std::move(entry.state));
      model->set_reason(std::move(entry.reason));
    }
  });
}

Service::Reactor* Service::RepositoryModelLoad(Context* context,
                                               const messages::RepositoryModelLoadRequest* request,
                                               messages::RepositoryModelLoadResponse*) {
  try {
    check_repository(request->repository_name());
    check_control();
    expect_no_parameter(request->parameters(), "");
  } catch (const StatusError& error) {
    return answered(context, [&] { throw error; });
  }
  const auto reactor = LoadReactor::make();
  repository_->load(request->model_name(),
                    [reactor](const grpc::Status& status) { reactor->end(status); });
  return reactor.get();
}

Service::Reactor* Service::RepositoryModelUnload(
    Context* context, const messages::RepositoryModelUnloadRequest* request,
    messages::RepositoryModelUnloadResponse*) {
  return answered(context, [&] {
    check_repository(request->repository_name());
    check_control();
    // No model depends on another, so that it makes no difference.
    expect_no_parameter(request->parameters(), "unload_dependents");
    if (repository_->unload(request->model_name())) return;
    throw StatusError(StatusCode::NOT_FOUND, "model " + in_quotes(request->model_name()) +
                                                 ": is not in the repository; ask for its index");
  });
}

void Service::check_repository(const std::string& name) const {
  if (name.empty() || name == options_.repository_path) return;
  throw StatusError(StatusCode::NOT_FOUND,
                    "repository " + in_quotes(name) + ": unknown, this server has " +
                        in_quotes(options_.repository_path) + "; leave the name out");
}

void Service::check_control() const {
  if (options_.repository_control) return;
  throw StatusError(StatusCode::PERMISSION_DENIED,
                    "repository: clients may not load and unload here "
                    "(--no-repository-control); change its folder instead");
}

}  // namespace modelparity::server
