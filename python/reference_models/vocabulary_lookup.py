"""Words to their numbers through a lookup table that reads an asset file."""

import pathlib

import numpy as np
import tensorflow as tf

_WORDS = ("the", "quick", "brown", "fox", "größe")


class VocabularyLookup(tf.Module):
    """Line number of the word in the file, or -1."""

    def __init__(self, vocabulary_file):
        super().__init__()
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                tf.saved_model.Asset(str(vocabulary_file)),
                key_dtype=tf.string,
                key_index=tf.lookup.TextFileIndex.WHOLE_LINE,
                value_dtype=tf.int64,
                value_index=tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            default_value=-1,
        )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
    def look_up(self, words):
        return {"ids": self.table.lookup(words)}


def build(folder):
    """Writes the vocabulary into `folder`; saving the model copies it among the assets."""
    vocabulary_file = pathlib.Path(folder) / "vocabulary.txt"
    vocabulary_file.write_text("\n".join(_WORDS) + "\n", encoding="utf-8")
    model = VocabularyLookup(vocabulary_file)
    return model, {"serving_default": model.look_up}


def cases():
    """0, 3, -1, 4, -1; then the empty answer."""
    words = [b"the", b"fox", b"unknown", "größe".encode(), b""]
    return {
        "serving_default": {
            "words": {"words": np.array(words, object)},
            "no-words": {"words": np.array([], object)},
        }
    }
