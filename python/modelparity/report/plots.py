"""The errors of one output as a picture: how large they are by magnitude of the reference, and how many.

Both panels share the axis of errors, in powers of ten, so that the lines for the tolerance and the noise
floor mean the same in both. What has no logarithm, 0 and infinity, has bands of its own beside the axes.
The picture is SVG without colours, which its classes get from the page, and with all of it in words.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence

from modelparity.contract import report_pb2

_ZERO, _INFINITE = -400, 400
"""Decades of report.proto that are none."""

# Pixels.
_WIDTH, _HEIGHT = 600, 220
_TOP, _BOTTOM = 24, 182
_MAGNITUDES = 52, 340
_COUNTS = 366, 596
_BAND = 16
_GAP_ACROSS, _GAP_UP = 12, 4
_LONGEST_BAR = 160
_LEAST_FOR_TEXT = 9
_MOST_TICKS = 6


@dataclasses.dataclass(frozen=True)
class _Axis:
    """Powers of ten on a line."""

    least: int
    most: int
    start: float
    """Pixel of `least`."""
    end: float

    def at(self, log: float) -> float:
        share = (log - self.least) / (self.most - self.least)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def ticks(self) -> range:
        return range(self.least, self.most + 1, math.ceil((self.most - self.least) / _MOST_TICKS))


def error_plot(output: report_pb2.OutputComparison) -> str:
    """Returns an SVG element; empty: there are no distributions, or no errors in them."""
    if all(each.decade == _ZERO for each in output.errors):
        return ""
    return "".join(
        [
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>Errors of one output</title>',
            f"<desc>{_in_words(output)}</desc>",
            *_Plot(output).elements(),
            "</svg>",
        ]
    )


class _Plot:
    def __init__(self, output: report_pb2.OutputComparison):
        self._output = output
        decades = [each.decade for each in output.magnitudes if _is_finite(each.decade)]
        zero, infinite = (
            any(each.decade == decade for each in output.magnitudes)
            for decade in (_ZERO, _INFINITE)
        )
        left, right = _MAGNITUDES
        self._x = _axis(
            [edge for decade in decades for edge in (decade, decade + 1)],
            left + (_BAND + _GAP_ACROSS) * zero,
            right - (_BAND + _GAP_ACROSS) * infinite,
        )
        logs = [edge for each in output.errors for edge in (each.decade, each.decade + 1)]
        logs = [float(log) for log in logs if _is_finite(log)]
        logs += [self._allowed(log) for log in (self._x.least, self._x.most)]
        logs.append(_log(output.noise_abs))
        # The bands: exact below, infinite above.
        self._y = _axis(
            [log for log in logs if math.isfinite(log)],
            _BOTTOM - _BAND - _GAP_UP,
            _TOP + _BAND + _GAP_UP,
        )

    def elements(self) -> Iterable[str]:
        """Yields the axes, then what lies upon them."""
        yield from self._axes()
        yield from self._largest_errors()
        yield from self._counts()
        yield from self._lines()

    def _allowed(self, log_magnitude: float) -> float:
        """Returns the logarithm of the tolerance at a magnitude; -inf: nothing is allowed."""
        relative = _log(self._output.rtol) + log_magnitude
        absolute = _log(self._output.atol)
        return max(relative, absolute) + (
            math.log10(1 + 10 ** -abs(relative - absolute))
            if math.isfinite(relative) and math.isfinite(absolute)
            else 0.0
        )

    def _axes(self) -> Iterable[str]:
        left, right = _MAGNITUDES
        start, end = _COUNTS
        grid = "".join(
            f"M{left} {self._y.at(tick):.4g}H{right}M{start} {self._y.at(tick):.4g}H{end}"
            for tick in self._y.ticks()
        )
        yield f'<path class="grid" d="{grid}"/>'
        yield f'<path class="axis" d="M{left} {_TOP}V{_BOTTOM}H{right}M{start} {_TOP}V{_BOTTOM}"/>'
        yield _text(left, _TOP - 10, "largest error, by magnitude of the reference", "t")
        yield _text(start, _TOP - 10, "elements, by error", "t")
        for tick in self._y.ticks():
            yield _text(left - 5, self._y.at(tick) + 3, f"1e{tick}", "e")
        yield _text(left - 5, _BOTTOM - _BAND / 2 + 3, "exact", "e")
        if any(each.decade == _INFINITE for each in self._output.errors):
            yield _text(left - 5, _TOP + _BAND / 2 + 3, "infinite", "e")
        for tick in self._x.ticks():
            yield _text(self._x.at(tick), _BOTTOM + 14, f"1e{tick}", "m")
        for each in self._output.magnitudes:
            if not _is_finite(each.decade):
                middle = sum(self._column(each.decade)) / 2
                yield _text(middle, _BOTTOM + 14, "0" if each.decade == _ZERO else "∞", "m")
        yield _text((left + right) / 2, _HEIGHT - 8, "|reference|", "m")

    def _largest_errors(self) -> Iterable[str]:
        bodies, caps = {True: "", False: ""}, {True: "", False: ""}
        for each in self._output.magnitudes:
            left, right = self._column(each.decade)
            log = _log(each.max_abs)
            top = self._row(log)
            # Of the elements of a decade, the largest may have the most.
            largest = each.decade + 1 if _is_finite(each.decade) else -math.inf
            within = log == -math.inf or log <= self._allowed(largest)
            caps[within] += f"M{left + 0.5:.4g} {top:.4g}H{right - 0.5:.4g}"
            if log > -math.inf:
                bodies[within] += (
                    f"M{left + 0.5:.4g} {top:.4g}H{right - 0.5:.4g}V{_BOTTOM}H{left + 0.5:.4g}z"
                )
        for kind, paths in (("body", bodies), ("cap", caps)):
            for within, path in paths.items():
                if path:
                    yield f'<path class="{kind}{"" if within else " beyond"}" d="{path}"/>'

    def _counts(self) -> Iterable[str]:
        most = math.log1p(max(each.count for each in self._output.errors))
        most_allowed = max(self._allowed(log) for log in (self._x.least, self._x.most))
        bars, texts = {True: "", False: ""}, []
        for each in self._output.errors:
            top, bottom = self._bar(each.decade)
            end = _COUNTS[0] + max(2.0, _LONGEST_BAR * math.log1p(each.count) / most)
            # Which elements of a decade are beyond is not known, but on which side most of it lies.
            within = self._output.match or each.decade + 0.5 < most_allowed
            bars[within] += (
                f"M{_COUNTS[0]} {top + 0.5:.4g}H{end:.4g}V{bottom - 0.5:.4g}H{_COUNTS[0]}z"
            )
            if bottom - top >= _LEAST_FOR_TEXT:
                texts.append(_text(end + 4, (top + bottom) / 2 + 3, f"{each.count:,}", "n"))
        for within, path in bars.items():
            if path:
                yield f'<path class="bar{"" if within else " beyond"}" d="{path}"/>'
        yield from texts

    def _lines(self) -> Iterable[str]:
        left, right = _MAGNITUDES
        if math.isfinite(self._allowed(self._x.least)):
            steps = [self._x.least + i * (self._x.most - self._x.least) / 12 for i in range(13)]
            points = [(self._x.at(log), self._y.at(self._allowed(log))) for log in steps]
            # At 0 there is the absolute tolerance alone.
            points.insert(0, (left, self._y.at(self._allowed(-math.inf))))
            points.append((right, points[-1][1]))
            path = " ".join(f"{x:.4g},{y:.4g}" for x, y in points)
            yield f'<polyline class="allowed" points="{path}"/>'
            yield _text(right - 4, points[-1][1] - 4, "tolerance", "l allowed")
        if self._output.noise_abs > 0:
            y = self._y.at(_log(self._output.noise_abs))
            yield f'<path class="noise" d="M{left} {y:.4g}H{right}M{_COUNTS[0]} {y:.4g}H{_COUNTS[1]}"/>'
            yield _text(_COUNTS[1], y - 4, "noise floor", "l noise")

    def _column(self, decade: int) -> tuple[float, float]:
        if decade == _ZERO:
            return _MAGNITUDES[0], _MAGNITUDES[0] + _BAND
        if decade == _INFINITE:
            return _MAGNITUDES[1] - _BAND, _MAGNITUDES[1]
        return self._x.at(decade), self._x.at(decade + 1)

    def _bar(self, decade: int) -> tuple[float, float]:
        if decade == _ZERO:
            return _BOTTOM - _BAND, _BOTTOM
        if decade == _INFINITE:
            return _TOP, _TOP + _BAND
        return self._y.at(decade + 1), self._y.at(decade)

    def _row(self, log_error: float) -> float:
        if log_error == -math.inf:
            return _BOTTOM - _BAND / 2
        return _TOP + _BAND / 2 if log_error == math.inf else self._y.at(log_error)


def _axis(logs: Sequence[float], start: float, end: float) -> _Axis:
    least, most = (math.floor(min(logs)), math.ceil(max(logs))) if logs else (-1, 1)
    return _Axis(least, max(most, least + 1), start, end)


def _is_finite(decade: float) -> bool:
    return _ZERO + 1 < decade < _INFINITE


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else -math.inf


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.4g}" y="{y:.4g}">{text}</text>'


def _in_words(output: report_pb2.OutputComparison) -> str:
    counts = ", ".join(f"{_decade(each.decade)}: {each.count}" for each in output.errors)
    largest = ", ".join(f"{_decade(each.decade)}: {each.max_abs:.0e}" for each in output.magnitudes)
    return f"Elements by error: {counts}. Largest error by magnitude of the reference: {largest}."


def _decade(decade: int) -> str:
    return {_ZERO: "0", _INFINITE: "infinite"}.get(decade, f"from 1e{decade}")
