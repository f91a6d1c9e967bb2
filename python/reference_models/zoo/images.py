"""Networks over images."""

import keras
import tensorflow as tf
from keras import layers

from reference_models.zoo.gathering import gathered


def unet():
    """Down, up by a transposed convolution, and a bridge between."""
    keras.utils.set_random_seed(1)
    image = keras.Input((16, 16, 3), name="image")
    down = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    bottom = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(down))
    bottom = layers.ReLU()(layers.MaxPooling2D()(bottom))
    up = layers.Conv2DTranspose(4, 2, strides=2)(bottom)
    merged = layers.Concatenate()([up, down])
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(merged), name="unet")


def mobile():
    """Depthwise convolutions, as in networks for telephones."""
    keras.utils.set_random_seed(2)
    image = keras.Input((12, 12, 3), name="image")
    hidden = layers.Rescaling(1 / 127.5, offset=-1)(image)
    hidden = layers.ZeroPadding2D(1)(hidden)
    hidden = layers.DepthwiseConv2D(3, strides=2)(hidden)
    hidden = layers.ReLU(max_value=6)(layers.BatchNormalization()(hidden))
    hidden = layers.SeparableConv2D(6, 3, activation="swish")(hidden)
    return keras.Model(image, layers.GlobalMaxPooling2D()(hidden), name="mobile")


def volumes():
    """Three dimensions of space."""
    keras.utils.set_random_seed(3)
    volume = keras.Input((6, 6, 6, 2), name="volume")
    hidden = layers.Conv3D(3, 3, activation="elu")(volume)
    return keras.Model(volume, layers.GlobalAveragePooling3D()(hidden), name="volumes")


def _resized(method):
    @tf.function(input_signature=[tf.TensorSpec([None, 4, 4, 2], tf.float32, name="image")])
    def resize(image):
        return {"resized": tf.image.resize(image, [7, 9], method=method)}

    return tf.Module(), {"serving_default": resize}


def nearest():
    return _resized("nearest")


def bilinear():
    return _resized("bilinear")


def bicubic():
    return _resized("bicubic")


def uneven():
    """Areas, of which hardly any runtime has the operator."""
    return _resized("area")


def build():
    return gathered(unet, mobile, volumes, nearest, bilinear, bicubic, uneven)
