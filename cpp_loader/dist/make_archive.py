"""Packs the loader for build systems other than Bazel.

    python make_archive.py ARCHIVE VERSION SONAME FILE...

The archive holds one folder of its own name, which works wherever it is unpacked. The same files give
the same bytes, whoever packs them and when. In files that end with `.in`, @VERSION@ and @SONAME@ are
replaced; one that ends with `.BUILD` becomes the BUILD file.
"""

import gzip
import io
import pathlib
import sys
import tarfile

_FOLDERS = {
    ".a": "lib",
    ".cmake": "lib/cmake/modelparity",
    ".pc": "lib/pkgconfig",
    ".so": "lib",
}


def place_of(path: pathlib.PurePath) -> pathlib.PurePath:
    """Where a file belongs, without the `.in` of its name."""
    if path.suffix == ".h":
        folders = path.parts
        below = len(folders) - 1 - folders[::-1].index("modelparity")
        return pathlib.PurePath("include", *folders[below:])
    if path.suffix == ".BUILD":
        return pathlib.PurePath("BUILD.bazel")
    target = path.with_suffix("") if path.suffix == ".in" else path
    return pathlib.PurePath(_FOLDERS.get(target.suffix, ""), target.name)


def pack(archive: pathlib.Path, version: str, soname: str, files: list[pathlib.Path]) -> None:
    """Writes the archive."""
    contents: dict[str, bytes] = {}
    links: dict[str, str] = {}
    for file in files:
        place = place_of(file)
        content = file.read_bytes()
        if file.suffix == ".in":
            content = content.replace(b"@VERSION@", version.encode())
            content = content.replace(b"@SONAME@", soname.encode())
        if place.suffix == ".so":
            links[str(place)] = soname
            links[str(place.with_name(soname))] = f"{place.name}.{version}"
            place = place.with_name(f"{place.name}.{version}")
        contents[str(place)] = content

    folder = archive.name.removesuffix(".tar.gz")
    with (
        archive.open("wb") as raw,
        # A time and a name in the header would differ from run to run.
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name in sorted(contents | links):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.mode = 0o644
            if name in links:
                entry.type = tarfile.SYMTYPE
                entry.linkname = links[name]
                tar.addfile(entry)
            else:
                entry.size = len(contents[name])
                tar.addfile(entry, io.BytesIO(contents[name]))


if __name__ == "__main__":
    target, number, library, *sources = sys.argv[1:]
    pack(pathlib.Path(target), number, library, [pathlib.Path(source) for source in sources])
