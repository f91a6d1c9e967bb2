"""A model whose training is stopped, saved as `.keras`, loaded and resumed.

`train(epochs)` twice with a save between is the same as `train` once with all epochs: Adam's
moments and step count are in the file. The test holds both against each other, bit for bit.
"""

import pathlib

import keras
import numpy as np

_EPOCHS = 3


def new_model():
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((3,), name="features"),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(1),
        ],
        name="resumed_training",
    )
    # A loss object: the string "mse" cannot be read back from HDF5.
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=keras.losses.MeanSquaredError())
    return model


def train(model, epochs=_EPOCHS):
    """Trains on the same data in the same order each time; returns the loss of each epoch."""
    random = np.random.default_rng(7)
    features = random.normal(size=(64, 3)).astype("float32")
    targets = features @ np.array([[1.0], [-2.0], [3.0]], "float32")
    history = model.fit(features, targets, batch_size=16, epochs=epochs, shuffle=False, verbose=0)
    return history.history["loss"]


def build(folder):
    model = new_model()
    train(model)
    path = pathlib.Path(folder) / "interrupted.keras"
    model.save(path)
    resumed = keras.saving.load_model(path)
    train(resumed)
    return resumed
