"""How much memory a conversion will take, told before it takes it.

A converter holds the weights many times over: as variables, as constants of a graph, as that graph
serialized, and again in what it makes of them. One that runs out of memory can take the machine with
it, and says nothing of use.
"""

import contextlib
import pathlib
import threading
from collections.abc import Iterator

_TIMES = {
    "frozen_graph_from_saved_model": 12,
    "litert_from_saved_model": 8,
    "onnx_from_tensorflow": 26,
}
"""Most bytes held for each byte of weights, beyond those that are held without any.

Measured with TensorFlow 2.21 and tf2onnx 1.17, as the largest resident memory of the process and all that it started,
of a layer of 400 MiB that Keras exported (which writes each weight twice, and all are loaded): 5469, 3631 and
11126 MiB, the last when the time limit ended it, past its peak as far as could be seen. Rounded up.
"""

_AT_LEAST = 1 << 30
"""TensorFlow and a converter: 708, 744 and 1000 MiB with a residual network of 3 MiB, in the same order."""

_MEMINFO = pathlib.Path("/proc/meminfo")
# Of this process's control group, as a container sees its own.
_CGROUP = pathlib.Path("/sys/fs/cgroup")
_TURN = threading.Lock()


def predicted_bytes(module: str, model_bytes: int) -> int:
    """Returns the resident memory that a converter module will take for a model, in bytes."""
    return _AT_LEAST + _TIMES[module] * model_bytes


def available_bytes() -> int:
    """Returns the memory that can be had without swapping, on this machine or in this container."""
    fields = dict(line.split(":") for line in _MEMINFO.read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0]) << 10
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
    except OSError:
        return free
    return free if limit == "max" else min(free, int(limit) - used)


@contextlib.contextmanager
def turn(module: str, model_bytes: int) -> Iterator[None]:
    """Lets conversions that take much of the memory run one after the other."""
    is_large = predicted_bytes(module, model_bytes) > available_bytes() // 4
    with _TURN if is_large else contextlib.nullcontext():
        yield


def obstacle(module: str, model_bytes: int) -> str | None:
    """Returns why a model cannot be converted here, with both figures; None: it can."""
    wanted, available = predicted_bytes(module, model_bytes), available_bytes()
    if wanted <= available:
        return None
    return (
        f"converting {_mebibytes(model_bytes)} of weights takes about {_mebibytes(wanted)} of memory,"
        f" and {_mebibytes(available)} are free here; export on a larger machine, or leave this"
        " format out with --format"
    )


def _mebibytes(size: int) -> str:
    return f"{size >> 20} MiB"
