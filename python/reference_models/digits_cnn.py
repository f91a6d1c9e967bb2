"""A convolutional network trained on scikit-learn's handwritten digits (8x8 pixels, 0 to 9)."""

import keras
from sklearn import datasets

_TRAINED_ON = 1500  # of 1797


def digits():
    """Returns ((images, labels) to train on, (images, labels) to test on); pixels from 0 to 1."""
    images, labels = datasets.load_digits(return_X_y=True)
    images = (images / 16).reshape(-1, 8, 8, 1).astype("float32")
    return (images[:_TRAINED_ON], labels[:_TRAINED_ON]), (
        images[_TRAINED_ON:],
        labels[_TRAINED_ON:],
    )


def build():
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="digits_cnn",
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    (images, labels), _ = digits()
    model.fit(images, labels, batch_size=32, epochs=10, verbose=0)
    return model


def cases():
    _, (images, _) = digits()
    return {
        "serving_default": {
            "one-digit": {"image": images[:1]},
            "ten-digits": {"image": images[:10]},
        }
    }
