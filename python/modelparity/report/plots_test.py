import math
import re
import xml.etree.ElementTree as ET

import pytest

from modelparity.contract import report_pb2
from modelparity.report.plots import error_plot
from modelparity.report.testing.sample_reports import output


class _Drawn:
    """A plot, and where things are in it."""

    def __init__(self, comparison):
        self.root = ET.fromstring(error_plot(comparison))
        self.texts = [
            (each.text, float(each.get("x")), float(each.get("y")))
            for each in self.root.findall("text")
        ]

    def path(self, kind):
        found = [each.get("d") for each in self.root.findall("path") if each.get("class") == kind]
        assert len(found) == 1, kind
        return found[0]

    def row(self, text):
        """The height of a label's line."""
        (y,) = (y for label, x, y in self.texts if label == text and x < 50)
        return y - 3

    def column(self, text):
        (x,) = (x for label, x, y in self.texts if label == text and y > 190)
        return x


def _comparison(errors, magnitudes, **fields):
    comparison = report_pb2.OutputComparison(**fields)
    for decade, count in errors:
        comparison.errors.add(decade=decade, count=count)
    for decade, max_abs in magnitudes:
        comparison.magnitudes.add(decade=decade, count=1, max_abs=max_abs)
    return comparison


def test_errors_tolerance_and_noise_lie_on_the_same_axis():
    plot = _Drawn(
        _comparison([(-4, 1)], [(0, 1e-4)], atol=1e-3, noise_abs=1e-5, max_abs=1e-4, match=True)
    )
    assert re.match(r"M[\d.]+ ([\d.]+)H", plot.path("cap"))[1] == f"{plot.row('1e-4'):.4g}"
    assert re.match(r"M[\d.]+ ([\d.]+)H", plot.path("noise"))[1] == f"{plot.row('1e-5'):.4g}"
    points = plot.root.find("polyline").get("points").split()
    assert {point.split(",")[1] for point in points} == {f"{plot.row('1e-3'):.4g}"}
    top, bottom = re.match(r"M366 ([\d.]+)H[\d.]+V([\d.]+)H366z$", plot.path("bar")).groups()
    assert (float(top), float(bottom)) == pytest.approx((plot.row("1e-3"), plot.row("1e-4")), abs=1)


def test_a_tolerance_grows_with_the_magnitude():
    plot = _Drawn(
        _comparison([(-4, 1)], [(-400, 0), (-2, 1e-4), (2, 1e-4)], atol=1e-4, rtol=1e-3, match=True)
    )
    points = [
        tuple(map(float, point.split(",")))
        for point in plot.root.find("polyline").get("points").split()
    ]
    # From 0, where 1e-4 is allowed, to 1e3, where 1.0001 is; 0.0011 is allowed at 1.
    assert points[0] == (52, pytest.approx(plot.row("1e-4"), abs=0.2))
    assert points[-1] == (340, pytest.approx(plot.row("1e0"), abs=0.2))
    _, nearest = min(points, key=lambda point: abs(point[0] - plot.column("1e0")))
    assert nearest == pytest.approx(plot.row("1e-3"), abs=5)


def test_what_has_no_logarithm_has_a_place():
    plot = _Drawn(
        _comparison(
            [(-400, 5), (-3, 1), (400, 2)],
            [(-400, 1e-3), (0, 0), (400, math.inf)],
            atol=1e-2,
        )
    )
    assert {"exact", "infinite", "0", "∞"} <= {text for text, *_ in plot.texts}
    assert plot.path("cap beyond").endswith(f"{plot.row('infinite'):g}H339.5")
    # At 1 all are exact: a mark at the bottom, and nothing that stands on it.
    assert f" {plot.row('exact'):g}H" in plot.path("cap")
    assert plot.path("body").count("M") == 1
    assert [text for text, x, _ in plot.texts if x > 370] == ["5", "1", "2"]


def test_only_what_is_beyond_the_tolerance_is_marked():
    wrong = _Drawn(output(-3, failures=128))
    assert wrong.path("cap beyond").count("M") == 4
    assert wrong.path("bar beyond").count("M") == 1


def test_nothing_of_a_match_is_marked():
    # 2e-3 is allowed at 1, and 1.1e-2 at 10.
    plot = _Drawn(_comparison([(-3, 1)], [(0, 5e-3)], atol=1e-3, match=True, rtol=1e-3))
    assert plot.path("cap") and plot.path("bar")
    # Most of the decade is beyond, and the error is not.
    plot = _Drawn(_comparison([(-3, 1)], [(0, 1e-3)], atol=2e-3, match=True))
    assert plot.path("cap") and plot.path("bar")


def test_where_nothing_is_allowed_there_is_no_line():
    plot = _Drawn(_comparison([(0, 1)], [(0, 1.0)], dtype="int32"))
    assert plot.root.find("polyline") is None
    assert plot.path("cap beyond")


def test_it_is_there_in_words():
    plot = _Drawn(_comparison([(-400, 3), (-4, 1), (400, 1)], [(0, 1e-4), (400, math.inf)], atol=1))
    assert plot.root.find("title").text == "Errors of one output"
    assert plot.root.find("desc").text == (
        "Elements by error: 0: 3, from 1e-4: 1, infinite: 1."
        " Largest error by magnitude of the reference: from 1e0: 1e-04, infinite: inf."
    )


@pytest.mark.parametrize(
    "comparison",
    [
        _comparison([(-324, 1), (307, 1)], [(-324, 1e307), (308, 5e-324)], atol=1e-10, rtol=1e-9),
        _comparison([(0, 1)], [(0, 1.0)], atol=math.inf),
        _comparison([(0, 1)], [(0, 1.0)], atol=1e308, rtol=1e308, noise_abs=math.inf),
        _comparison([(0, 1)], [], rtol=1e-4),
        _comparison([(400, 1)], [(400, math.inf)]),
        _comparison([(-3, 4_000_000_000)], [(-400, 1e-3)], noise_abs=5e-324),
    ],
)
def test_everything_stays_in_the_picture(comparison):
    plot = _Drawn(comparison)
    _, _, width, height = map(float, plot.root.get("viewBox").split())
    drawn = " ".join(each.get("d", each.get("points", "")) for each in plot.root)
    assert not re.search("nan|inf", drawn)
    numbers = [float(number) for number in re.findall(r"[-\d.]+(?:e[-+]\d+)?", drawn)]
    assert min(numbers) >= 0 and max(numbers) <= width
    assert all(0 <= x <= width and 0 <= y <= height for _, x, y in plot.texts)


def test_without_errors_there_is_no_plot():
    assert error_plot(output(0)) == ""
    assert error_plot(report_pb2.OutputComparison(max_abs=1.0)) == ""
