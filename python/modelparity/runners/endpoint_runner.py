"""A model behind a server of the Open Inference Protocol as a runtime.

The server may be anybody's (KServe, Triton, modelparity-server), so only what the protocol demands of
each is called: ServerMetadata, ModelReady and ModelInfer. How long a call may take is the harness's
to say, which ends this process with the call.
"""

import pathlib
import ssl
from typing import TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from modelparity import runtimes
from modelparity.bundle import PROTOBUF_LIMIT, Bundle
from modelparity.contract import inference_pb2
from modelparity.endpoints import Address
from modelparity.errors import (
    ArtifactInvalidError,
    ModelParityError,
    ProtocolError,
    RunFailedError,
    RuntimeUnavailableError,
    UnsupportedError,
    one_line,
)
from modelparity.runners.base import Model, Runner
from modelparity.specs import DEFAULT_SIGNATURE
from modelparity.tensors import decode_outputs, encode_inputs

_Response = TypeVar("_Response", bound=Message)
# A tensor may be larger than gRPC's 4 MiB; what a server's own limit refuses is its answer.
_OPTIONS = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


class EndpointRunner(Runner):
    runtime = runtimes.ENDPOINT

    def __init__(self, url: str, ca_file: str | None = None):
        """Prepares to call a server; it is not connected to yet.

        Args:
            url: As Address.parse takes it.
            ca_file: PEM file with the certificates to trust instead of the system's.
        """
        super().__init__()
        self._address = Address.parse(url)
        self._server = _Server(url, self._address, ca_file)

    def version(self):
        answer = self._server.call(
            inference_pb2.ServerMetadataRequest(),
            inference_pb2.ServerMetadataResponse,
            RuntimeUnavailableError,
        )
        return f"{answer.name} {answer.version} at {self._server.url}"

    def load_model(self, path, artifact, signatures):
        name = self._address.model or Bundle.open(path, verify_checksums=False).manifest.name
        request = inference_pb2.ModelReadyRequest(name=name, version=self._address.version)
        answer = self._server.call(request, inference_pb2.ModelReadyResponse, ArtifactInvalidError)
        if not answer.ready:
            raise ArtifactInvalidError(
                f"{self._server.url}: model '{name}' is not ready; load it there, or name another with"
                " grpc://HOST:PORT/MODEL"
            )
        return EndpointModel(self._server, name, self._address.version)

    def explain(self, error, otherwise):
        return otherwise(one_line(error))


class EndpointModel(Model):
    """One model of a server."""

    def __init__(self, server: "_Server", name: str, version: str):
        self._server = server
        self._name = name
        self._version = version

    def run(self, binding, arrays):
        request = encode_inputs(arrays, model_name=self._name, signature=binding.signature)
        request.model_version = self._version
        if binding.signature == DEFAULT_SIGNATURE:
            # Signatures are ours: other servers have one for each model, and need not take parameters.
            del request.parameters["signature"]
        size = sum(map(len, request.raw_input_contents))
        if size > PROTOBUF_LIMIT:
            raise UnsupportedError(
                f"got inputs of {size} bytes, and a message of the protocol can have {PROTOBUF_LIMIT}"
            )
        answer = self._server.call(request, inference_pb2.ModelInferResponse, RunFailedError)
        return decode_outputs(answer)


class _Server:
    """Calls a server, and says what went wrong in our words."""

    def __init__(self, url: str, address: Address, ca_file: str | None):
        self.url = url
        if address.secure:
            credentials = grpc.ssl_channel_credentials(_trusted(ca_file))
            self._channel = grpc.secure_channel(address.target, credentials, _OPTIONS)
        else:
            self._channel = grpc.insecure_channel(address.target, _OPTIONS)

    def call(
        self, request: Message, response: type[_Response], otherwise: type[ModelParityError]
    ) -> _Response:
        """Makes the call that `request` belongs to.

        Raises:
            UnsupportedError: The server does not have this call.
            ProtocolError: Its answer is no `response`.
            ModelParityError: Of kind `otherwise`: the call failed.
        """
        name = request.DESCRIPTOR.name.removesuffix("Request")
        method = self._channel.unary_unary(
            f"/inference.GRPCInferenceService/{name}",
            request_serializer=lambda message: message.SerializeToString(),
        )
        try:
            answer = method(request)
        except grpc.RpcError as error:
            code = error.code()
            kind = UnsupportedError if code == grpc.StatusCode.UNIMPLEMENTED else otherwise
            message = f"{self.url}: {name} failed with {code.name}: {one_line(error.details())}"
            raise kind(message) from error
        try:
            return response.FromString(answer)
        except DecodeError as error:
            raise ProtocolError(
                f"{self.url}: {name} got {len(answer)} bytes that are no {response.DESCRIPTOR.name}"
            ) from error


def _trusted(ca_file: str | None) -> bytes:
    """Returns the certificates to trust in PEM, by default OpenSSL's: gRPC would bring its own."""
    paths = ssl.get_default_verify_paths()
    if ca_file or paths.cafile:
        return pathlib.Path(ca_file or paths.cafile).read_bytes()
    hashed = sorted(pathlib.Path(paths.capath or "/none").glob("*.0"))
    return b"\n".join(file.read_bytes() for file in hashed)
