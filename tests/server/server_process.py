"""A modelparity-server as a child process, and the repository that it serves.

    repository = Repository(tmp_path)
    repository.add("linear_regression.bundle", "linear", 1)
    with ServerProcess(repository) as server, server.client() as client:
        client.is_server_ready()                                   # tritonclient's
        server.await_event("promoted", model="linear", version=1)  # a line of its log
        server.metric("modelparity_promotions_total", model="linear")

No wait has a fixed length: each ends with what is waited for, or fails after LIMIT.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import TypeVar

import grpc
import numpy as np
from google.protobuf import json_format
from google.protobuf.message import Message
from tritonclient import grpc as triton

from modelparity.bundle import MANIFEST, Bundle
from modelparity.contract import case_pb2, inference_pb2, manifest_pb2
from modelparity.specs import DTYPES
from modelparity.tensors import decode_inputs, decode_outputs, dtype_name, encode_outputs

LIMIT = 60.0
"""Seconds after which a wait has failed, on the busiest machine."""

_DATATYPES = {row.name: row.datatype for row in DTYPES}
_UNLIMITED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))
_SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')
_T = TypeVar("_T")


def await_value(get: Callable[[], _T], what: str) -> _T:
    """Returns the first true value of `get`."""
    until = time.monotonic() + LIMIT
    while not (value := get()):
        assert time.monotonic() < until, f"after {LIMIT:g} s there is still no {what}"
        time.sleep(0.01)
    return value


def open_bundle(name: str) -> Bundle:
    """Returns a bundle that the build made."""
    path = next(path for path in os.environ["BUNDLES"].split() if path.endswith(f"/{name}"))
    return Bundle.open(path, verify_checksums=False)


class Repository:
    """A folder of models, changed as an operator would."""

    def __init__(self, folder: pathlib.Path):
        self.path = folder / "models"
        self._aside = folder / "aside"
        self.path.mkdir()
        self._aside.mkdir()

    def add(
        self,
        bundle: str,
        model: str,
        version: int,
        change: Callable[[pathlib.Path], None] = lambda folder: None,
    ) -> pathlib.Path:
        """Copies a bundle, changes the copy, and moves it to where it is served from."""
        copy = self._aside / f"{model}-{version}"
        _copy(open_bundle(bundle).path, copy)
        change(copy)
        target = self.path / model / str(version)
        target.parent.mkdir(exist_ok=True)
        copy.rename(target)
        return target

    def remove(self, model: str, version: int | None = None) -> None:
        """Takes a version away, or the whole model."""
        parts = [model] if version is None else [model, str(version)]
        gone = self._aside / "-".join([*parts, "gone"])
        self.path.joinpath(*parts).rename(gone)
        shutil.rmtree(gone)


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copies a folder's files, which in a build may be links, and are read-only."""
    for folder, _, names in os.walk(source):
        here = target / os.path.relpath(folder, source)
        here.mkdir()
        for name in names:
            shutil.copyfile(os.path.join(folder, name), here / name)


def with_other_answer(bundle: pathlib.Path) -> None:
    """Changes the recorded answer of one golden case; the bundle stays well-formed."""
    file = next(iter(Bundle.open(bundle).manifest.cases)).path
    case = case_pb2.Case.FromString((bundle / file).read_bytes())
    outputs = decode_outputs(case.expected)
    name = min(outputs)
    outputs[name] = outputs[name] + np.ones((), outputs[name].dtype)
    case.expected.CopyFrom(encode_outputs(outputs, case.request))
    (bundle / file).write_bytes(case.SerializeToString())
    sign(bundle)


def sign(bundle: pathlib.Path) -> None:
    """Writes the sizes and checksums of a bundle's files into its manifest."""
    manifest = json_format.Parse((bundle / MANIFEST).read_text(), manifest_pb2.Manifest())
    for file in manifest.files:
        content = (bundle / file.path).read_bytes()
        file.size, file.sha256 = len(content), hashlib.sha256(content).hexdigest()
    text = json_format.MessageToJson(manifest, preserving_proto_field_name=True)
    (bundle / MANIFEST).write_text(text)


class ServerProcess:
    """A context manager that starts the server, and makes sure that it ends."""

    def __init__(
        self,
        repository: Repository,
        *options: str,
        poll_interval: str = "50ms",
        ready: bool = True,
    ):
        """Prepares a server on free ports of this machine.

        Args:
            repository: What it serves.
            options: Further ones of its command line.
            poll_interval: As on its command line.
            ready: Wait at the start until every model is served.
        """
        spec = importlib.util.find_spec("tensorflow")
        self._environment = os.environ | {"MODELPARITY_LIBTENSORFLOW": os.path.dirname(spec.origin)}
        self._command = [
            os.environ["SERVER"],
            str(repository.path),
            "--address=127.0.0.1:0",
            "--metrics-address=127.0.0.1:0",
            f"--poll-interval={poll_interval}",
            *options,
        ]
        self._ready = ready
        self.lines: list[str] = []
        """What it has written to standard error."""

    def __enter__(self) -> "ServerProcess":
        self.process = subprocess.Popen(
            self._command, env=self._environment, stderr=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            listening = self.await_event("listening")
            self.address = f"127.0.0.1:{listening['port']}"
            self.metrics_address = f"127.0.0.1:{listening['metrics_port']}"
            if self._ready:
                with self.client() as client:
                    await_value(client.is_server_ready, "server that is ready")
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        """Waits until the process has ended and returns its exit status; its log has to be JSON."""
        status = self.process.wait(LIMIT)
        self._reader.join()
        self.process.stderr.close()
        assert all(json.loads(line)["event"] for line in self.lines)
        return status

    def terminate(self) -> None:
        """Asks the process to end."""
        self.process.send_signal(signal.SIGTERM)

    def client(self, **options: object) -> contextlib.closing:
        """Returns NVIDIA's client, as a context."""
        return contextlib.closing(triton.InferenceServerClient(self.address, **options))

    def events(self, name: str, **fields: object) -> list[dict]:
        """Returns the log's lines of one event that have these fields."""
        lines = [json.loads(line) for line in list(self.lines)]
        return [line for line in lines if line.items() >= ({"event": name} | fields).items()]

    def await_event(self, name: str, **fields: object) -> dict:
        """Waits for a line of the log, and returns the last one."""

        def find() -> list[dict]:
            found = self.events(name, **fields)
            assert found or self.process.poll() is None, "".join(self.lines)
            return found

        return await_value(find, f"event {name} {fields}")[-1]

    def metrics_page(self) -> str:
        with urllib.request.urlopen(
            f"http://{self.metrics_address}/metrics", timeout=LIMIT
        ) as page:
            return page.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """Returns the sum of a metric's samples that have these labels."""
        return sum(
            value
            for sample, found, value in samples(self.metrics_page())
            if sample == name and found.items() >= labels.items()
        )

    def _read(self) -> None:
        for line in self.process.stderr:
            self.lines.append(line)


def samples(page: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yields name, labels and value of each sample of a page in Prometheus' text format."""
    for line in page.splitlines():
        if not line.startswith("#"):
            name, labels, value = _SAMPLE.fullmatch(line).groups()
            yield name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")), float(value)


def inputs_of(arrays: dict[str, np.ndarray]) -> list[triton.InferInput]:
    """Returns arrays as tritonclient sends them."""
    inputs = []
    for name, array in arrays.items():
        datatype = _DATATYPES[dtype_name(array.dtype)]
        tensor = triton.InferInput(name, list(array.shape), datatype)
        # Its numpy has no bfloat16: it takes float32 and cuts it off.
        tensor.set_data_from_numpy(array.astype(np.float32) if datatype == "BF16" else array)
        inputs.append(tensor)
    return inputs


def raw_infer(
    server: ServerProcess, request: Message | bytes, timeout: float = LIMIT
) -> tuple[str, Message | str]:
    """Sends one request, which may be any bytes, over a connection of its own.

    Returns:
        The status code's name, and the answer or the error's message.
    """
    with grpc.insecure_channel(server.address, options=_UNLIMITED) as channel:
        return raw_infer_over(channel, request, timeout)


def raw_infer_over(
    channel: grpc.Channel, request: Message | bytes, timeout: float = LIMIT
) -> tuple[str, Message | str]:
    """As raw_infer, over a connection that there is."""
    call = channel.unary_unary(
        "/inference.GRPCInferenceService/ModelInfer",
        response_deserializer=inference_pb2.ModelInferResponse.FromString,
    )
    payload = request if isinstance(request, bytes) else request.SerializeToString()
    try:
        return "OK", call(payload, timeout=timeout)
    except grpc.RpcError as error:
        return error.code().name, error.details()


def golden_cases(bundle: str) -> Iterator[tuple[case_pb2.Case, dict, dict]]:
    """Yields each golden case with its inputs and the outputs that are right."""
    for case in open_bundle(bundle).cases():
        yield case, decode_inputs(case.request), decode_outputs(case.expected)
