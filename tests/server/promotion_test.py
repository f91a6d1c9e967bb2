"""Versions that come, go, and are wrong: what serves goes on serving, and the reason is to be read."""

import itertools
import pathlib
import threading

import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from server_process import (
    Repository,
    ServerProcess,
    await_value,
    inputs_of,
    open_bundle,
    sign,
    with_other_answer,
)

_X = np.float32([[1, -1, 1], [0, 0, 0]])
_Y = [[-3.5], [0.5]]


@pytest.fixture
def repository(tmp_path):
    """A folder with version 1 of the model `linear`."""
    repository = Repository(tmp_path)
    repository.add("linear_regression.bundle", "linear", 1)
    return repository


def _ask(client):
    """Returns the version that answered; the answer has to be right."""
    result = client.infer("linear", inputs_of({"x": _X}))
    assert result.as_numpy("y").tolist() == _Y
    return result.get_response().model_version


def _index(client):
    return {
        (model.name, model.version): (model.state, model.reason)
        for model in client.get_model_repository_index().models
    }


def _states(client):
    return {version: state for (_, version), (state, _) in _index(client).items()}


def test_a_new_version_takes_over_without_a_request_lost(repository):
    versions = []
    enough = threading.Event()

    def ask_on(client):
        while not enough.is_set():
            versions.append(_ask(client))

    with ServerProcess(repository) as server, server.client() as client:
        asking = threading.Thread(target=ask_on, args=[client])
        asking.start()
        await_value(lambda: versions, "answer")
        repository.add("linear_regression.bundle", "linear", 2)
        await_value(lambda: versions[-1] == "2", "answer of version 2")
        enough.set()
        asking.join()
        assert [version for version, _ in itertools.groupby(versions)] == ["1", "2"]
        assert _states(client) == {"1": "UNAVAILABLE", "2": "READY"}
        assert server.await_event("promoted", version=2)["instead_of"] == 1
        assert server.metric("modelparity_promotions_total", model="linear") == 2
        assert server.metric("modelparity_served_version", model="linear") == 2


def _flip_a_bit(name):
    def change(folder: pathlib.Path) -> None:
        file = next(folder.glob(name))
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)

    return change


def _truncate_the_graph(folder: pathlib.Path) -> None:
    """Leaves half of it, with the right checksum."""
    graph = folder / "saved_model" / "saved_model.pb"
    content = graph.read_bytes()
    graph.write_bytes(content[: len(content) // 2])
    sign(folder)


def _remove(name):
    return lambda folder: next(folder.glob(name)).unlink()


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (with_other_answer, "case_failed", ["case '", "output 'y'"]),
        (_flip_a_bit("saved_model/variables/*.data*"), "checksum_mismatch", ["variables"]),
        (_flip_a_bit("cases/*/*.pb"), "checksum_mismatch", ["cases/"]),
        (_truncate_the_graph, "artifact_invalid", ["saved_model"]),
        (_remove("saved_model/saved_model.pb"), "file_missing", ["saved_model.pb"]),
        (lambda folder: (folder / "manifest.json").write_text("{"), "bundle_invalid", ["manifest"]),
        (_remove("manifest.json"), "empty", ["manifest.json", "saved_model.pb"]),
    ],
    ids=[
        "other-answer",
        "corrupt-weights",
        "corrupt-case",
        "half-a-graph",
        "no-graph",
        "no-json",
        "no-manifest",
    ],
)
def test_a_bad_version_leaves_the_old_one_serving(repository, change, kind, words):
    with ServerProcess(repository) as server, server.client() as client:
        repository.add("linear_regression.bundle", "linear", 2, change)
        refused = server.await_event("refused", model="linear", version=2)
        assert (refused["kind"], refused["served_version"], refused["level"]) == (kind, 1, "error")
        assert [word for word in words if word not in refused["reason"]] == []
        assert _ask(client) == "1"
        assert client.is_server_ready()
        state, reason = _index(client)["linear", "2"]
        assert (state, reason) == ("UNAVAILABLE", refused["reason"])
        assert server.metric("modelparity_refusals_total", model="linear", kind=kind) == 1

        # It is not tried again and again, and does not stand in the way of the next one.
        repository.add("linear_regression.bundle", "linear", 3)
        server.await_event("promoted", model="linear", version=3)
        assert _ask(client) == "3"
        assert server.metric("modelparity_refusals_total") == 1


def test_a_folder_that_is_copied_slowly_serves_once_it_is_whole(repository):
    with ServerProcess(repository) as server, server.client() as client:
        source = open_bundle("linear_regression.bundle").path
        files = sorted(path for path in source.rglob("*") if path.is_file())
        target = repository.path / "linear" / "2"
        # With the manifest first, what is there calls itself a bundle.
        files.sort(key=lambda path: path.name != "manifest.json")
        half = len(files) // 2
        _copy_each(source, target, files[:half])
        server.await_event("refused", model="linear", version=2)
        assert _ask(client) == "1"
        _copy_each(source, target, files[half:])
        server.await_event("promoted", model="linear", version=2)
        assert _ask(client) == "2"


def _copy_each(source, target, files):
    for file in files:
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())


def test_a_saved_model_without_cases_serves_unless_proof_is_asked_for(repository):
    def strip(folder: pathlib.Path) -> None:
        (folder / "saved_model").rename(folder.with_suffix(".saved_model"))
        for file in (path for path in folder.rglob("*") if path.is_file()):
            file.unlink()
        for part in folder.with_suffix(".saved_model").iterdir():
            part.rename(folder / part.name)

    repository.add("linear_regression.bundle", "linear", 2, strip)
    with ServerProcess(repository) as server, server.client() as client:
        assert _ask(client) == "2"
        assert "no golden cases" in _index(client)["linear", "2"][1]
    with ServerProcess(repository, "--require-cases") as server, server.client() as client:
        assert server.await_event("refused", version=2)["kind"] == "unproved"
        assert _ask(client) == "1"


def test_a_version_that_is_taken_away_makes_room_for_the_one_before(repository):
    with ServerProcess(repository) as server, server.client() as client:
        repository.add("linear_regression.bundle", "linear", 2)
        server.await_event("promoted", version=2)
        repository.remove("linear", 2)
        await_value(lambda: _ask(client) == "1", "answer of version 1")
        assert _states(client) == {"1": "READY"}
        repository.remove("linear")
        await_value(lambda: not client.is_model_ready("linear"), "end of the model")
        assert _index(client) == {}
        with pytest.raises(InferenceServerException, match="'linear'") as caught:
            _ask(client)
        assert caught.value.status() == "StatusCode.NOT_FOUND"
        assert server.metric("modelparity_served_version", model="linear") == 0


def test_a_client_unloads_and_loads(repository):
    # Without polling, only a load call looks into the folder.
    with ServerProcess(repository, poll_interval="0") as server, server.client() as client:
        client.unload_model("linear")
        assert not client.is_model_ready("linear")
        assert _states(client) == {"1": "UNAVAILABLE"}
        with pytest.raises(InferenceServerException) as caught:
            _ask(client)
        assert caught.value.status() == "StatusCode.UNAVAILABLE"
        # It is as the client wants it, so nothing is wrong with the server.
        assert client.is_server_ready()
        client.load_model("linear")
        assert _ask(client) == "1"

        repository.add("linear_regression.bundle", "linear", 2)
        client.load_model("linear")
        assert _ask(client) == "2"

        repository.add("linear_regression.bundle", "linear", 3, with_other_answer)
        with pytest.raises(InferenceServerException, match="version 3 was refused: ") as caught:
            client.load_model("linear")
        assert caught.value.status() == "StatusCode.FAILED_PRECONDITION"
        assert _ask(client) == "2"

        for call in (client.load_model, client.unload_model):
            with pytest.raises(InferenceServerException, match="'novel'"):
                call("novel")


def test_a_client_may_be_kept_from_loading(repository):
    with ServerProcess(repository, "--no-repository-control") as server, server.client() as client:
        for call in (client.load_model, client.unload_model):
            with pytest.raises(InferenceServerException) as caught:
                call("linear")
            assert caught.value.status() == "StatusCode.PERMISSION_DENIED"
        assert _ask(client) == "1"


@pytest.mark.parametrize("moment", ["listed", "loading", "served"])
def test_a_server_that_is_killed_during_a_promotion_starts_again(repository, moment):
    with ServerProcess(repository) as server, server.client() as client:
        repository.add("linear_regression.bundle", "linear", 2)
        if moment == "listed":
            await_value(lambda: "2" in _states(client), "version 2")
        elif moment == "loading":
            # Or later, when that was too short to be seen.
            await_value(lambda: _states(client).get("2") in ("LOADING", "READY"), "version 2")
        else:
            await_value(lambda: _states(client).get("2") == "READY", "version 2")
        server.kill()
    with ServerProcess(repository) as server, server.client() as client:
        assert _ask(client) == "2"
