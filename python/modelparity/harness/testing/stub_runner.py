"""A runner that misbehaves on demand: `python -m modelparity.harness.testing.stub_runner MODE`.

Its model is y = x / 2 + 2 for the input `x` and the output `y` of one signature. MODE `honest` is
a runner as it should be; every other mode goes wrong in the one way that its function says. To add
a way to go wrong, write a function below and give it to @mode.

The load of an artifact whose path holds "unloadable" is refused, and a case whose `x` begins with
13 is where a mode of `run` strikes: so a test sees that the other cells are not touched.
"""

import itertools
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

from modelparity.contract import runner_pb2
from modelparity.frames import MAX_FRAME, read_frame, write_frame
from modelparity.tensors import decode_inputs, encode_outputs

UNLUCKY = 13.0
"""The first element of `x` with which a mode strikes in `run`."""

_CALLS = itertools.count()
_DESCRIBE = {}
_LOAD = {}
_RUN = {}


def _mode(verb):
    """Registers a function as the mode of its name; it may change or replace the response."""

    def register(function):
        verb[function.__name__.strip("_")] = function
        return function

    return register


@_mode(_DESCRIBE)
def hang_in_start(response):
    time.sleep(3600)


@_mode(_DESCRIBE)
def exit_in_start(response):
    print("ImportError: no such library", file=sys.stderr, flush=True)
    os._exit(3)


@_mode(_LOAD)
def hang_in_load(response):
    time.sleep(3600)


@_mode(_LOAD)
def segfault_in_load(response):
    os.kill(os.getpid(), signal.SIGSEGV)


@_mode(_LOAD)
def refuse_in_load(response):
    response.error.kind = runner_pb2.ERROR_KIND_ARTIFACT_INVALID
    response.error.message = "the graph has no end"


@_mode(_LOAD)
def unsupported_in_load(response):
    response.error.kind = runner_pb2.ERROR_KIND_UNSUPPORTED
    response.error.message = "operator Frobnicate"


@_mode(_LOAD)
def wrong_answer_in_load(response):
    response.closed.SetInParent()


@_mode(_RUN)
def wrong_value(response):
    _replace(response.run_result.response, y=_output(response) + np.float32(1))


@_mode(_RUN)
def wrong_the_second_time(response):
    if next(_CALLS):
        wrong_value(response)


@_mode(_RUN)
def wrong_in_one_of_several_threads(response):
    if response.run_result.others:
        _replace(response.run_result.others[-1], y=_output(response) + np.float32(1))


@_mode(_RUN)
def wrong_where_it_sees_a_secret(response):
    if "SECRET_TOKEN" in os.environ:
        wrong_value(response)


@_mode(_RUN)
def random_value(response):
    _replace(response.run_result.response, y=np.random.default_rng().standard_normal(2, np.float32))


@_mode(_RUN)
def wrong_shape(response):
    _replace(response.run_result.response, y=_output(response).reshape(1, -1))


@_mode(_RUN)
def shape_unlike_its_bytes(response):
    response.run_result.response.outputs[0].shape[0] += 1


@_mode(_RUN)
def bytes_unlike_its_shape(response):
    response.run_result.response.raw_output_contents[0] += b"more"


@_mode(_RUN)
def wrong_dtype(response):
    _replace(response.run_result.response, y=_output(response).astype(np.float64))


@_mode(_RUN)
def wrong_name(response):
    _replace(response.run_result.response, z=_output(response))


@_mode(_RUN)
def missing_output(response):
    _replace(response.run_result.response)


@_mode(_RUN)
def additional_output(response):
    _replace(response.run_result.response, y=_output(response), z=_output(response))


@_mode(_RUN)
def output_twice(response):
    answer = response.run_result.response
    answer.outputs.append(answer.outputs[0])
    answer.raw_output_contents.append(answer.raw_output_contents[0])


@_mode(_RUN)
def file_that_is_not_there(response):
    answer = response.run_result.response
    del answer.raw_output_contents[:]
    parameters = answer.outputs[0].parameters
    parameters["shared_memory_region"].string_param = "/nowhere/at/all"
    parameters["shared_memory_byte_size"].int64_param = 8


@_mode(_RUN)
def fail_in_run(response):
    response.error.kind = runner_pb2.ERROR_KIND_RUN_FAILED
    response.error.message = "index 7 is out of bounds"


@_mode(_RUN)
def hang_in_run(response):
    time.sleep(3600)


@_mode(_RUN)
def hang_with_children(response):
    """The child leaves the session, and has a child of its own."""
    subprocess.Popen(["sh", "-c", "sleep 3600; :"], start_new_session=True)
    time.sleep(3600)


@_mode(_RUN)
def exit_with_a_child(response):
    # Without our pipes, which would look as if we were still there.
    subprocess.Popen(["sleep", "3600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os._exit(3)


@_mode(_RUN)
def leave_a_temporary_file(response):
    tempfile.mkstemp()


@_mode(_RUN)
def segfault_in_run(response):
    print("free(): invalid pointer", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


@_mode(_RUN)
def exit_in_run(response):
    os._exit(3)


@_mode(_RUN)
def close_stdout(response):
    os.close(1)
    time.sleep(3600)


@_mode(_RUN)
def flood_stdout(response):
    while True:
        os.write(1, b"I print what I like. " * 1000)


@_mode(_RUN)
def flood_stderr(response):
    for _ in range(200):
        os.write(2, b"warning: this is the end\n" * 1000)


@_mode(_RUN)
def truncated_frame(response):
    os.write(1, struct.pack("<I", 1000) + b"short")
    os._exit(0)


@_mode(_RUN)
def truncated_length(response):
    os.write(1, b"\x01")
    os._exit(0)


@_mode(_RUN)
def oversize_frame(response):
    os.write(1, struct.pack("<I", MAX_FRAME + 1))
    time.sleep(3600)


@_mode(_RUN)
def no_message(response):
    os.write(1, struct.pack("<I", 4) + b"\xff\xff\xff\xff")


@_mode(_RUN)
def wrong_id(response):
    response.id += 1


@_mode(_RUN)
def stream_error(response):
    response.id = 0
    response.error.message = "the answer is too long"


@_mode(_RUN)
def eat_memory(response):
    hoard = []
    while True:
        hoard.append(b"x" * (10 << 20))
        time.sleep(0.01)


@_mode(_RUN)
def eat_memory_in_a_child(response):
    if os.fork() == 0:
        os.setsid()
        eat_memory(response)
    time.sleep(3600)


MODES = {"honest": None} | _DESCRIBE | _LOAD | _RUN


def _output(response):
    data = response.run_result.response.raw_output_contents[0]
    return np.frombuffer(data, np.float32).copy()


def _replace(answer, **arrays):
    answer.CopyFrom(encode_outputs(arrays, answer))


def _answer(request, mode, loaded):
    """Returns the response; `loaded` is the Load message that was answered last, if any."""
    response = runner_pb2.RunnerResponse(id=request.id)
    match request.WhichOneof("verb"):
        case "describe":
            response.description.runtime = "stub"
            response.description.runtime_version = "1"
            _DESCRIBE.get(mode, lambda _: None)(response)
        case "load" if "unloadable" in request.load.artifact.path:
            refuse_in_load(response)
        case "load":
            response.loaded.seconds = 0.25
            loaded.CopyFrom(request.load)
            _LOAD.get(mode, lambda _: None)(response)
        case "run" if not loaded.scratch:
            response.error.kind = runner_pb2.ERROR_KIND_PROTOCOL
            response.error.message = "no model is loaded"
        case "run":
            x = decode_inputs(request.run.request, loaded.scratch)["x"]
            response.run_result.seconds = 0.5
            outputs = encode_outputs(
                {"y": (x / 2 + 2).astype(x.dtype)},
                request.run.request,
                scratch=loaded.scratch,
                inline_limit=loaded.inline_limit,
            )
            response.run_result.response.CopyFrom(outputs)
            response.run_result.others.extend([outputs] * (request.run.threads - 1))
            if x.size and x.flat[0] == UNLUCKY:
                _RUN.get(mode, lambda _: None)(response)
        case _:
            response.closed.SetInParent()
    return response


def main(mode: str) -> None:
    """Answers until stdin ends."""
    if mode not in MODES:
        sys.exit(f"mode '{mode}': choose from {', '.join(MODES)}")
    loaded = runner_pb2.Load()
    while (payload := read_frame(sys.stdin.buffer, peer="harness")) is not None:
        response = _answer(runner_pb2.RunnerRequest.FromString(payload), mode, loaded)
        write_frame(sys.stdout.buffer, response.SerializeToString(), peer="harness")


if __name__ == "__main__":
    main(sys.argv[1])
