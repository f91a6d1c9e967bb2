"""What is said when there is nothing to look into; what there is, is held in tests/locate."""

import pytest

from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.locate import CannotLocateError, Options, locate


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return stub_bundle(tmp_path_factory.mktemp("bundle") / "half.bundle")


def test_none_where_every_case_agrees(bundle):
    assert locate(bundle, stub_runtime("honest"), Options()) is None


def test_a_runtime_that_dies_leaves_no_values(bundle):
    with pytest.raises(CannotLocateError, match=r"stub, frozen_graph: crashed: .*there are values"):
        locate(bundle, stub_runtime("segfault_in_run"), Options())


def test_no_case_is_no_agreement(bundle):
    with pytest.raises(CannotLocateError, match="the bundle has no case for it in onnx"):
        locate(bundle, stub_runtime("honest"), Options(formats=["onnx"]))


def test_what_it_reads_is_not_there(bundle):
    with pytest.raises(CannotLocateError, match="stub: unsupported: it reads litert"):
        locate(bundle, stub_runtime("honest", formats=("litert",)), Options())
