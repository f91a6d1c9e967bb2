#include "server/serving.h"

#include "server/status.h"

namespace modelparity::server {

bool Serving::answers_to(std::string_view wanted) const {
  return wanted.empty() || wanted == std::to_string(version);
}

void Serving::check_version(std::string_view wanted) const {
  if (answers_to(wanted)) return;
  throw StatusError(grpc::StatusCode::NOT_FOUND,
                    "model " + in_quotes(model) + ": version " + in_quotes(wanted) +
                        " is not served, version " + std::to_string(version) +
                        " is; ask for that, or for none");
}

const Endpoint& Serving::endpoint(std::string_view signature) const {
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.spec.name == signature) return endpoint;
  }
  const auto name_of = [](const Endpoint& endpoint) { return endpoint.spec.name; };
  throw StatusError(
      grpc::StatusCode::NOT_FOUND,
      "signature " + in_quotes(signature) + ": model " + in_quotes(model) +
          " has none of that name; set the request's parameter 'signature' to one of " +
          list_in_quotes(endpoints, name_of));
}

}  // namespace modelparity::server
