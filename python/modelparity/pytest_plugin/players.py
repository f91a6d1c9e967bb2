"""The runner processes of a pytest session: one for each runtime and bundle, kept to the end."""

import pathlib

from modelparity.bundle import Bundle
from modelparity.contract import manifest_pb2
from modelparity.errors import ModelParityError
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.runtimes import Runtime

_Loaded = tuple[manifest_pb2.Artifact, float] | tuple[manifest_pb2.Artifact, ModelParityError]


class Players:
    """A context manager; what failed once fails again at once, with the same error."""

    def __init__(self):
        self._players: dict[tuple, Player | ModelParityError] = {}
        self._bundles: dict[pathlib.Path, Bundle | ModelParityError] = {}
        self._loaded: dict[Player, _Loaded] = {}

    def __enter__(self) -> "Players":
        return self

    def __exit__(self, *_: object) -> None:
        for player in self._players.values():
            if isinstance(player, Player):
                player.__exit__()

    def start(self, runtime: Runtime, bundle: pathlib.Path, limits: Limits) -> Player:
        """Returns the runtime's player for a bundle, whose files are as its manifest says.

        Raises:
            ModelParityError: As Bundle.open, or as Player.__enter__.
        """
        key = (runtime.name, bundle, limits)
        if key not in self._players:
            self._players[key] = _attempt(lambda: self._started(runtime, bundle, limits))
        return _value(self._players[key])

    def load(self, player: Player, bundle: Bundle, artifact: manifest_pb2.Artifact) -> float:
        """Loads an artifact unless it is loaded, and returns the seconds that it took.

        Raises:
            ModelParityError: As Player.load.
        """
        loaded, outcome = self._loaded.get(player, (None, None))
        if loaded != artifact:
            outcome = _attempt(
                lambda: player.load(bundle.path, artifact, bundle.manifest.signatures)
            )
            self._loaded[player] = artifact, outcome
        return _value(outcome)

    def _started(self, runtime: Runtime, bundle: pathlib.Path, limits: Limits) -> Player:
        # The plan was made without reading every byte of the bundle.
        if bundle not in self._bundles:
            self._bundles[bundle] = _attempt(lambda: Bundle.open(bundle))
        _value(self._bundles[bundle])
        return Player(runtime, limits).__enter__()


def _attempt(call):
    try:
        return call()
    except ModelParityError as error:
        return error


def _value(outcome):
    if isinstance(outcome, ModelParityError):
        raise outcome
    return outcome
