"""Builds programs from the unpacked archive, as users of CMake and of pkg-config do, and runs them."""

import os
import pathlib
import re
import shlex
import subprocess
import tarfile

import pytest

_CMAKE = pathlib.Path(os.environ["CMAKE"]).absolute()
_SAVED_MODEL = pathlib.Path(os.environ["SAVED_MODEL"]).absolute()
# The programs run in folders of their own.
_LIBTENSORFLOW = pathlib.Path(os.environ["MODELPARITY_LIBTENSORFLOW"]).absolute()


def run(*command: object, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **kwargs)


def run_well(*command: object, **kwargs) -> str:
    """What a program printed that must succeed."""
    result = run(*command, **kwargs)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def answer_of(program: pathlib.Path) -> str:
    environment = {"MODELPARITY_LIBTENSORFLOW": str(_LIBTENSORFLOW)}
    return run_well(program, _SAVED_MODEL, env=environment, cwd=program.parent)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder of the archive, moved after it was unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(os.environ["ARCHIVE"]) as archive:
        archive.extractall(folder)
    (unpacked,) = folder.iterdir()
    return unpacked.rename(tmp_path_factory.mktemp("installed") / "modelparity")


def test_archive_says_nothing_of_who_made_it_and_when():
    packed = pathlib.Path(os.environ["ARCHIVE"]).read_bytes()
    no_time = bytes(4)
    assert packed[4:8] == no_time
    with tarfile.open(os.environ["ARCHIVE"]) as archive:
        entries = archive.getmembers()
    assert {(e.mtime, e.uid, e.gid, e.uname, e.gname) for e in entries} == {(0, 0, 0, "", "")}
    assert [e.name for e in entries] == sorted(e.name for e in entries)


def block_of_readme(installed: pathlib.Path, language: str) -> str:
    readme = (installed / "README.md").read_text()
    (block,) = re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    return block


@pytest.fixture
def project(installed: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with the program of the README."""
    (tmp_path / "my_service.cc").write_text(block_of_readme(installed, "cpp"))
    return tmp_path


def configure(project: pathlib.Path, installed: pathlib.Path, package: str) -> tuple[int, str]:
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\n"
        "project(my_service CXX)\n"
        "add_executable(my_service my_service.cc)\n" + package
    )
    command = (_CMAKE, "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={installed}")
    result = run(*command, "-G", "Unix Makefiles")
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize(("target", "is_shared"), [("", True), ("-static", False)])
def test_cmake(project: pathlib.Path, installed: pathlib.Path, target: str, is_shared: bool):
    package = block_of_readme(installed, "cmake").split("  #")[0] + "\n"
    package = package.replace("modelparity::modelparity", f"modelparity::modelparity{target}")
    status, output = configure(project, installed, package)
    assert status == 0, output
    run_well(_CMAKE, "--build", project / "build")
    program = project / "build" / "my_service"
    assert answer_of(program) == "3\n"
    assert ("libmodelparity.so" in run_well("readelf", "--dynamic", program)) == is_shared


@pytest.mark.parametrize(
    ("wanted", "is_taken"),
    [("{0}.{1}", True), ("{0}.{1}.{2} EXACT", True), ("{0}.{next}", False), ("{0}.{1}.999", False)],
)
def test_cmake_takes_versions_of_one_interface(
    project: pathlib.Path, installed: pathlib.Path, wanted: str, is_taken: bool
):
    (library,) = (installed / "lib").glob("libmodelparity.so.*.*.*")
    numbers = library.name.split(".")[2:]
    version = wanted.format(*numbers, next=int(numbers[1]) + 1)
    status, output = configure(project, installed, f"find_package(modelparity {version} REQUIRED)")
    assert (status == 0) == is_taken, output


def test_pkg_config(project: pathlib.Path, installed: pathlib.Path):
    environment = os.environ | {"PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")}
    flags = run_well("pkg-config", "--cflags", "--libs", "modelparity", env=environment)
    folder = run_well("pkg-config", "--variable=libdir", "modelparity", env=environment)
    program = project / "my_service"
    source = program.with_suffix(".cc")
    rpath = f"-Wl,-rpath,{folder.strip()}"
    run_well("g++", "-std=c++17", source, *shlex.split(flags), rpath, "-o", program)
    assert answer_of(program) == "3\n"


def test_every_header_compiles_alone(installed: pathlib.Path):
    include = installed / "include"
    headers = sorted(include.rglob("*.h"))
    assert include / "modelparity/model.h" in headers
    for header in headers:
        strict = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only")
        run_well("g++", *strict, f"-I{include}", "-include", header, "-x", "c++", "/dev/null")
