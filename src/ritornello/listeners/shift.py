"""Have the population's signals moved? What moved, where, by how much and since when.

Watched are daily series: listens; the share of each device, client, surface, source and part of the day; the rate of
skips, of errors, of items never heard before, of listens without a length played, of programmed ones; the fraction
played; the share of the most played item. So a new device, a new season, a new hit or a broken client shows, each by its
own name. Each series is held against its own weekdays and told by ``measures.cusum``. With S series, each is given the
threshold of one false alarm in 365 S / ``false_a_year`` days, so all together are wrong about ``false_a_year`` times a
year. Nothing is told in the first nine weeks, and the last day is left out: it may not be over.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from ritornello.listeners.daily import DIMENSIONS, RATES, Daily, FloatArray, Series
from ritornello.listeners.daily import series as daily_series
from ritornello.measures.cusum import Excursion, deviations, excursions, threshold

FALSE_A_YEAR = 4.0
DAYS_BEFORE = 28
SAME_DAYS = 3
LEAST_EXCESS = 0.25


class Group(msgspec.Struct, frozen=True):
    """Where it moved: the word of a dimension, and its part of the change (above 1: others moved against it)."""

    dimension: str
    word: str
    share_of_change: float


class Alarm(msgspec.Struct, frozen=True):
    """A signal that is not what it used to be.

    ``subject`` says of what a share is (``device tv``, an item); ``before`` is the 28 days before ``since``, ``after``
    since then, up to ``until`` where it is as usual again; listens are a day's. ``told_on`` is the first day it was sure of.
    ``moved_in`` is the group with by far more of the change than its part of the listens, ``None``: it moved everywhere.
    """

    signal: str
    subject: str
    since: str
    told_on: str
    until: str | None
    before: float
    after: float
    deviations: float
    moved_in: Group | None


def alarms(daily: Daily, *, false_a_year: float = FALSE_A_YEAR) -> list[Alarm]:
    """Return what moved, what still stands first, then the largest move in its own deviations.

    Of shares of one dimension that moved within three days of each other only the largest is told: the others made room.
    """
    every = list(daily_series(daily))
    h = threshold(365 * len(every) / false_a_year)
    found = [
        (each, told) for each in every for told in excursions(deviations(*each.comparable()), h)
    ]
    largest = [
        _alarm(daily, each, told) for each, told in found if not _made_room(each, told, found)
    ]
    return sorted(largest, key=lambda alarm: (alarm.until is not None, -abs(alarm.deviations)))


def _made_room(series: Series, told: Excursion, every: Sequence[tuple[Series, Excursion]]) -> bool:
    """Say whether another share of the dimension moved further at about that time."""
    own = _size(series, told)
    return bool(series.dimension) and any(
        _size(other, then) > own
        for other, then in every
        if other.dimension == series.dimension
        and other is not series
        and abs(then.since - told.since) <= SAME_DAYS
    )


def _size(series: Series, told: Excursion) -> float:
    before, after = _sides(told)
    return abs(series.between(after) - series.between(before))


def _alarm(daily: Daily, series: Series, told: Excursion) -> Alarm:
    before, after = _sides(told)
    subject, group = series.subject, None
    if series.dimension:
        group = Group(series.dimension, series.word, 1.0)
    elif series.signal == "top_item_share":
        items, n = np.unique(np.array(daily.top_items[after], dtype=np.str_), return_counts=True)
        subject = str(items[n.argmax()])
    else:
        group = _moved_in(daily, series.signal, before, after)
    return Alarm(
        signal=series.signal,
        subject=subject,
        since=daily.on(told.since),
        told_on=daily.on(told.told),
        until=None if told.until is None else daily.on(told.until),
        before=series.between(before),
        after=series.between(after),
        deviations=told.deviations,
        moved_in=group,
    )


def _moved_in(daily: Daily, signal: str, before: slice, after: slice) -> Group | None:
    """Return the group whose part of the change is furthest above its part of the listens, by at least a quarter."""
    best, most = None, LEAST_EXCESS
    for dimension in DIMENSIONS:
        if signal == "listens":
            n = daily.of(dimension, "n_listens")
            was, is_ = n[:, before].mean(axis=1), n[:, after].mean(axis=1)
            moved, fair = is_ - was, was / max(was.sum(), 1.0)
        else:
            part, whole = (daily.of(dimension, name) for name in RATES[signal])
            moved, fair = _contributions(
                part[:, before].sum(axis=1), whole[:, before].sum(axis=1),
                part[:, after].sum(axis=1), whole[:, after].sum(axis=1),
            )  # fmt: skip
        if len(moved) < 2 or not moved.sum():
            continue
        share = moved / moved.sum()
        word = int((share - fair).argmax())
        if share[word] - fair[word] > most:
            most = float(share[word] - fair[word])
            best = Group(dimension, daily.words[dimension][word], float(share[word]))
    return best


def _contributions(
    part_0: FloatArray, whole_0: FloatArray, part_1: FloatArray, whole_1: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return each group's part of the change of Σ part / Σ whole, which they add up to, and its share of the whole.

    s_0 (r_1 − r_0) + (s_1 − s_0)(r_1 − R_0), with s a group's share, r its rate and R everybody's: what its own rate did,
    and what its growing or shrinking did.
    """
    s_0, s_1 = whole_0 / max(whole_0.sum(), 1e-12), whole_1 / max(whole_1.sum(), 1e-12)
    r_0 = np.divide(part_0, whole_0, out=np.zeros(len(part_0)), where=whole_0 > 0)
    r_1 = np.divide(part_1, whole_1, out=r_0.copy(), where=whole_1 > 0)
    overall = part_0.sum() / max(whole_0.sum(), 1e-12)
    return s_0 * (r_1 - r_0) + (s_1 - s_0) * (r_1 - overall), np.maximum(s_0, s_1)


def _sides(told: Excursion) -> tuple[slice, slice]:
    """Return the days before an excursion and those in it."""
    ends = None if told.until is None else max(told.until, told.told) + 1
    return slice(max(0, told.since - DAYS_BEFORE), told.since), slice(told.since, ends)
