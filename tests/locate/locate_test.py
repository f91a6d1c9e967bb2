"""Faults of many kinds, planted in models, and `modelparity locate` in runtimes of three languages."""

import json
import os
import pathlib
import re
import subprocess
import sys

import onnx
import pytest

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.cli import DIFFERENT, NOTHING_VERIFIED, OK, WRONG_CALL, main
from modelparity.faults import onnx_mutants, tensorflow_mutants
from modelparity.faults.mutant import bundle_with
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.locate.testing.hunt import hunt

_LIMITS = Limits(seconds=600)
_DIGITS = pathlib.Path(os.environ["DIGITS"])
# The digits' network has nothing of that kind, or nothing in which it is more than rounding.
_ELSEWHERE = {
    "VALID for SAME",
    "epsilon",
    "off-by-one resize",
    "tanh GELU for exact",
    "transposed square weight",
    "wrong rounding",
}


@pytest.mark.parametrize(
    ("runtime", "format_name", "mutants"),
    [
        ("onnxruntime-python", "onnx", onnx_mutants),
        ("tensorflow-c", "frozen_graph", tensorflow_mutants),
    ],
)
def test_nine_of_ten_planted_faults_are_found(runtime, format_name, mutants):
    """./bazelw run //benchmarks:detection -- --only located_faults plants them in more networks and runtimes."""
    bundle = Bundle.open(_DIGITS)
    with (
        Player(runtimes.find(runtimes.REFERENCE), _LIMITS) as reference,
        Player(runtimes.find(runtime), _LIMITS) as player,
    ):
        caught = list(hunt(bundle, "serving_default", format_name, reference, player, 1))
    missed = [catch for catch in caught if not catch.hit]
    assert len(missed) <= 0.1 * len(caught), missed
    assert set(mutants.KINDS) - {catch.mutant.kind for catch in caught} <= _ELSEWHERE


@pytest.fixture(scope="module")
def mutant(tmp_path_factory):
    """The digits' network, with a bias dropped in its ONNX file, and the node's name."""
    bundle = Bundle.open(_DIGITS)
    (artifact,) = (each for each in bundle.manifest.artifacts if each.format == "onnx")
    found = onnx_mutants.mutants(onnx.load(bundle.path_of(artifact)))
    planted = next(each for each in found if each.kind == "dropped bias")
    path = tmp_path_factory.mktemp("mutant") / "mutant.bundle"
    bundle_with(planted.model, bundle, artifact, path)
    return path, planted.planted.removesuffix(":0")


def test_the_node_is_named_and_what_is_written_reproduces_it(mutant, tmp_path, capsys):
    bundle, node = mutant
    repro = tmp_path / "repro"
    arguments = ["locate", bundle, "--runtime", "onnxruntime-python", "--output", repro]
    status = main([*map(str, arguments), "--json", str(tmp_path / "found.json")])
    text = capsys.readouterr().out
    assert status == DIFFERENT
    assert f"at node '{node}'" in text.splitlines()[0]
    assert "onnx-reference differs on the same nodes as well: look at the file" in text
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["node"], found["by_itself"]) == (node, True)
    assert found["alone"]["max_abs"] > 100 * found["alone"]["limit"]
    report = (repro / "report.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", report, re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", code], cwd=repro, capture_output=True, text=True)
    error = float(ran.stdout.removeprefix("max abs "))
    assert error == pytest.approx(found["alone"]["max_abs"], rel=1e-3)


def test_verify_says_where_a_difference_begins(mutant, tmp_path, capsys):
    bundle, node = mutant
    page = tmp_path / "report.html"
    arguments = [
        "verify",
        bundle,
        "--runtime",
        "onnxruntime-python",
        "--no-cache",
        "--no-reduction",
    ]
    assert main([*map(str, arguments), "--locate", "--html", str(page)]) == DIFFERENT
    assert f"at node '{node}'" in capsys.readouterr().out
    assert "Where it begins" in page.read_text() and node in page.read_text()


def test_other_endings(mutant, tmp_path, capsys):
    def status(*arguments):
        code = main(["locate", *map(str, arguments)])
        return code, capsys.readouterr()

    code, said = status(_DIGITS, "--runtime", "onnxruntime-python")
    assert (code, said.out) == (
        OK,
        "onnxruntime-python agrees in every case: there is nothing to locate\n",
    )
    bundle, _ = mutant
    code, said = status(bundle, "--runtime", "onnxruntime-python", "--case", "none")
    assert (code, "has no case for it" in said.err) == (NOTHING_VERIFIED, True)
    code, said = status(bundle, "--runtime", "tfjs-node")
    assert (code, "choose one of them" in said.err) == (WRONG_CALL, True)
    code, said = status(bundle, "--runtime", "onnxruntime-python", "--format", "litert")
    assert (code, "cannot be looked into" in said.err) == (WRONG_CALL, True)
    (tmp_path / "file").write_text("")
    code, said = status(bundle, "--runtime", "onnxruntime-python", "-o", tmp_path)
    assert (code, "is there; remove it" in said.err) == (WRONG_CALL, True)
