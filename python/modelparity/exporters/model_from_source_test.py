"""What is made of a source, in the process of the test."""

import keras
import pytest

from modelparity.errors import ArtifactInvalidError
from modelparity.exporters.model_from_source import load_keras


class _Scale(keras.layers.Layer):
    """Registered by nobody, as a user's class whose module was not imported."""

    def call(self, x):
        return 2 * x


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_class_that_nobody_registered_asks_for_its_module(tmp_path, ending):
    path = str(tmp_path / f"m.{ending}")
    keras.Sequential([keras.Input((3,)), _Scale()]).save(path)
    with pytest.raises(ArtifactInvalidError, match=r"_Scale.*; --import the module"):
        load_keras(path)


def test_what_is_wrong_otherwise_stays_what_it_is(tmp_path):
    with pytest.raises(ValueError, match="not found"):
        load_keras(str(tmp_path / "none.keras"))
