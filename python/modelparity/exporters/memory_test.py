import pathlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelparity.exporters import memory


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Sets what the system says of its memory, in GiB."""

    def set_memory(available, limit="max", used=0):
        (tmp_path / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable: {available << 20} kB\n")
        (tmp_path / "memory.max").write_text(f"{limit if limit == 'max' else limit << 30}\n")
        (tmp_path / "memory.current").write_text(f"{used << 30}\n")
        monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
        monkeypatch.setattr(memory, "_CGROUP", tmp_path)
        return tmp_path

    return set_memory


def test_what_is_available(machine):
    folder = machine(available=8)
    assert memory.available_bytes() == 8 << 30
    machine(available=8, limit=6, used=2)
    assert memory.available_bytes() == 4 << 30
    (folder / "memory.max").unlink()
    assert memory.available_bytes() == 8 << 30


def test_this_machine_has_some():
    assert memory.available_bytes() > 1 << 28
    assert pathlib.Path("/proc/meminfo").exists()


def test_a_conversion_that_cannot_fit_is_refused_with_figures(machine):
    machine(available=8)
    assert memory.obstacle("onnx_from_tensorflow", 100 << 20) is None
    refusal = memory.obstacle("onnx_from_tensorflow", 1 << 30)
    assert refusal.startswith("converting 1024 MiB of weights takes about 27648 MiB of memory, and")
    assert "8192 MiB are free here; export on a larger machine" in refusal


def test_large_conversions_take_turns(machine):
    machine(available=8)
    running = threading.Barrier(2)

    def convert(size):
        with memory.turn("onnx_from_tensorflow", size):
            try:
                running.wait(timeout=0.3)
            except threading.BrokenBarrierError:
                return "alone"
            return "together"

    for size, expected in ((1 << 20, "together"), (500 << 20, "alone")):
        running.reset()
        with ThreadPoolExecutor() as pool:
            assert set(pool.map(convert, [size, size])) == {expected}
