"""A soak of some seconds, and what it would say of a server that leaks."""

import soak


def test_nothing_is_wrong_while_versions_come_and_go(tmp_path):
    seen = soak.soak(tmp_path, seconds=8, pause=0.2)
    assert seen.wrong == []
    assert seen.answers > 100 and seen.promotions > 2 and seen.refusals > 1


def test_wrong_answers_and_growth_are_told():
    seen = soak.Soak(wrong=["m: another answer for y"] * 2)
    seen.samples = [(100 << 20, 20)] * 5 + [(100 << 20, 20)] * 15 + [(120 << 20, 21)] * 5
    assert seen.problems() == [
        "2 times m: another answer for y",
        "resident memory grew from 100.0 MiB to 120.0 MiB",
        "descriptors grew from 20 to 21",
    ]
    assert soak.Soak(samples=[(100 << 20, 20)] * 25).problems() == []
