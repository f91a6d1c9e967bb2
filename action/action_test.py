"""The step as GitHub runs it, but for the installation: pip is only asked what it would install."""

import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from modelparity.harness.testing import stub_bundle
from modelparity.runtimes import python_environment

_CHECKOUT = pathlib.Path(__file__).parents[1]
_INPUTS = ("MODEL", "RUNTIMES", "EXPECTATIONS", "ATOL", "RTOL", "EXTRAS", "ARGUMENTS")

# Stands for the machine's Python. The environment that it makes notes what pip is asked for, and
# has the command with stubs for runtimes.
_PYTHON3 = f"""#!/bin/sh
set -e
test "$1 $2" = "-m venv"
mkdir -p "$3/bin"
cat >"$3/bin/python" <<'EOF'
#!/bin/sh
[ "$1" = -m ] || exec {sys.executable} "$@"
echo "$@" >>"$RUNNER_TEMP/pip"
EOF
cat >"$3/bin/modelparity" <<'EOF'
#!{sys.executable}
import sys
from modelparity import cli, runtimes
from modelparity.harness.testing import stub_runtime
runtimes.RUNTIMES = (stub_runtime("honest", "honest"), stub_runtime("wrong_value", "wrong/value"))
sys.exit(cli.main())
EOF
chmod +x "$3/bin/python" "$3/bin/modelparity"
"""


class _Step:
    """What became of a step."""

    def __init__(self, folder: pathlib.Path, done: subprocess.CompletedProcess):
        self.status = done.returncode
        self.log = done.stdout + done.stderr
        self.pip = _read(folder / "temp/pip")
        self.summary = _read(folder / "summary.md")
        lines = _read(folder / "output.txt").splitlines()
        self.outputs = dict(line.split("=", 1) for line in lines)


def _read(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture
def step(tmp_path):
    """Runs the step where `my model.bundle` is."""
    stub_bundle(tmp_path / "my model.bundle")
    (tmp_path / "bin").mkdir()
    (tmp_path / "temp").mkdir()
    (tmp_path / "bin/python3").write_text(_PYTHON3)
    (tmp_path / "bin/python3").chmod(0o755)

    def run(**inputs):
        inputs = dict.fromkeys(_INPUTS, "") | {"MODEL": "my model.bundle"} | inputs
        environment = os.environ | python_environment()
        environment |= {f"INPUT_{name}": text for name, text in inputs.items()}
        environment |= {
            "GITHUB_OUTPUT": str(tmp_path / "output.txt"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path / "temp"),
            # Nothing is known of an earlier run.
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }
        command = [str(_CHECKOUT / "action/run.sh")]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        return _Step(tmp_path, done)

    return run


def test_a_model_that_is_the_same_everywhere(step):
    done = step(RUNTIMES="honest")
    assert done.status == 0, done.log
    assert re.fullmatch(r"-m pip install --quiet /\S+\[honest\]\n", done.pip)
    assert "OK; 4 cells: 4 match" in done.log
    assert done.summary == (
        "### half: OK\n\n- 4 cells: 4 match\n- reference stub, its recorded answers\n\n"
        "| runtime | format | s | t |\n| --- | --- | --- | --- |\n"
        "| honest | frozen_graph | match 0 | match 0 |\n"
    )
    assert json.loads(_read(pathlib.Path(done.outputs["json"])))["ok"]
    assert "<h1>half</h1>" in _read(pathlib.Path(done.outputs["html"]))
    assert ET.parse(done.outputs["junit"]).getroot().get("tests") == "4"


def test_without_names_all_runtimes_run_and_none_is_installed(step):
    done = step()
    assert re.fullmatch(r"-m pip install --quiet [^\[]+\n", done.pip)
    assert "| honest |" in done.summary and "| wrong/value |" in done.summary


def test_a_difference_fails_the_step_and_is_in_the_summary(step):
    done = step(RUNTIMES="honest\n  wrong/value\n", EXTRAS="endpoint")
    assert done.status == 1
    assert done.pip.endswith("[endpoint,honest,wrong]\n")
    assert "| wrong/value | frozen_graph | **1/3 mismatch** | match 0 |" in done.summary
    assert "- wrong: frozen_graph of s: mismatch: unlucky: output 'y'" in done.summary
    assert done.outputs.keys() == {"json", "junit", "html"}


def test_tolerances_and_arguments_reach_the_command(step):
    assert step(RUNTIMES="wrong/value", ATOL="2").status == 0
    assert step(RUNTIMES="wrong/value", RTOL="0.5").status == 0
    assert step(RUNTIMES="wrong/value", ARGUMENTS="--case t/* --verbose").status == 0


def test_expectations_reach_the_command(step, tmp_path):
    known = tmp_path / "known failures.txt"
    known.write_text("wrong frozen_graph s/unlucky mismatch *\nhonest * s/zeros crashed *\n")
    done = step(RUNTIMES="wrong/value", EXPECTATIONS=known.name)
    assert done.status == 0, done.log
    assert "| 1/3 mismatch (known) | match " in done.summary
    done = step(RUNTIMES="honest wrong/value", EXPECTATIONS=known.name)
    assert done.status == 1
    assert "**Stale lines of the expectations**\n\n- honest * s/zeros crashed *" in done.summary


def test_what_is_no_bundle_needs_the_exporters(step):
    done = step(MODEL="model.keras", RUNTIMES="honest")
    assert done.pip.endswith("[honest,export]\n")
    assert done.status == 2
    assert done.summary == (
        "**modelparity**: nothing was verified; the log of this step says why.\n"
    )
    assert not done.outputs


def test_a_pattern_is_refused_before_anything_is_installed(step):
    done = step(RUNTIMES="honest wrong/*")
    assert (done.status, done.pip) == (2, "")
    assert done.log.startswith("modelparity: runtimes: got 'wrong/*', want names")


def test_every_input_reaches_the_script():
    action = _read(_CHECKOUT / "action.yml")
    declared = re.search(r"^inputs:\n(.*?)^outputs:", action, re.MULTILINE | re.DOTALL)[1]
    names = re.findall(r"^  (\w+):$", declared, re.MULTILINE)
    assert [name.upper() for name in names] == list(_INPUTS)
    for name in names:
        assert f"INPUT_{name.upper()}: ${{{{ inputs.{name} }}}}\n" in action
