"""A server of the Open Inference Protocol, in a thread, that answers as a test wants it to.

with StubServer({"ModelReady": lambda request, context: b"nonsense"}) as server:
    ...  # the model `half`, y = x / 2 + 2, at server.url
server.requests  # every ModelInferRequest that came
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.message import Message

from modelparity.contract import inference_pb2
from modelparity.tensors import decode_inputs, encode_outputs

Call = Callable[[Message, grpc.ServicerContext], Message | bytes]
"""Answers a request with a message, or with the bytes of none; or aborts the context."""


def metadata(request: Message, context: grpc.ServicerContext) -> Message:
    return inference_pb2.ServerMetadataResponse(name="stub", version="1")


def ready(request: Message, context: grpc.ServicerContext) -> Message:
    return inference_pb2.ModelReadyResponse(ready=request.name == "half")


def infer(request: Message, context: grpc.ServicerContext) -> Message:
    return encode_outputs({"y": decode_inputs(request)["x"] / 2 + 2}, request)


def echo(request: Message, context: grpc.ServicerContext) -> Message:
    return encode_outputs({"y": decode_inputs(request)["x"]}, request)


class StubServer:
    """Serves on a free port of 127.0.0.1 for as long as the context lasts."""

    def __init__(
        self,
        calls: Mapping[str, Call | None] = {},
        credentials: grpc.ServerCredentials | None = None,
    ):
        """Prepares a server.

        Args:
            calls: By name, in place of the honest ones; None: the server does not have this call.
            credentials: For TLS, which `url` then asks for.
        """
        calls = {"ServerMetadata": metadata, "ModelReady": ready, "ModelInfer": infer} | calls
        self.requests: list[Message] = []
        self.stopping = threading.Event()
        """For calls that hang: set at the end of the context."""
        handlers = {name: self._handler(name, call) for name, call in calls.items() if call}
        self._server = grpc.server(
            ThreadPoolExecutor(4),
            [grpc.method_handlers_generic_handler("inference.GRPCInferenceService", handlers)],
            options=[("grpc.max_receive_message_length", -1)],
        )
        self._credentials = credentials

    def __enter__(self) -> "StubServer":
        if self._credentials:
            port = self._server.add_secure_port("127.0.0.1:0", self._credentials)
        else:
            port = self._server.add_insecure_port("127.0.0.1:0")
        self.url = f"{'grpcs' if self._credentials else 'grpc'}://127.0.0.1:{port}"
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Closes every connection, also of calls that are under way."""
        self.stopping.set()
        self._server.stop(None)

    def _handler(self, name: str, call: Call) -> grpc.RpcMethodHandler:
        def answer(payload: bytes, context: grpc.ServicerContext) -> bytes:
            request = getattr(inference_pb2, f"{name}Request").FromString(payload)
            if name == "ModelInfer":
                self.requests.append(request)
            response = call(request, context)
            return response if isinstance(response, bytes) else response.SerializeToString()

        return grpc.unary_unary_rpc_method_handler(answer)


@contextlib.contextmanager
def stub_socket(greeting: bytes | None) -> Iterator[str]:
    """Yields the URL of a port where something else than a server listens.

    Args:
        greeting: Sent to each that connects, before the connection is closed; None: nothing is ever
            sent, and no connection is closed.
    """
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))

        def serve() -> None:
            # Ends with the error of an `accept` on a socket that is shut down.
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    opened.enter_context(connection)
                    if greeting is not None:
                        connection.sendall(greeting)
                        connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"grpc://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
