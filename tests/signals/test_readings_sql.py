"""A listen is read in SQL as in Python; what it was, why it ended, and whether it counts."""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.times import offsets, zone
from ritornello.signals.inputs import DAY_US
from ritornello.signals.plays import read
from tests.signals.messy import FROM_US, HOUR_US, ITEMS, MINUTE_US, listen, make, worlds

AT = datetime(2026, 9, 4, tzinfo=UTC)
ENDS = ("finished", "skipped_forward", "skipped_back", "stopped", "replaced", "error", "unknown")
TIMES = (None, 0, 1, 9_999, 10_000, 29_999, 30_000, 99_999, 100_000, 180_000, 189_999, 190_000,
         239_999, 240_000, 300_000, 86_400_000)  # fmt: skip
LENGTHS = (None, 0, 1, 15_000, 59_999, 60_000, 199_999, 200_000, 479_999, 480_000, 3_600_000)


def readings(**world):
    """The readings of a world by event."""
    rows = make({"item": ITEMS} | world, ["activity", "readings"])["readings"]
    assert len(rows) == len(world["listen"])
    return {row["event_id"]: row for row in rows}


def reading(**said):
    """The reading of one listen alone in its visit."""
    return readings(listen=[listen("a", FROM_US) | said])["a"]


def in_python(said):
    record = {name: said[name] for name in ("ms_played", "duration_ms", "ended_because", "private")}
    about = {"event_id": uuid8(AT, "x"), "listener_id": "listener-1", "item_id": "track:a"}
    return read(Listen(happened_at=AT, started_at=AT, **about, **record))


def test_every_combination_is_read_as_in_python():
    names = ("ended_because", "ms_played", "duration_ms", "private")
    listens = [
        listen(str(n), FROM_US + n * HOUR_US) | dict(zip(names, said, strict=True))
        for n, said in enumerate(product(ENDS, TIMES, LENGTHS, (False, True)))
    ]
    found = readings(listen=listens)
    assert [found[row["event_id"]]["reading"] for row in listens] == list(map(in_python, listens))


said = st.fixed_dictionaries({
    "ended_because": st.sampled_from(ENDS),
    "ms_played": st.none() | st.integers(0, 600_000),
    "duration_ms": st.none() | st.integers(0, 1_200_000),
    "private": st.booleans(),
})  # fmt: skip


@settings(max_examples=10)
@given(st.lists(said, min_size=1, max_size=40))
def test_any_listen_is_read_as_in_python(all_said):
    listens = [listen(str(n), FROM_US + n * HOUR_US) | each for n, each in enumerate(all_said)]
    found = readings(listen=listens)
    for row in listens:
        assert found[row["event_id"]]["reading"] == in_python(row)


@settings(max_examples=20)
@given(worlds())
@pytest.mark.slow
def test_whatever_comes_in_has_one_defined_row(world):
    rows = make(world, ["activity", "readings"])["readings"]
    assert sorted(row["event_id"] for row in rows) == sorted(r["event_id"] for r in world["listen"])
    for row in rows:
        known = row["ms_played"] is not None and row["duration_ms"] is not None
        assert (row["fraction_played"] is not None) == known
        assert row["fraction_played"] is None or 0 <= row["fraction_played"] <= 1
        assert row["duration_ms"] is None or row["duration_ms"] > 0
        assert row["counts"] == (row["left_out_because"] is None)
        assert (row["skip_grade"] is None) == (
            row["skip_because"] not in ("forward", "back", "chosen")
        )
        assert 1 <= row["nth_listen"] <= row["position_in_visit"]
        assert row["ended_at_us"] >= row["started_at_us"]
        for name in ("reading", "programmed", "counts", "local_hour", "daypart", "weekday", "kind"):
            assert row[name] is not None


@pytest.mark.parametrize(
    ("said", "grade", "because"),
    [
        ({"ms_played": 0, "ended_because": "skipped_forward"}, "early", "forward"),
        ({"ms_played": 9_999, "ended_because": "skipped_forward"}, "early", "forward"),
        ({"ms_played": 10_000, "ended_because": "skipped_back"}, "middle", "back"),
        ({"ms_played": 99_999, "ended_because": "replaced"}, "middle", "chosen"),
        ({"ms_played": 100_000, "ended_because": "replaced"}, "late", "chosen"),
        ({"ms_played": 179_999, "ended_because": "skipped_forward"}, "late", "forward"),
        ({"ms_played": 180_000, "ended_because": "skipped_forward"}, None, "crossfade"),
        ({"ms_played": 590_000, "duration_ms": 600_000, "ended_because": "replaced"}, None, "crossfade"),
        ({"ms_played": 50_000, "duration_ms": 60_000, "ended_because": "replaced"}, None, "crossfade"),
        ({"ms_played": 6_000, "duration_ms": 12_000, "ended_because": "replaced"}, None, "crossfade"),
        ({"ms_played": 5_999, "duration_ms": 12_000, "ended_because": "replaced"}, "early", "chosen"),
        ({"ms_played": 240_000, "duration_ms": 3_600_000, "ended_because": "skipped_forward"}, "late", "forward"),
        ({"ms_played": 900_000, "duration_ms": 200_000, "ended_because": "skipped_forward"}, None, "crossfade"),
        ({"ms_played": None, "ended_because": "skipped_forward"}, "middle", "forward"),
        ({"ms_played": 29_999, "duration_ms": None, "item_id": "track:nowhere", "ended_because": "skipped_forward"}, "middle", "forward"),
        ({"ms_played": 30_000, "duration_ms": 0, "item_id": "track:nowhere", "ended_because": "skipped_forward"}, "late", "forward"),
        ({"ms_played": 30_000, "ended_because": "stopped"}, None, "stopped"),
        ({"ms_played": 200_000, "ended_because": "stopped"}, None, None),
        ({"ms_played": 30_000, "ended_because": "error"}, None, "error"),
        ({"ms_played": 30_000, "ended_because": "unknown"}, None, "left"),
        ({"ms_played": 30_000, "ended_because": None}, None, "left"),
        ({"ms_played": None, "ended_because": "unknown"}, None, None),
        ({"ms_played": 30_000, "ended_because": "finished"}, None, None),
    ],
)  # fmt: skip
def test_the_grade_and_the_cause_of_a_skip(said, grade, because):
    row = reading(**{"duration_ms": 200_000} | said)
    assert (row["skip_grade"], row["skip_because"]) == (grade, because)


@pytest.mark.parametrize(
    ("began", "grade", "because"),
    [
        ("clicked", "middle", "chosen"),
        ("skipped_into", "middle", "chosen"),
        ("autoplay", None, None),
    ],
)
def test_where_no_reason_is_given_what_followed_tells(began, grade, because):
    broken_off = listen("a", FROM_US, 20_000, duration_ms=200_000, ended_because="unknown")
    then = listen("b", FROM_US + MINUTE_US, 200_000, began_because=began)
    row = readings(listen=[broken_off, then])["a"]
    assert (row["skip_grade"], row["skip_because"]) == (grade, because)


@pytest.mark.parametrize(
    ("ms", "stated", "item", "duration", "fraction"),
    [
        (100_000, 400_000, "track:a", 400_000, 0.25),
        (100_000, None, "track:a", 200_000, 0.5),
        (100_000, 0, "track:a", 200_000, 0.5),
        (900_000, None, "track:a", 200_000, 1.0),
        (100_000, None, "track:b", None, None),
        (100_000, 0, "track:old", None, None),
        (100_000, None, "track:nowhere", None, None),
        (None, 200_000, "track:a", 200_000, None),
        (0, 200_000, "track:a", 200_000, 0.0),
    ],
)
def test_a_length_is_the_stated_or_the_items(ms, stated, item, duration, fraction):
    row = reading(ms_played=ms, duration_ms=stated, item_id=item)
    assert (row["duration_ms"], row["fraction_played"]) == (duration, fraction)


@pytest.mark.parametrize(
    ("item", "is_", "kind", "whose"),
    [
        ("track:old", "track:b", "track", "artist:1"),
        ("episode:e", "episode:e", "episode", "show:1"),
        ("track:c", "track:c", "track", None),
        ("track:nowhere", "track:nowhere", "track", None),
        ("episode:nowhere", "episode:nowhere", "episode", None),
    ],
)
def test_what_was_heard_and_whose_it_is(item, is_, kind, whose):
    row = reading(item_id=item)
    assert (row["item_id"], row["kind"], row["artist_id"]) == (is_, kind, whose)


@pytest.mark.parametrize(
    ("said", "programmed"),
    [
        ({}, False),
        ({"began_because": "clicked", "context_kind": "album"}, False),
        ({"began_because": "autoplay", "context_kind": "album"}, False),
        ({"began_because": "autoplay", "context_kind": "library"}, False),
        ({"began_because": "autoplay", "context_kind": "search"}, True),
        ({"began_because": "autoplay", "context_kind": None}, True),
        ({"context_kind": "radio"}, True),
        ({"context_kind": "shelf"}, True),
        ({"surface": "daily_mix"}, True),
        ({"surface": None}, False),
        ({"decision_id": "decision"}, True),
    ],
)
def test_what_the_service_chose(said, programmed):
    assert reading(**said)["programmed"] is programmed


@pytest.mark.parametrize(
    ("said", "out", "because"),
    [
        ({}, None, None),
        ({}, "same_play", "same_play"),
        ({"private": True}, "disowned", "private"),
        ({"private": True, "ended_because": "error"}, None, "private"),
        ({"ended_because": "error"}, "excluded", "error"),
    ],
)
def test_what_does_not_count_says_why(said, out, because):
    left_out = [{"event_id": "a", "listener_id": "listener-1", "because": out}] if out else []
    row = readings(listen=[listen("a", FROM_US) | said], left_out=left_out)["a"]
    assert (row["left_out_because"], row["counts"]) == (because, because is None)


@settings(max_examples=10)
@given(st.lists(st.integers(-3 * 365 * DAY_US, 400 * DAY_US), min_size=1, max_size=40))
def test_the_hour_and_day_are_those_of_the_listeners_clock(times):
    names = {"listener-1": "America/St_Johns", "listener-2": "Pacific/Auckland", "listener-3": ""}
    found = readings(
        listen=[
            listen(f"{n} {who}", FROM_US + us, listener_id=who)
            for n, us in enumerate(times)
            for who in names
        ],
        zone=[{"listener_id": who, "time_zone": name} for who, name in names.items() if name],
        clock=[
            dict(zip(("time_zone", "from_us", "until_us", "offset_us"), (name, *stretch), strict=True))
            for name in names.values()
            for stretch in offsets(name or "Asia/Kathmandu")
        ],
    )  # fmt: skip
    parts = ["night", "morning", "afternoon", "evening"]
    for event_id, row in found.items():
        name = names[event_id.split()[1]] or "Asia/Kathmandu"
        local = datetime.fromtimestamp(row["started_at_us"] / 1e6, zone(name))
        told = (row["local_hour"], row["weekday"], row["active_on"], row["daypart"])
        when = (local.hour, local.weekday(), str(local.date()), parts[local.hour // 6])
        assert told == when
