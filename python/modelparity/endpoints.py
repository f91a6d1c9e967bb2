"""Addresses of servers that speak the Open Inference Protocol.

address = Address.parse("grpcs://models.example:8001/digits/3")
address.target, address.secure  # "models.example:8001", True
address.model, address.version  # "digits", "3"
"""

import dataclasses
import urllib.parse

from modelparity.errors import RuntimeUnavailableError


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a model is served."""

    target: str
    """`host:port`, as gRPC takes it."""
    secure: bool
    """True: over TLS."""
    model: str = ""
    """Empty: the server knows the model by the name that it has in the bundle."""
    version: str = ""
    """Empty: the version is the server's choice."""

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Reads `grpc://HOST:PORT`, or `grpcs://` for TLS, with `/MODEL` or `/MODEL/VERSION` at will.

        Names may be percent-encoded.

        Raises:
            RuntimeUnavailableError: `url` is of another form.
        """
        try:
            parts = urllib.parse.urlsplit(url)
            complete = bool(parts.hostname) and parts.port is not None
        except ValueError:
            complete = False
        if not complete or parts.scheme not in ("grpc", "grpcs") or "@" in parts.netloc:
            raise _refusal(url)
        names = [urllib.parse.unquote(name) for name in parts.path.split("/")[1:]]
        if parts.path in ("", "/"):
            names = []
        if len(names) > 2 or not all(names) or parts.query or parts.fragment:
            raise _refusal(url)
        return cls(parts.netloc, parts.scheme == "grpcs", *names)


def _refusal(url: str) -> RuntimeUnavailableError:
    return RuntimeUnavailableError(
        f"'{url}' is no endpoint; give grpc://HOST:PORT, grpc://HOST:PORT/MODEL or"
        " grpc://HOST:PORT/MODEL/VERSION, with grpcs:// for TLS"
    )
