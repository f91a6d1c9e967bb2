"""What one item does to its process costs that item only."""

import os
import threading
import time

import pytest

from modelparity.exporters.conversion import Limits, convert
from modelparity.harness import process_tree

_STUB = "testing.stub_converter"


def _outcomes(items, limits=Limits(), **arguments):  # noqa: B008 (immutable)
    outcomes = convert(_STUB, items, arguments, limits)
    assert [item for item, _ in outcomes] == items
    return [
        outcome if isinstance(outcome, str) else "made " + outcome.path for _, outcome in outcomes
    ]


def test_every_item_gets_its_outcome():
    assert _outcomes(["a", "refuse", "raise", "b"]) == [
        "made a",
        "no operator for it",
        "KeyError: 'x'",
        "made b",
    ]


def test_another_process_takes_over_after_one_that_died():
    first, dead, last = _outcomes(["a", "die", "b"])
    assert (first, last) == ("made a", "made b")
    assert dead == "the converter was killed by SIGABRT: out of luck"


@pytest.mark.parametrize(
    ("item", "limits", "message"),
    [
        ("hang", Limits(seconds=3), "the converter did not end in 3 s"),
        ("eat", Limits(memory_bytes=300 << 20), "the converter used more than 300 MiB of memory"),
    ],
)
def test_limits_end_one_item(item, limits, message):
    start = time.monotonic()
    limited, other = _outcomes([item, "b"], limits)
    assert limited.startswith(message)
    assert other == "made b"
    assert time.monotonic() - start < 30


def test_stopped_by_another_thread_it_leaves_nothing_running():
    before = process_tree.members(os.getpid())
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(InterruptedError):
        convert(_STUB, ["hang", "b"], {}, stop=stop)
    assert process_tree.members(os.getpid()) == before


def test_what_fails_before_the_first_item_fails_for_all():
    assert _outcomes(["a", "b"], prepare="raise") == ["ValueError: cannot begin"] * 2
    assert _outcomes(["a", "b"], prepare="die") == ["the converter ended with exit status 3"] * 2


def test_no_items_need_no_process():
    assert convert("there is no such module", [], {}) == []
