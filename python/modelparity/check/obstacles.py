"""What stands between a model and a runtime."""

import dataclasses
from collections.abc import Sequence

from modelparity.check.facts import Place

ALL = ("*",)


@dataclasses.dataclass(frozen=True)
class Obstacle:
    """Something that stops a model in some runtimes, or may change its answers there."""

    what: str
    """Such as "ONNX has no operator Erfc"."""
    stops: bool
    """False: it only may change answers, or refuse some inputs."""
    way: str = ""
    """The way round; empty: nobody knows one."""
    formats: Sequence[str] = ALL
    """Whoever reads one of these formats is concerned; "*": any."""
    runtimes: Sequence[str] = ALL
    """And has one of these names, with wildcards as in modelparity.patterns."""
    signature: str = ""
    """Empty: all of them."""
    places: Sequence[Place] = ()
