"""Reads what Keras writes as JSON into its files, which may be anybody's; nothing of it is run.

config = read_member("model.keras", "config.json")
"""

import json
import os
import zipfile

_MOST_BYTES = 64 << 20


def read_member(path: str | os.PathLike, name: str) -> object:
    """Returns the JSON in a `.keras` file under a name.

    Raises:
        ValueError: It is no JSON, nested too deeply, or larger than any configuration; and the other ZIP_ERRORS
            of files.py.
    """
    with zipfile.ZipFile(path) as archive, archive.open(name) as member:
        # Of a few kilobytes there can come gigabytes.
        text = member.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ValueError(f"{name} has more than {_MOST_BYTES} bytes")
    return parse(text)


def parse(text: str | bytes) -> object:
    """Returns the value of JSON.

    Raises:
        ValueError: It is none, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
