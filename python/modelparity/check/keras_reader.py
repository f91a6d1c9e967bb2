"""Reads the layers of a `.keras` or `.h5` file, as far as its configuration tells."""

import pathlib
from collections.abc import Iterator, Mapping

from modelparity import keras_file
from modelparity.check.facts import Kind, Layer, Model, Place
from modelparity.errors import ArtifactInvalidError, one_line
from modelparity.files import ZIP_ERRORS

_OWN = ("keras", "keras.", "tf_keras")


def read(path: pathlib.Path) -> Model:
    """Reads a Keras file.

    Raises:
        ArtifactInvalidError: It is none.
    """
    is_zip = path.suffix.lower() == ".keras"
    try:
        config = _of_zip(path) if is_zip else _of_hdf5(path)
        layers = list(_layers(config))
    except (*ZIP_ERRORS, AttributeError, TypeError) as error:
        raise ArtifactInvalidError(
            f"'{path}' is no Keras model: {one_line(error)}; Keras writes them with model.save()"
        ) from error
    formats = ("keras" if is_zip else "hdf5", "saved_model", "frozen_graph", "onnx", "litert")
    return Model(Kind.KERAS, str(path), formats, path.stat().st_size, layers=layers)


def _of_zip(path: pathlib.Path) -> Mapping:
    return keras_file.read_member(path, "config.json")


def _of_hdf5(path: pathlib.Path) -> Mapping:
    import h5py

    with h5py.File(path) as file:
        return keras_file.parse(file.attrs["model_config"])


def _layers(config: Mapping) -> Iterator[Layer]:
    """Yields a layer, and those within it: models hold models, and wrappers layers."""
    settings = config.get("config")
    if not isinstance(settings, dict):
        return
    registered = str(config.get("registered_name") or "")
    module = str(config.get("module") or "keras")
    is_own = not module.startswith(_OWN) or ">" in registered
    class_name = str(config["class_name"])
    if is_own:
        class_name = registered if ">" in registered else f"{module}>{class_name}"
    settings = dict(settings)
    dtype = settings.get("dtype")
    if isinstance(dtype, dict):
        settings["dtype"] = dtype.get("config", {}).get("name")
    built = config.get("build_config")
    shape = built.get("input_shape") if isinstance(built, dict) else None
    yield Layer(
        Place(str(settings.get("name", class_name))),
        class_name,
        settings,
        tuple(shape) if isinstance(shape, list) else (),
    )
    within = settings.get("layers")
    for layer in [*(within if isinstance(within, list) else []), settings.get("layer")]:
        if isinstance(layer, dict) and "class_name" in layer:
            yield from _layers(layer)
