"""The figures of a report as pictures: plain numbers in, SVG out, readable at a phone's width.

Every picture is as wide as a phone; colours are those of the page it stands on, and each colour has a shape of its own.
"""

import math
from collections.abc import Callable, Sequence

import msgspec

from ritornello.evaluate import numerals
from ritornello.evaluate.report import (
    Calibration,
    Differences,
    Figure,
    Intervals,
    Segments,
    Weights,
)
from ritornello.measures.resampling import Interval
from ritornello.signals import plots, svg
from ritornello.signals.svg import UNSURE, Point

WIDE, EDGE = 360, 8
ROW, LANE, AXIS = 36, 13, 24
STRIP_WIDE, STRIP_HIGH = 96, 20
TALL = 150
LONGEST_NAME = 30
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a6f00", "#5b5b5b")
"""Eight that those who see fewer colours tell apart (Okabe, Ito, 2008); a page puts its own in their place."""


class Scale(msgspec.Struct, frozen=True):
    """Where a value lies on a line from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place; what lies beyond an end stands at that end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def draw(figure: Figure) -> str:
    """Return the picture of a figure."""
    match figure:
        case Intervals():
            return intervals(figure)
        case Segments():
            return segments(figure)
        case Differences():
            return differences(figure)
        case Weights():
            return weights(figure)
        case Calibration():
            return plots.curve(figure.curve)


def intervals(figure: Intervals) -> str:
    """Draw named intervals below each other; the name and the numbers stand above each, the line through all."""
    scale = scale_of([row.at for row in figure.rows], figure.line, EDGE, WIDE - EDGE)
    bottom = ROW * len(figure.rows) + 4
    parts = _ruled(scale, bottom, figure.line)
    for place, row in enumerate(figure.rows):
        top = ROW * place
        parts.append(svg.text(EDGE, top + 15, _short(row.name), "start"))
        parts.append(svg.text(WIDE - EDGE, top + 15, _said(row.at), "end", "quiet"))
        if row.at is not None:
            parts += _mark(row.at, scale, top + 25, 0)
    return svg.picture(WIDE, bottom + AXIS, figure.title, parts)


def segments(figure: Segments) -> str:
    """Draw each segment's intervals below its name, an entrant a colour and a shape, which the first lines name."""
    n_lanes = len(figure.entrants)
    head, block = 18 * n_lanes + 8, 22 + LANE * n_lanes
    found = [each for row in figure.rows for each in row]
    scale = scale_of(found, None, EDGE, WIDE - EDGE)
    bottom = head + block * len(figure.segments) + 4
    parts = []
    for lane, name in enumerate(figure.entrants):
        parts += _shape(EDGE + 6, 18 * lane + 10, lane)
        parts.append(svg.text(EDGE + 20, 18 * lane + 14, name, "start"))
    parts += _ruled(scale, bottom, None, top=head)
    for place, (name, row) in enumerate(zip(figure.segments, figure.rows, strict=True)):
        top = head + block * place
        parts.append(svg.text(EDGE, top + 14, name, "start"))
        for lane, at in enumerate(row):
            if at is not None:
                parts += _mark(at, scale, top + 24 + LANE * lane, lane)
    return svg.picture(WIDE, bottom + AXIS, figure.title, parts)


def differences(figure: Differences) -> str:
    """Draw what topics lost and gained, sorted, as one shape around 0: how many on either side, and how much."""
    values = sorted(figure.values)
    n = len(values)
    most = max((abs(value) for value in values), default=0.0) or 1.0
    up = Scale(-most, most, TALL, 14)
    along = Scale(0, max(n, 1), EDGE, WIDE - EDGE)
    parts = [svg.line((EDGE, up(0)), (WIDE - EDGE, up(0)), "currentColor", 1, "axis")]
    n_lost, n_won = sum(value < 0 for value in values), sum(value > 0 for value in values)
    for first, last, lane in ((0, n_lost, 1), (n - n_won, n, 0)):
        if last > first:
            parts.append(
                svg.shape(_steps(values, first, last, along, up), COLOURS[lane], f"d{lane + 1}")
            )
    parts += [
        svg.text(EDGE, 12, f"+{_tick(most)}", "start", "quiet"),
        svg.text(EDGE, TALL + 14, _tick(-most), "start", "quiet"),
        svg.text(WIDE - EDGE, 12, f"better: {numerals.share(n_won / max(n, 1))}", "end"),
        svg.text(WIDE - EDGE, TALL + 14, f"worse: {numerals.share(n_lost / max(n, 1))}", "end"),
    ]
    return svg.picture(WIDE, TALL + AXIS, figure.title, parts)


def weights(figure: Weights) -> str:
    """Draw how many rounds weigh how much: a bar for none at all, then bars between the edges, on a log scale.

    A bar of a single round is still a hair high: it is the rare large weights that make an estimate unsafe.
    """
    n = max(figure.n_zero + sum(figure.counts), 1)
    most = max(figure.n_zero, *figure.counts, 1) / n
    up = Scale(0, most, TALL, 18)
    first = EDGE + (34 if figure.n_zero else 0)
    logs = [math.log10(edge) for edge in figure.edges]
    along = Scale(logs[0], logs[-1], first, WIDE - EDGE)
    parts = [svg.line((EDGE, TALL), (WIDE - EDGE, TALL), "currentColor", 1, "axis")]
    if figure.n_zero:
        parts.append(_bar(EDGE, EDGE + 24, figure.n_zero / n, up, 1))
        parts.append(svg.text(EDGE + 12, TALL + 15, "0", "middle"))
    for low, high, counted in zip(logs[:-1], logs[1:], figure.counts, strict=True):
        if counted:
            parts.append(_bar(along(low), along(high) - 1, counted / n, up, 0))
    for power in range(math.ceil(logs[0]), math.floor(logs[-1]) + 1):
        x = along(power)
        anchor = "end" if x > WIDE - 30 else "middle" if x > first + 12 else "start"
        parts.append(svg.text(x, TALL + 15, _tick(10.0**power), anchor))
    if logs[0] < 0 < logs[-1]:
        parts.append(svg.line((along(0), 18), (along(0), TALL), UNSURE, 1, "line"))
    parts.append(
        svg.text(EDGE, 12, f"{numerals.share(most)} of the rounds at most", "start", "quiet")
    )
    return svg.picture(WIDE, TALL + AXIS, figure.title, parts)


def strip(at: Interval, scale: Scale, line: float | None) -> str:
    """Draw one interval as small as a cell of a table, beside the numbers it repeats."""
    parts = []
    if line is not None:
        parts.append(svg.line((scale(line), 0), (scale(line), STRIP_HIGH), UNSURE, 1, "line"))
    parts += _mark(at, scale, STRIP_HIGH / 2, 0)
    return svg.picture(STRIP_WIDE, STRIP_HIGH, "", parts)


def scale_of(
    found: Sequence[Interval | None], line: float | None, start: float, end: float
) -> Scale:
    """Return a scale that holds all the intervals and the line, with some air at either end."""
    values = [value for each in found if each is not None for value in (each.low, each.mean, each.high)]  # fmt: skip
    values = [value for value in [*values, *([] if line is None else [line])] if math.isfinite(value)]  # fmt: skip
    low, high = min(values, default=0.0), max(values, default=1.0)
    air = 0.06 * (high - low) or abs(high) or 1.0
    return Scale(low - air, high + air, start, end)


def ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Return at most ``most`` round numbers between two: multiples of 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> ticks(0.0, 1.0), ticks(-0.013, 0.021)
    ([0.0, 0.5, 1.0], [-0.01, 0.0, 0.01, 0.02])
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (power, 2 * power, 5 * power, 10 * power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    return [round(place * step, 12) for place in range(first, last + 1)]


Steps = Callable[[float], float]


def _ruled(scale: Scale, bottom: float, line: float | None, *, top: float = 0) -> list[str]:
    """Return the axis below with its numbers, hairlines up from them, and the line to hold intervals against."""
    parts = []
    for at in ticks(scale.low, scale.high):
        x = scale(at)
        anchor = "start" if x < 30 else "end" if x > WIDE - 30 else "middle"
        parts.append(svg.line((x, top), (x, bottom), UNSURE, 0.25, "hair"))
        parts.append(svg.text(x, bottom + 16, _tick(at), anchor, "quiet"))
    if line is not None:
        parts.append(svg.line((scale(line), top), (scale(line), bottom), UNSURE, 1.5, "line"))
    return parts


def _mark(at: Interval, scale: Scale, y: float, lane: int) -> list[str]:
    """Return an interval: a bar from low to high and a shape at the mean."""
    colour, look = _colour(lane)
    bar = svg.line((scale(at.low), y), (scale(at.high), y), colour, 2.5, look)
    return [bar, *_shape(scale(at.mean), y, lane)]


def _shape(x: float, y: float, lane: int) -> list[str]:
    """Return the shape of an entrant: dot, square, triangle, diamond, in turn."""
    colour, look = _colour(lane)
    kind, r = lane % 4, 4.5
    if kind == 0:
        return [svg.dot(x, y, colour, look)]
    if kind == 1:
        return [svg.box((x - 3.5, y - 3.5), (x + 3.5, y + 3.5), colour, look)]
    corners: list[Point] = [(x, y - r), (x + r, y + r - 1), (x - r, y + r - 1)]
    if kind == 3:
        corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    return [svg.shape(corners, colour, look)]


def _colour(lane: int) -> tuple[str, str]:
    place = lane % len(COLOURS)
    return COLOURS[place], f"d{place + 1}"


def _bar(left: float, right: float, share: float, up: Scale, lane: int) -> str:
    colour, look = _colour(lane)
    return svg.box((left, min(up(share), TALL - 1)), (max(right, left + 1), TALL), colour, look)


def _steps(values: Sequence[float], first: int, last: int, along: Steps, up: Steps) -> list[Point]:
    """Return the outline of values, each as wide as any other, down to 0."""
    tops = [(along(place), up(values[i])) for i in range(first, last) for place in (i, i + 1)]
    return [(along(first), up(0)), *tops, (along(last), up(0))]


def _tick(value: float) -> str:
    return numerals.number(value, 3)


def _said(at: Interval | None) -> str:
    if at is None:
        return "nothing to say"
    mean, low, high = numerals.within(at)
    return f"{mean} [{low}, {high}]"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
