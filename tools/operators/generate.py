"""Writes what `modelparity check` knows of operators, from the packages that are installed.

    python generate.py NODE_MODULES [onnx litert tensorflow tfjs onnxruntime onnx_reference openvino]

Files go to python/modelparity/check/knowledge. `onnx` and `litert` convert and run some 1600 small graphs each, which
takes an hour of a quiet core, `onnx_reference` and `openvino` do as much again when they are alone; the others take
seconds. What a format lacks is not tried in the runtimes that only read it, so theirs come after it.
"""

import atexit
import functools
import importlib.metadata
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable

from modelparity import runtimes
from modelparity.check import knowledge

# `bazel run` says where the source tree is.
_ROOT = pathlib.Path(
    os.environ.get("BUILD_WORKSPACE_DIRECTORY", pathlib.Path(__file__).resolve().parents[2])
)
_KNOWLEDGE = _ROOT / "python/modelparity/check/knowledge"
_ENGINE = _ROOT / "js_demo/src/engines/tfjs"
_OPSET = 18
_MOST_RESTARTS = 200


def tensorflow(_: str) -> dict:
    import samples

    definitions = samples.definitions()
    operators = {}
    for name, definition in sorted(definitions.items()):
        row = {}
        dtypes = {
            attribute.name: samples.dtype_of(attribute.default_value.type)
            for attribute in definition.attr
            if attribute.type == "type" and attribute.HasField("default_value")
        }
        if dtypes:
            row["dtypes"] = dtypes
        if len(definition.output_arg) > 1:
            row["outputs"] = [arg.name for arg in definition.output_arg]
        if definition.is_stateful:
            row["stateful"] = True
        operators[name] = row
    return {"versions": _versions("tensorflow"), "operators": operators}


def onnx(_: str) -> dict:
    from onnx import helper
    from tf2onnx import handler, tfonnx  # noqa: F401 (registers the handlers)

    from modelparity.exporters.onnx_repairs import Repairs

    names = handler.tf_op.create_mapping(_OPSET, [helper.make_opsetid("ai.onnx.ml", 2)])
    versions = _versions("tf2onnx", "onnx", "onnxruntime") | {"opset": str(_OPSET)}
    return {
        "versions": versions,
        "handlers": sorted({*names, *Repairs().handlers()}),
        "operators": _measured("onnxruntime-python", "onnx"),
    }


def litert(_: str) -> dict:
    versions = _versions("tensorflow", "ai-edge-litert")
    return {"versions": versions, "handlers": [], "operators": _measured("litert-python", "litert")}


def onnxruntime(_: str) -> dict:
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    operators: dict[str, dict[str, set[str]]] = {}
    for kernel in state.get_all_opkernel_def():
        if kernel.provider != "CPUExecutionProvider":
            continue
        types = operators.setdefault(kernel.domain, {}).setdefault(kernel.op_name, set())
        for constraint, names in kernel.type_constraints.items():
            if constraint in ("T", "T1"):
                types.update(map(_onnx_dtype, names))
    return {
        "versions": _versions("onnxruntime"),
        "operators": {
            domain: {op: sorted(types) for op, types in sorted(ops.items())}
            for domain, ops in sorted(operators.items())
        },
    }


def onnx_reference(_: str) -> dict:
    import probes

    return {
        "versions": _versions("onnx"),
        "lacks": {"onnx": probes.onnx_reference()},
        "onnx": _worse("onnx-reference", "onnx", knowledge.onnx()),
    }


def openvino(_: str) -> dict:
    import probes

    return {
        "versions": _versions("openvino"),
        "handlers": probes.openvino_tensorflow(),
        "lacks": {"onnx": probes.openvino_onnx(), "litert": probes.openvino_litert()},
        "saved_model": _measured("openvino-python", "saved_model"),
        "onnx": _worse("openvino-python", "onnx", knowledge.onnx()),
        "litert": _worse("openvino-python", "litert", knowledge.litert()),
    }


def _onnx_dtype(name: str) -> str:
    """Returns "float32" of "tensor(float)"."""
    name = name.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64"}.get(name, name)


def tfjs(node_modules: str) -> dict:
    script = pathlib.Path(__file__).with_name("tfjs.mjs")
    command = [runtimes.node_binary(), str(script), node_modules]
    said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    support = (_ENGINE / "support.ts").read_text(encoding="utf-8")
    operators = (_ENGINE / "operators.ts").read_text(encoding="utf-8")
    own = _words(operators, r"OWN_OPERATORS = new Set\(\[([^\]]*)\]")
    return {
        "versions": {"@tensorflow/tfjs": said["version"]},
        "operators": sorted({*said["operators"], *own}),
        "kernels": said["kernels"],
        "value_keeping": _words(support, r"VALUE_KEEPING_OPERATORS = new Set\(\s*`([^`]*)`"),
        "index_attributes": _words(support, r"INDEX_ATTRIBUTES = new Set\(\s*`([^`]*)`"),
        "wrong_operators": _words(operators, r"WRONG_OPERATORS = new Set\(\[([^\]]*)\]"),
    }


def _words(source: str, pattern: str) -> list[str]:
    found = re.search(pattern, source)
    if not found:
        raise ValueError(f"{_ENGINE}: got nothing like {pattern}; adapt generate.py to it")
    return sorted(re.findall(r"\w+", found.group(1)))


def _measured(runtime: str, format_name: str) -> dict[str, dict[str, str]]:
    """Returns a row for each operator, as modelparity.check.knowledge has them."""
    return _rows(_verdicts(runtime, format_name))


def _worse(runtime: str, format_name: str, usual: knowledge.Measured) -> dict[str, dict[str, str]]:
    """Returns what a runtime does less well than the one that its format was measured with."""

    def is_worse(line: dict[str, str]) -> bool:
        verdict = usual.verdict(line["operator"], line["dtype"])
        order = knowledge.VERDICTS
        return order.index(line["verdict"]) > order.index(verdict)

    return _rows(filter(is_worse, _verdicts(runtime, format_name)))


def _verdicts(runtime: str, format_name: str) -> list[dict[str, str]]:
    """Returns what measure.py wrote last of each operator and dtype, but what TensorFlow refused."""
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder, "results.jsonl")
        script = pathlib.Path(__file__).with_name("measure.py")
        command = [sys.executable, str(script), runtime, format_name, str(results), _converted()]
        environment = os.environ | runtimes.python_environment() | {"CUDA_VISIBLE_DEVICES": "-1"}
        for _ in range(_MOST_RESTARTS):
            if subprocess.run(command, env=environment).returncode == 0:
                break
        else:
            raise RuntimeError(f"{runtime}: the measurement died {_MOST_RESTARTS} times")
        lines = list(map(json.loads, results.read_text().splitlines()))
    last = {(line["operator"], line["dtype"]): line for line in lines}
    return [line for _, line in sorted(last.items()) if line["verdict"] != "refused"]


def _rows(lines: Iterable[dict[str, str]]) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for line in lines:
        row = rows.setdefault(line["operator"], {"attribute": line["attribute"]})
        row[line["verdict"]] = f"{row.get(line['verdict'], '')} {line['dtype'] or '-'}".strip()
    return rows


@functools.cache
def _converted() -> str:
    """Returns a folder for what is converted, which several runtimes are measured with."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return folder


def _versions(*packages: str) -> dict[str, str]:
    return {package: importlib.metadata.version(package) for package in packages}


def _write(name: str, read: dict) -> None:
    """Writes JSON with a line for each operator, so that a difference can be read."""
    _KNOWLEDGE.mkdir(exist_ok=True)
    lines = []
    for key, value in read.items():
        if isinstance(value, dict) and value:
            rows = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in value.items()]
            lines.append(f" {json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n }")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(value)}")
    (_KNOWLEDGE / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


_GENERATORS = {
    function.__name__: function
    for function in (tensorflow, onnx, litert, onnxruntime, tfjs, onnx_reference, openvino)
}

if __name__ == "__main__":
    for name in sys.argv[2:] or _GENERATORS:
        _write(name, _GENERATORS[name](sys.argv[1]))
