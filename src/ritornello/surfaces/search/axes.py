"""Further along: calmer, faster, shorter or newer than what is shown.

A comparative says a direction and no place. It becomes a bound beside the middle of what is shown, so the state says
what it means whoever reads it later, and saying it again goes further. Where nothing is known of what is shown, the
direction alone is kept (``energy:low``).
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import View
from ritornello.surfaces.search.chips import Chip, bounds, period, years

FloatArray = NDArray[np.float64]
Rows = NDArray[np.int32]


class Axis(msgspec.Struct, frozen=True):
    """What can be more or less.

    ``values`` reads it of rows, nan where unknown. A step goes from the middle by the share ``factor`` of it and by
    ``by``, and stays within ``low`` and ``high``; ``less`` and ``more`` are the values of a chip without a place.
    """

    kind: str
    values: Callable[[View, Rows], FloatArray]
    low: float
    high: float
    factor: float = 0.0
    by: float = 0.0
    places: int = 0
    less: str = ""
    more: str = ""


class Move(msgspec.Struct, frozen=True):
    """A direction on an axis: ``sign`` is 1 for more, -1 for less."""

    axis: Axis
    sign: int


def further(
    move: Move, much: float, chips: Iterable[Chip], view: View, rows: Rows, *, said: str
) -> Chip | None:
    """Return the chip that lies further along; ``None`` where nothing can be told.

    Parameters
    ----------
    much : 1 is a usual step, 0.5 a bit, 2 much.
    chips : what holds now; a bound in this direction is gone beyond, even where what is shown lies before it.
    rows : what is shown.
    said : the listener's words.
    """
    axis, sign = move.axis, move.sign
    values = axis.values(view, rows)
    known = values[np.isfinite(values)]
    standing = [_bound(chip, sign) for chip in chips if chip.kind == axis.kind and not chip.is_not]
    marks = [float(np.median(known))] if known.size else []
    marks += [mark for mark in standing if mark is not None]
    if not marks:
        word = axis.more if sign > 0 else axis.less
        return Chip(axis.kind, word, said) if word else None
    middle = max(marks) if sign > 0 else min(marks)
    ahead = middle + sign * much * (axis.factor * abs(middle) + axis.by)
    place = round(min(max(ahead, axis.low), axis.high), axis.places)
    return Chip(axis.kind, _written(axis, sign, place), said)


def _written(axis: Axis, sign: int, place: float) -> str:
    if axis.kind == "era":
        return years(int(place), None) if sign > 0 else years(None, int(place))
    return f"{place:g}.." if sign > 0 else f"..{place:g}"


def _bound(chip: Chip, sign: int) -> float | None:
    """Return how far a chip already goes in a direction."""
    if chip.kind == "era":
        days = period(chip.value)
        day = None if days is None else days[0] if sign > 0 else days[1]
        return None if day is None else float(day.year)
    found = bounds(chip.value)
    return None if found is None else found[0] if sign > 0 else found[1]


def _energy(view: View, rows: Rows) -> FloatArray:
    return view.energy[rows].astype(np.float64)


def _bpm(view: View, rows: Rows) -> FloatArray:
    return view.bpm[rows].astype(np.float64)


def _seconds(view: View, rows: Rows) -> FloatArray:
    ms = view.duration_ms[rows].astype(np.float64)
    return np.where(ms > 0, ms / 1000, np.nan)


def _year(view: View, rows: Rows) -> FloatArray:
    released = view.released_on[rows]
    since = released.astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where(np.isnat(released), np.nan, since)


ENERGY = Axis("energy", _energy, 0.05, 0.95, by=0.15, places=2, less="low", more="high")
TEMPO = Axis("tempo", _bpm, 30, 300, factor=0.1, less="slow", more="fast")
LENGTH = Axis("length", _seconds, 30, 36_000, factor=0.25, less="short", more="long")
YEAR = Axis("era", _year, 1900, 2100, by=2, more="latest")
MOVES: Mapping[str, Move] = {
    "calmer": Move(ENERGY, -1),
    "livelier": Move(ENERGY, 1),
    "slower": Move(TEMPO, -1),
    "faster": Move(TEMPO, 1),
    "shorter": Move(LENGTH, -1),
    "longer": Move(LENGTH, 1),
    "newer": Move(YEAR, 1),
    "older": Move(YEAR, -1),
}
