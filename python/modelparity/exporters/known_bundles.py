"""Bundles that an earlier export has made of the same model, in the same way.

    bundle = export("model.keras", Cache.of_user())

A file or folder is known by its contents. What a Python function returns is not known before it is
called, so that such a model is exported each time; one that needs the user's modules, too, since
these may do anything while they are imported.
"""

import os
import pathlib
import shutil
from collections.abc import Callable

from modelparity import fingerprints
from modelparity.bundle import MANIFEST, Bundle, BundleWriter
from modelparity.cache import Cache, digest, digest_of_files
from modelparity.errors import ModelParityError
from modelparity.exporters import source as sources
from modelparity.files import files_below

_KIND = "bundles"
# A larger model is converted rarely, and would drive all others out.
_LARGEST = 2 << 30


def export(
    source: str,
    bundle_path: str | os.PathLike,
    cache: Cache | None,
    *,
    overwrite: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    **options: object,
) -> Bundle:
    """Does what pipeline.export does, or copies what it did before.

    None for a cache: it is exported, and nothing kept.
    """
    entry = cache and _entry(source, cache, options)
    if entry is None:
        return _export(source, bundle_path, overwrite=overwrite, progress=progress, **options)
    with BundleWriter(bundle_path, overwrite=overwrite) as writer:
        known = _made(entry, source, cache, progress, options)
        writer.manifest.CopyFrom(known.manifest)
        shutil.copytree(known.path, writer.path, dirs_exist_ok=True, ignore=lambda *_: [MANIFEST])
    return Bundle.open(bundle_path, verify_checksums=False)


def kept(
    source: str,
    cache: Cache,
    *,
    progress: Callable[[str], None] = lambda _: None,
    **options: object,
) -> Bundle | None:
    """Returns the bundle in the cache itself, exported when it is not there yet.

    None: it is none that can be kept. It stays for an hour at least.
    """
    entry = _entry(source, cache, options)
    return entry and _made(entry, source, cache, progress, options)


def _entry(source: str, cache: Cache, options: dict[str, object]) -> pathlib.Path | None:
    name = _name(source, options)
    return cache.entry(_KIND, name) if name else None


def _made(
    entry: pathlib.Path,
    source: str,
    cache: Cache,
    progress: Callable[[str], None],
    options: dict[str, object],
) -> Bundle:
    if known := _open(entry):
        progress("nothing has changed since it was exported before")
        return known
    # Another process may be faster.
    made = _export(source, entry, overwrite=True, progress=progress, **options)
    cache.trim()
    return made


def _export(*arguments: object, **options: object) -> Bundle:
    # Only here, since it brings numpy, which takes longer to import than to find what is kept.
    from modelparity.exporters import pipeline

    return pipeline.export(*arguments, **options)


def _open(entry: pathlib.Path) -> Bundle | None:
    """Opens a bundle of the cache; None: it is not there, or damaged."""
    try:
        return Bundle.open(entry)
    except ModelParityError:
        return None


def _name(source: str, options: dict[str, object]) -> str | None:
    """Returns what the bundle depends on, as a name; None: that cannot be told, or it is large."""
    found = sources.find(source)
    if found.kind == "function" or options.get("python_modules"):
        return None
    root = pathlib.Path(found.location)
    if found.kind == "onnx":
        # Its weights may lie in files beside it.
        root = root.parent
    files = list(files_below(root))
    if sum(file.stat().st_size for file in files) > _LARGEST:
        return None
    # Options that name files, such as `cases`, stand for what is in them.
    contents = [
        digest_of_files([path], path.parent)
        for path in options.values()
        if isinstance(path, pathlib.Path) and path.is_file()
    ]
    return digest(
        repr((found.kind, found.label, found.name, sorted(options.items()))),
        digest_of_files(files, root),
        *contents,
        fingerprints.of_python(),
    )
