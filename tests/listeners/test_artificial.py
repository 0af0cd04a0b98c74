"""Planted bots are flagged for what they do; people who listen a lot are not."""

import numpy as np
import pytest

from ritornello.listeners import artificial
from tests.listeners.tables import DAY_US, HOUR_US, START_US, lay, played

SECOND_US = 1_000_000


def listens(who, at_us, item, length_s, played_s, **more):
    """Listens as rows: (who, at_us, item, length_s, played_s, more)."""
    n = len(at_us)
    return [
        (who, int(at), str(it), float(length), float(p), more)
        for at, it, length, p in zip(
            at_us, np.broadcast_to(item, n), np.broadcast_to(length_s, n),
            np.broadcast_to(played_s, n), strict=True,
        )
    ]  # fmt: skip


def one_after_another(who, start_us, hours, rng, tracks=300, length_s=None, pause_s=0.0):
    """What plays on by itself: tracks of 2 to 6 minutes, or all of one length."""
    n = int(hours * 3600 / 60)
    lengths = np.full(n, length_s) if length_s else rng.uniform(120, 360, n)
    ends = np.cumsum(lengths + pause_s)
    n = int(np.searchsorted(ends, hours * 3600))
    at = start_us + np.append(0, ends[: n - 1]) * SECOND_US
    items = [f"track:{i}" for i in rng.integers(0, tracks, n)]
    return listens(who, at, items, lengths[:n], lengths[:n])


def house(rows):
    who, at, item, length, took, more = zip(*rows, strict=True)
    at, took = np.array(at), np.array(took)
    columns = played(who, at, item)
    columns |= {
        "ended_at_us": at + (took * SECOND_US).astype(np.int64),
        "ms_played": (took * 1000).astype(np.int64),
        "duration_ms": (np.array(length) * 1000).astype(np.int64),
        "fraction_played": np.minimum(took / np.array(length), 1),
        "counts": np.array([each.get("counts", True) for each in more]),
    }
    return lay(readings=columns, visits=visits_of(columns))


def visits_of(columns):
    """Unbroken stretches, cut at every second midnight as visits are."""
    starts, ends, whose, cut = [], [], [], []
    for who in np.unique(columns["listener_id"]):
        mine = np.flatnonzero(columns["listener_id"] == who)
        mine = mine[np.argsort(columns["started_at_us"][mine])]
        at, until = columns["started_at_us"][mine], columns["ended_at_us"][mine]
        so_far = np.maximum.accumulate(until)
        day = at // DAY_US
        begins = np.append(True, at[1:] - so_far[:-1] > HOUR_US // 2)
        pieces = begins | np.append(False, (day[1:] != day[:-1]))
        first = np.flatnonzero(pieces)
        starts += at[first].tolist()
        ends += np.maximum.reduceat(until, first).tolist()
        whose += [who] * len(first)
        cut += (~begins[first]).tolist()
    ids = [f"{w}/{s}" for w, s in zip(whose, starts, strict=True)]
    return {
        "visit_id": ids, "listener_id": whose, "started_at_us": np.array(starts),
        "ended_at_us": np.array(ends), "cut": np.array(cut),
    }  # fmt: skip


def crowd(rng, n=30, days=2):
    """People with an hour or three an evening, who skip some."""
    rows = []
    for k in range(n):
        for day in range(days):
            at = START_US + day * DAY_US + int(18 * HOUR_US)
            rows += one_after_another(f"listener-{k}", at, rng.uniform(1, 3), rng)
            skips = np.sort(rng.uniform(0, 3600, 60)) * SECOND_US
            tracks = [f"track:{i}" for i in rng.integers(0, 300, 60)]
            rows += listens(
                f"listener-{k}", at - 4 * HOUR_US + skips, tracks, 200, rng.lognormal(2.5, 0.8, 60)
            )
    return rows


def heavy(rng):
    """People who listen more than most, each in a way that could be mistaken."""
    night = START_US + 22 * HOUR_US
    rows = []
    for day in range(2):
        rows += one_after_another("sleeper", night + day * DAY_US, 9, rng, tracks=1, length_s=180)
        rows += one_after_another("all-day", START_US + day * DAY_US, 17, rng)
    rows += one_after_another("party", START_US + 12 * HOUR_US, 20, rng)
    for _ in range(2):
        rows += one_after_another("family", START_US + 8 * HOUR_US, 12, rng)
    at = START_US + np.cumsum(rng.uniform(4, 45, 400)) * SECOND_US
    tracks = [f"track:{i}" for i in range(400)]
    rows += listens("skipper", at, tracks, 200, rng.lognormal(2.5, 0.8, 400))
    rows += listens(
        "sampler",
        START_US + np.cumsum(rng.uniform(25, 60, 200)) * SECOND_US,
        tracks[:200],
        200,
        rng.normal(30, 4, 200),
    )
    rows += one_after_another("one-song", START_US + 9 * HOUR_US, 10, rng, tracks=1, length_s=170)
    return rows


def bots(rng):
    tracks = [f"track:{i}" for i in range(3000)]
    rows = one_after_another("never-pauses", START_US, 30, rng)
    rows += listens(
        "thirty-one",
        START_US + np.cumsum(rng.uniform(35, 90, 300)) * SECOND_US,
        tracks[:300],
        200,
        31.2,
    )
    rows += listens(
        "one-track",
        START_US + np.arange(2000) * 32 * SECOND_US,
        "track:9",
        200,
        rng.uniform(20, 32, 2000),
    )
    for _ in range(6):
        rows += one_after_another("six-at-once", START_US, 5, rng)
    rows += listens(
        "clockwork",
        START_US + np.arange(200) * 60 * SECOND_US,
        tracks[:200],
        200,
        rng.uniform(10, 59, 200),
    )
    return rows


REASONS = {
    "never-pauses": "no_pause", "thirty-one": "constant_length", "one-track": "one_track",
    "six-at-once": "at_once", "clockwork": "regular_gaps",
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(5)
    return artificial.flags(house(crowd(rng) + heavy(rng) + bots(rng)))


@pytest.mark.parametrize("bot", REASONS)
def test_each_planted_bot_is_flagged_for_what_it_does(found, bot) -> None:
    assert {flag.reason for flag in found if flag.listener_id == bot} == {REASONS[bot]}


def test_people_are_not_flagged_however_much_they_listen(found) -> None:
    assert {flag.listener_id for flag in found} == set(REASONS)


def test_a_flag_says_how_far_past_which_threshold(found) -> None:
    (flag,) = [flag for flag in found if flag.listener_id == "one-track"]
    assert (flag.value, flag.threshold, flag.unit, flag.active_on) == (
        2000.0,
        500.0,
        "plays",
        "2026-08-03",
    )
    assert flag.usual < 20
    (flag,) = [flag for flag in found if flag.listener_id == "thirty-one"]
    assert flag.deviations > artificial.MOST_DEVIATIONS


def test_without_a_crowd_the_thresholds_alone_speak() -> None:
    rng = np.random.default_rng(6)
    found = artificial.flags(house(bots(rng) + heavy(rng)))
    assert {flag.listener_id for flag in found} == set(REASONS)
    assert {flag.usual for flag in found if flag.reason == "constant_length"} == {None}


def test_what_all_do_here_is_not_flagged() -> None:
    rows = []
    for k in range(25):
        at = START_US + np.arange(600) * 60 * SECOND_US
        rows += listens(f"listener-{k}", at, "track:rain", 60, 60)
    assert artificial.flags(house(rows)) == []


def test_what_does_not_count_is_not_looked_at() -> None:
    at = START_US + np.arange(2000) * 32 * SECOND_US
    rows = listens("listener-1", at, "track:9", 200, 31, counts=False)
    assert {f.reason for f in artificial.flags(house(rows))} <= {"no_pause"}


def test_nothing_heard_nothing_flagged() -> None:
    assert artificial.flags(lay(readings={}, visits={})) == []


def test_unknown_times_are_no_sign() -> None:
    columns = played(
        ["listener-1"] * 300, START_US + np.arange(300) * HOUR_US // 9, ["track:1"] * 300
    )
    columns |= {"ms_played": None, "fraction_played": None, "ended_at_us": columns["started_at_us"]}
    assert artificial.flags(lay(readings=columns, visits={})) == []
