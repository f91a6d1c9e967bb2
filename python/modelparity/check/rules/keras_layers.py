"""Keras layers, as far as a configuration tells.

Which operators a layer becomes is known once it is in a SavedModel.
"""

from collections.abc import Iterator

from modelparity.check.facts import Layer, Model
from modelparity.check.obstacles import ALL, Obstacle

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D")
_TABLES = ("StringLookup", "IntegerLookup", "TextVectorization")
_TEXTS = ("TextVectorization", "StringLookup", "Hashing", "HashedCrossing")
_CONVERTED = ("frozen_graph", "onnx", "litert")


def known(model: Model) -> Iterator[Obstacle]:
    for layer in model.layers:
        yield from _of(layer)
    # OpenVINO converts a SavedModel too.
    for formats, runtimes in ((_CONVERTED, ALL), (("saved_model",), ("openvino-python",))):
        yield Obstacle(
            "a Keras file has layers, and which operators they become is known once they are exported",
            stops=False,
            way="`model.export(folder)`, and check the folder",
            formats=formats,
            runtimes=runtimes,
        )


def _of(layer: Layer) -> Iterator[Obstacle]:
    name, settings = layer.class_name, layer.settings
    places = (layer.place,)
    if ">" in name:
        yield Obstacle(
            f"{name} is a class of the user's own, which has to be imported before the file can be read",
            stops=False,
            way="`modelparity verify model.keras --import your_module`",
            places=places,
        )
    if name in _RECURRENT and not settings.get("unroll"):
        yield Obstacle(
            f"{name} is a loop, for which LiteRT has to know the batch size",
            stops=False,
            way="fix the batch size (keras.Input(..., batch_size=1)), or unroll=True",
            formats=("litert",),
            places=places,
        )
    if name in _TABLES:
        yield Obstacle(
            f"{name} has a table, which freezing leaves behind",
            stops=True,
            way="keep the SavedModel, or look words up before the model",
            formats=("frozen_graph",),
            places=places,
        )
    if name in _TEXTS:
        yield Obstacle(
            f"{name} works on strings, of which runtimes have few operators",
            stops=False,
            way="keep the SavedModel, or leave texts to the caller",
            formats=("onnx", "litert"),
            places=places,
        )
    if name == "TimeDistributed" and layer.input_shape[1:2] == (None,):
        yield Obstacle(
            "Keras exports TimeDistributed over an unknown number of steps as a loop over the batch, so that"
            " the SavedModel answers otherwise than Keras does",
            stops=False,
            way="fix the number of steps (keras.Input((10, ...))), or leave the wrapper out where the layer takes"
            " sequences, as Dense does",
            formats=("keras", "hdf5"),
            places=places,
        )
    if settings.get("dtype") == "float64":
        yield Obstacle(
            "float64 is not TensorFlow.js's",
            stops=True,
            way="build the model in float32",
            formats=("frozen_graph",),
            runtimes=("tfjs-*/*",),
            places=places,
        )
