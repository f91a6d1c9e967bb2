"""What an artifact or a bundle is, read without the framework that made it.

print(render(inspect("my_model.bundle")))
"""

import collections
import dataclasses
import importlib.util
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelparity import graphs, keras_file, litert_file, onnx_file
from modelparity.bundle import Bundle, is_bundle
from modelparity.contract import manifest_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    FileMissingError,
    UnsupportedError,
    one_line,
)
from modelparity.files import ZIP_ERRORS, size_of
from modelparity.specs import format_spec

_MOST_OPS = 30


@dataclasses.dataclass(frozen=True)
class Part:
    """One thing with signatures: a graph of a SavedModel, a whole file, a bundle."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    """Label and value."""
    signatures: Sequence[manifest_pb2.Signature] = ()
    ops: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Operator, or layer, to the number of them."""


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What was found."""

    kind: str
    path: str
    size: int
    """Bytes of the file, or of all files of the folder."""
    parts: Sequence[Part]


def inspect(path: str | os.PathLike) -> Inspection:
    """Reads a bundle or an artifact; its contents, not its name, say what a folder is.

    Raises:
        FileMissingError: It is not there, or a part of it is not.
        ArtifactTooLargeError: A protobuf file of it is over 2 GB; nothing was read.
        ArtifactInvalidError: It cannot be read.
        BundleInvalidError, ChecksumMismatchError: It is a bundle, and a wrong one.
        UnsupportedError: It is nothing that we know.
    """
    path = pathlib.Path(path)
    if not path.exists() and not graphs.is_checkpoint(path):
        raise FileMissingError(f"'{path}' is not there; give a bundle or an artifact")
    kind, parts = _read(path)
    return Inspection(kind, str(path), _size(path), parts)


def render(inspection: Inspection) -> str:
    """Returns the inspection as lines of text."""
    lines = [f"{inspection.path}: {inspection.kind}, {_bytes(inspection.size)}"]
    for part in inspection.parts:
        if part.title:
            lines += ["", part.title]
        lines += [f"  {label}: {value}" for label, value in part.facts]
        for signature in part.signatures:
            lines.append(f"  signature {signature.name}")
            for word, specs in (("in ", signature.inputs), ("out", signature.outputs)):
                for spec in specs:
                    lines.append(f"    {word} {spec.name}: {format_spec(spec).strip()}")
        lines += _render_ops(part.ops)
    return "\n".join(lines) + "\n"


def _render_ops(ops: Mapping[str, int]) -> Iterator[str]:
    if ops:
        counted = collections.Counter(ops).most_common()
        shown = ", ".join(f"{op} {count}" for op, count in counted[:_MOST_OPS])
        rest = f" and {len(counted) - _MOST_OPS} kinds more" if len(counted) > _MOST_OPS else ""
        yield f"  {sum(ops.values())} operators: {shown}{rest}"


def _read(path: pathlib.Path) -> tuple[str, list[Part]]:
    if path.name in graphs.SAVED_MODEL_FILES:
        path = path.parent
    if is_bundle(path):
        return "bundle", _bundle(path)
    if graphs.is_checkpoint(path):
        return "TensorFlow checkpoint", _checkpoint(path)
    readers = {
        ".pb": ("frozen graph", _frozen_graph),
        ".keras": ("Keras model", _keras),
        ".h5": ("HDF5 Keras model", _hdf5),
        ".hdf5": ("HDF5 Keras model", _hdf5),
        ".onnx": ("ONNX model", _onnx),
        ".tflite": ("LiteRT model", _litert),
    }
    if path.is_dir():
        file = graphs.lone_file(path, readers)
        return _read(file) if file else ("SavedModel", _saved_model(path))
    if path.suffix.lower() not in readers:
        raise UnsupportedError(
            f"'{path}': got a file that ends in '{path.suffix}', wants a folder or {', '.join(readers)}"
        )
    kind, reader = readers[path.suffix.lower()]
    return kind, reader(path)


def _bundle(path: pathlib.Path) -> list[Part]:
    bundle = Bundle.open(path)
    manifest = bundle.manifest
    versions = sorted(manifest.producer.package_versions.items())
    facts = [
        ("name", manifest.name),
        ("source", manifest.producer.source),
        ("made with", _list([("modelparity", manifest.producer.modelparity_version), *versions])),
    ]
    for artifact in manifest.artifacts:
        names = ", ".join(binding.signature for binding in artifact.bindings)
        size = _bytes(_size(bundle.path_of(artifact)))
        facts.append(
            (f"artifact {artifact.format}", f"{artifact.path}, {size}, signatures {names}")
        )
        facts += [(f"repaired: {artifact.format} {names}", line) for line in artifact.repairs]
    for failure in manifest.conversion_failures:
        name = f"not made: {failure.format} {failure.signature}".strip()
        facts.append((name, failure.message))
    counts = collections.Counter(case.signature for case in manifest.cases)
    facts.append(("cases", _list(sorted(counts.items())) or "none"))
    for refused in manifest.refused_cases:
        facts.append(
            (f"refused by the reference: {refused.signature}/{refused.name}", refused.message)
        )
    return [Part("", facts, manifest.signatures)]


def _saved_model(path: pathlib.Path) -> list[Part]:
    folder = graphs.find_saved_model(path)
    parts = []
    for meta_graph in graphs.read_saved_model(folder).meta_graphs:
        info = meta_graph.meta_info_def
        facts = [("version", folder.name)] if folder != path else []
        facts += [
            ("written by", f"TensorFlow {info.tensorflow_version or 'of an unknown version'}"),
            ("graph version", f"producer {meta_graph.graph_def.versions.producer}"),
            ("functions", str(len(meta_graph.graph_def.library.function))),
            ("variables", _bytes(_size(folder / "variables"))),
        ]
        assets = [asset.filename for asset in meta_graph.asset_file_def]
        if assets:
            facts.append(("assets", ", ".join(assets)))
        title = f"graph tagged {', '.join(info.tags) or 'with nothing'}"
        signatures = graphs.signatures_of(meta_graph)
        parts.append(Part(title, facts, signatures, graphs.op_counts(meta_graph.graph_def)))
    return parts


def _frozen_graph(path: pathlib.Path) -> list[Part]:
    graph = graphs.read_graph(path)
    facts = [
        ("graph version", f"producer {graph.versions.producer}"),
        (
            "signature",
            "none is stored; placeholders are taken for inputs, nodes that none reads for outputs",
        ),
    ]
    return [Part("", facts, [graphs.signature_of_graph(graph)], graphs.op_counts(graph))]


def _keras(path: pathlib.Path) -> list[Part]:
    try:
        config = keras_file.read_member(path, "config.json")
        metadata = keras_file.read_member(path, "metadata.json")
        version = metadata.get("keras_version", "of an unknown version")
    except (*ZIP_ERRORS, AttributeError) as error:
        raise ArtifactInvalidError(
            f"'{path}' is no .keras file: {one_line(error)}; Keras 3 writes them with model.save()"
        ) from error
    facts = [("written by", f"Keras {version}")]
    return [_keras_part(path, config, facts)]


def _hdf5(path: pathlib.Path) -> list[Part]:
    _require("h5py", f"'{path}': reading HDF5")
    import h5py

    try:
        with h5py.File(path) as file:
            attributes = dict(file.attrs)
    except OSError as error:
        raise ArtifactInvalidError(f"'{path}' is no HDF5 file: {one_line(error)}") from error
    if "model_config" not in attributes:
        raise ArtifactInvalidError(
            f"'{path}' has no model_config: it holds weights only, or Keras did not write it"
        )
    try:
        config = keras_file.parse(attributes["model_config"])
    except (TypeError, ValueError) as error:
        raise ArtifactInvalidError(
            f"'{path}': its model_config is no JSON: {one_line(error)}; Keras did not write it"
        ) from error
    version = attributes.get("keras_version", "of an unknown version")
    version = version.decode() if isinstance(version, bytes) else version
    return [_keras_part(path, config, [("written by", f"Keras {version}")])]


def _keras_part(path: pathlib.Path, config: object, facts: list[tuple[str, str]]) -> Part:
    """Describes a model by its Keras configuration.

    Raises:
        ArtifactInvalidError: It is none.
    """
    try:
        return _described(config, facts)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArtifactInvalidError(
            f"'{path}': its configuration is not as Keras writes it: {one_line(error)}"
        ) from error


def _described(config: dict, facts: list[tuple[str, str]]) -> Part:
    settings = config.get("config", {})
    # A class of the user's own may have an argument of that name.
    layers = settings.get("layers")
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        layers = []
    signature = manifest_pb2.Signature(name="serving_default")
    for layer in layers:
        layer_settings = layer.get("config", {})
        shape = layer_settings.get("batch_shape") or layer_settings.get("batch_input_shape")
        if layer["class_name"] == "InputLayer" and shape:
            signature.inputs.add(
                name=layer_settings.get("name", ""),
                dtype=str(layer_settings.get("dtype", "")),
                shape=[-1 if size is None else size for size in shape],
            )
    facts = [
        ("model", f"{config.get('class_name')} '{settings.get('name', '')}'"),
        ("registered as", str(config.get("registered_name") or "a class of Keras")),
        *facts,
        ("outputs", "their shapes are known once Keras has built the model; export it to see them"),
    ]
    ops = collections.Counter(layer["class_name"] for layer in layers)
    return Part("", facts, [signature] if signature.inputs else [], ops)


def _require(package: str, subject: str) -> None:
    """Raises UnsupportedError when a package is not installed."""
    if importlib.util.find_spec(package.replace("-", "_")) is None:
        raise UnsupportedError(f"{subject} needs the package {package}; `pip install {package}`")


def _onnx(path: pathlib.Path) -> list[Part]:
    model = onnx_file.read(path)
    opsets = [(opset.domain or "ai.onnx", str(opset.version)) for opset in model.opset_import]
    facts = [
        ("written by", f"{model.producer_name} {model.producer_version}".strip() or "not said"),
        ("IR version", str(model.ir_version)),
        ("opsets", _list(opsets)),
    ]
    ops = collections.Counter(node.op_type for node in model.graph.node)
    return [Part("", facts, [onnx_file.signature_of(model.graph)], ops)]


def _litert(path: pathlib.Path) -> list[Part]:
    file = litert_file.read(path)
    facts = [
        ("written by", file.description or "not said"),
        ("schema version", str(file.version)),
    ]
    if not file.stores_signatures:
        facts.append(("signature", "none is stored; tensors are called by their names"))
    return [Part("", facts, file.signatures, file.operators)]


def _checkpoint(path: pathlib.Path) -> list[Part]:
    if path.is_dir():
        prefixes = sorted(path.glob("*.index"))
        names = [file.stem for file in prefixes]
    else:
        names = [path.name.removesuffix(".index")]
    if not names:
        raise FileMissingError(
            f"'{path}' names a checkpoint, and has no .index file; it is incomplete"
        )
    contents = "values only: which model they belong to, its signatures and shapes are not stored"
    return [Part("", [("checkpoints", ", ".join(names)), ("contents", contents)])]


def _size(path: pathlib.Path) -> int:
    if not path.exists():
        # A checkpoint is named by the prefix of its files.
        return sum(file.stat().st_size for file in path.parent.glob(path.name + ".*"))
    return size_of(path)


def _bytes(size: int) -> str:
    amount, unit = float(size), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"


def _list(pairs: Iterable[tuple[str, object]]) -> str:
    return ", ".join(f"{name} {value}" for name, value in pairs)
