// The calls of the Open Inference Protocol, as gRPC hands them over.
//
// Thread-safety: gRPC calls from any number of threads. Nothing here waits: inference goes to the
// workers, loading to the repository's thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

#include "proto/inference.grpc.pb.h"
#include "server/infer_call.h"
#include "server/repository.h"

namespace modelparity::server {

inline constexpr const char* kServerName = "modelparity-server";

// ModelInfer comes as bytes, everything else as messages.
using CallbackBase = ::inference::GRPCInferenceService::WithCallbackMethod_ServerLive<
    ::inference::GRPCInferenceService::WithCallbackMethod_ServerReady<
        ::inference::GRPCInferenceService::WithCallbackMethod_ModelReady<
            ::inference::GRPCInferenceService::WithCallbackMethod_ServerMetadata<
                ::inference::GRPCInferenceService::WithCallbackMethod_ModelMetadata<
                    ::inference::GRPCInferenceService::WithRawCallbackMethod_ModelInfer<
                        ::inference::GRPCInferenceService::WithCallbackMethod_RepositoryIndex<
                            ::inference::GRPCInferenceService::
                                WithCallbackMethod_RepositoryModelLoad<
                                    ::inference::GRPCInferenceService::
                                        WithCallbackMethod_RepositoryModelUnload<
                                            ::inference::GRPCInferenceService::Service>>>>>>>>>;

class Service final : public CallbackBase {
 public:
  struct Options {
    std::string version;
    std::string repository_path;
    // False: clients cannot load and unload.
    bool repository_control = true;
  };

  // All three outlive the Service.
  Service(Options options, Repository& repository, InferContext& infer);

  // From now on the server calls itself not ready, and nobody waits for a load any more.
  void drain() {
    draining_ = true;
    repository_->drain();
  }

 private:
  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  Reactor* ServerLive(Context* context, const ::inference::ServerLiveRequest* request,
                      ::inference::ServerLiveResponse* response) override;
  Reactor* ServerReady(Context* context, const ::inference::ServerReadyRequest* request,
                       ::inference::ServerReadyResponse* response) override;
  Reactor* ModelReady(Context* context, const ::inference::ModelReadyRequest* request,
                      ::inference::ModelReadyResponse* response) override;
  Reactor* ServerMetadata(Context* context, const ::inference::ServerMetadataRequest* request,
                          ::inference::ServerMetadataResponse* response) override;
  Reactor* ModelMetadata(Context* context, const ::inference::ModelMetadataRequest* request,
                         ::inference::ModelMetadataResponse* response) override;
  Reactor* ModelInfer(Context* context, const grpc::ByteBuffer* request,
                      grpc::ByteBuffer* response) override;
  Reactor* RepositoryIndex(Context* context, const ::inference::RepositoryIndexRequest* request,
                           ::inference::RepositoryIndexResponse* response) override;
  Reactor* RepositoryModelLoad(Context* context,
                               const ::inference::RepositoryModelLoadRequest* request,
                               ::inference::RepositoryModelLoadResponse* response) override;
  Reactor* RepositoryModelUnload(Context* context,
                                 const ::inference::RepositoryModelUnloadRequest* request,
                                 ::inference::RepositoryModelUnloadResponse* response) override;

  // Throw StatusError.
  void check_repository(const std::string& name) const;
  void check_control() const;

  const Options options_;
  Repository* repository_;
  InferContext* infer_;
  std::atomic<bool> draining_ = false;
};

}  // namespace modelparity::server
