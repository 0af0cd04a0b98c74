"""Measures of engagement: what each comes to on little worlds counted by hand, alike on both engines."""

import math
from contextlib import closing

import pytest

from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.measures import names
from ritornello.signals import engagement, portable
from ritornello.signals.shapes import shapes
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from tests.signals.relations import DAY, HOUR, MINUTE, Duck, values

AT = 20_600 * DAY
DUCK = Duck()
ALL = [str(each) for each in engagement.measures()]


def value(name, *, namespace=None, **given):
    """Return what a measure comes to over relations; by arm where a namespace is given."""
    measure = engagement.parse(name)
    for need in engagement.tables_of([measure], namespace):
        DUCK.view(need, values(need, given.get(need, ())))
    found = engagement.measured(DUCK, measure, namespace)
    if namespace is None:
        (only,) = found
        assert (only.measure, only.arm) == (name, None)
        return only.value
    return {each.arm: (each.value, each.n_units, each.n_listeners) for each in found}


def day(listener, on, **said):
    usual = {"n_plays": 0, "n_skips": 0, "ms_played": 0, "n_saves": 0}
    return {"listener_id": listener, "active_on": f"2026-05-{on:02}"} | usual | said


DAYS = [
    day("ada", 1, n_plays=8, n_skips=2, ms_played=3_600_000, n_saves=3),
    day("ada", 28, n_plays=1, n_skips=4),
    day("ada", 31, ms_played=3_600_000),
    day("bob", 3, n_plays=5, ms_played=1_800_000, n_saves=1),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("listeners", 2),
        ("plays", 14),
        ("skip_rate", 6 / 20),
        ("saves_per_hour", 4 / 2.5),
        ("days_active@28d", 1.0),
        ("days_active@29d", 1.5),
        ("days_active@31d", 2.0),
        ("days_active@1d", 0.5),
    ],
)
def test_measures_over_days(name, expected):
    assert value(name, days=DAYS) == pytest.approx(expected)


def visit(name, listener="ada", at=AT, minutes=30, n_plays=3):
    return {
        "visit_id": name, "listener_id": listener, "started_at_us": at,
        "ended_at_us": at + minutes * MINUTE, "n_plays": n_plays,
    }  # fmt: skip


VISITS = [visit("a"), visit("b", at=AT + DAY, n_plays=0), visit("c", "bob", AT + 40 * DAY, 60, 9)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("visits", 3), ("session_depth", 4.0), ("dwell_time", 40.0), ("empty_visits", 1 / 3)],
)
def test_measures_over_visits(name, expected):
    assert value(name, visits=VISITS) == pytest.approx(expected)


def test_time_to_success_is_the_wait_for_the_first_play_of_a_visit():
    usual = {"visit_id": "a", "counts": True, "reading": "play"}
    readings = [
        usual | {"reading": "skip", "started_at_us": AT},
        usual | {"counts": False, "started_at_us": AT + MINUTE},
        usual | {"started_at_us": AT + 3 * MINUTE},
        usual | {"started_at_us": AT + 2 * MINUTE},
        usual | {"visit_id": "c", "started_at_us": AT + 40 * DAY},
    ]
    assert value("time_to_success", visits=VISITS, readings=readings) == 60.0


RETURNS = [
    {"visit_id": "a", "listener_id": "ada", "ended_at_us": AT, "absence_s": 86_400.0, "observed": True},
    {"visit_id": "b", "listener_id": "ada", "ended_at_us": AT + DAY, "absence_s": 30 * 86_400.0, "observed": True},
    {"visit_id": "z", "listener_id": "ada", "ended_at_us": AT + 31 * DAY, "absence_s": 60.0, "observed": True},
    {"visit_id": "c", "listener_id": "bob", "ended_at_us": AT + 5 * DAY, "absence_s": 27 * 86_400.0, "observed": False},
]  # fmt: skip
UNTIL = [visit("last", at=AT + 32 * DAY, minutes=0)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("return@1d", ((1 + 0 + 1) / 3 + 0) / 2),
        ("return@7d", (1 / 2 + 0) / 2),
        ("return@30d", (1 + 1) / 2),
        ("return@33d", None),
        ("absence@7d", ((24 + 168) / 2 + 168) / 2),
        ("absence@30d", (24 + 720) / 2),
    ],
)
def test_loyalty_counts_only_visits_whose_days_are_over(name, expected):
    found = value(name, returns=RETURNS, visits=UNTIL)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_discovery_is_kept_by_playing_it_on_later_days():
    def heard(name, on, after_us, artist="artist:1", listener="ada", **said):
        usual = {"counts": True, "reading": "play", "active_on": f"2026-05-{on:02}"}
        row = {"event_id": name, "listener_id": listener, "artist_id": artist}
        return usual | row | {"started_at_us": AT + after_us} | said

    readings = [
        heard("first", 1, 0), heard("same day", 1, HOUR), heard("b", 2, DAY), heard("c", 3, 2 * DAY),
        heard("late", 30, 29 * DAY), heard("skipped", 1, 0, "artist:2", reading="skip"),
        heard("dropped", 1, 0, "artist:3"), heard("dropped later", 2, DAY, "artist:3", reading="skip"),
        heard("bobs", 1, 0, listener="bob"), heard("too young", 20, 20 * DAY, "artist:4"),
    ]  # fmt: skip
    firsts = {"first", "skipped", "dropped", "bobs", "too young"}
    encounters = [
        {"event_id": row["event_id"], "first_artist": row["event_id"] in firsts} for row in readings
    ]
    given = {"readings": readings, "encounters": encounters, "visits": UNTIL}
    assert value("discovery_kept@2", **given) == pytest.approx(1 / 3)
    assert value("discovery_kept@3", **given) == 0.0


def search(name, p=None, **said):
    usual = {
        "search_id": name, "listener_id": "ada", "n_listens": 0, "n_plays": 0, "n_items": 0, "n_new": 0, "n_kept": 0,
        "n_reformulations": 0, "n_characters": 9, "ms_played_all": 0, "abandoned": True, "p_known_item": p,
    }  # fmt: skip
    if "seconds_to_play" in said:
        usual |= {
            "n_listens": 1,
            "n_plays": 1,
            "n_items": 1,
            "abandoned": False,
            "n_results_passed": 1,
        }
    return usual | said


SEARCHES = [
    search("found", 1.0, seconds_to_play=5.0),
    search("explored", 0.25, seconds_to_play=30.0, n_kept=2, n_reformulations=2),
    search("lost", 0.5),
    search("read", None, good_because="read"),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("searches", 4),
        ("search_success", (1.0 + 0.25 * 0.6 + 0.75 + 0.0 + 1.0) / 4),
        ("search_success(mindset=known_item)", (1.0 + 0.25 * 0.6 + 0.5 * 0 + 0.5) / 2.25),
        ("search_success(mindset=exploring)", (0.75 + 0.5 * 0 + 0.5) / 1.75),
        ("search_effort", (10 + 12) / 2),
        ("search_effort(mindset=known_item)", (10 + 0.25 * 12) / 1.25),
        ("search_reformulations", 0.5),
        ("found_within@10", 0.25),
        ("found_within@60", 0.5),
        ("found_within(mindset=exploring)@60", 0.75 / 1.75),
        ("search_kept(mindset=exploring)", 0.75 / 1.75),
        ("search_abandonment", 0.5),
        ("good_abandonment", 0.5),
    ],
)
def test_measures_over_searches_by_mindset(name, expected):
    assert value(name, searches=SEARCHES) == pytest.approx(expected)


def test_a_mindset_that_is_the_usual_is_not_said():
    assert str(engagement.parse("search_success(mindset=any)")) == "search_success"


def test_an_arm_holds_its_listeners_and_who_was_in_none_is_in_none():
    def arm(listener, word, at, namespace="ranker"):
        return {
            "decision_id": f"{listener}{at}", "listener_id": listener, "made_at_us": at,
            "namespace": namespace, "arm": word,
        }  # fmt: skip

    arms = [
        arm("ada", "b", 2), arm("ada", "a", 1), arm("bob", "b", 5), arm("cyd", "a", 1, "another"),
        arm("cyd", "a", 1, "o'clock"),
    ]  # fmt: skip
    given = {"days": [*DAYS, day("cyd", 9, n_plays=100)], "arm": arms}
    assert value("plays", namespace="ranker", **given) == {"a": (9.0, 1, 1), "b": (5.0, 1, 1)}
    assert value("plays", namespace="o'clock", **given) == {"a": (100.0, 1, 1)}
    assert value("plays", namespace="nowhere", **given) == {}


@pytest.mark.parametrize("name", ALL)
def test_without_anybody_a_measure_is_unknown_not_zero_or_nan(name):
    assert value(name) is None


@pytest.mark.parametrize("name", ALL)
def test_a_measure_prints_what_it_parses_from_and_says_what_it_is(name):
    measure = engagement.parse(name)
    assert str(measure) == name
    assert measure.means.endswith(".")
    assert "{" not in measure.means
    assert portable.faults(measure.query) == []
    assert set(measure.needs) <= shapes().keys()


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("retrun@7d", UnknownName, "return@7d"),
        ("return", BadValue, "return@7d"),
        ("return@7", BadValue, "return@7d"),
        ("return@0d", BadValue, "names no measure"),
        ("plays@3", BadValue, "like plays"),
        ("discovery_kept@2d", BadValue, "discovery_kept@2"),
        ("plays(mindset=exploring)", BadValue, "mindset=nothing"),
        ("search_success(mindset=bored)", BadValue, "any, known_item, exploring"),
        ("search_success(mood=any)", BadValue, "any, known_item, exploring"),
        ("skip rate", BadValue, "names no measure"),
    ],
)
def test_a_name_nobody_means_is_told_what_is_meant(text, error, says):
    with pytest.raises(error, match=says):
        engagement.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "-- Says nothing of itself.\nSELECT 1",
        "-- x.\n-- name: a b\nSELECT 1",
        "-- x.\n-- name: a\n-- family: fame\n-- grain: visit\n-- unit: x\n-- direction: lower\n-- total: sum\nSELECT 1",
    ],
)
def test_a_file_that_does_not_say_what_it_is_is_refused_by_name(text):
    with pytest.raises(BadValue, match=r"engagement/a\.sql"):
        engagement.read("a.sql", text)


def test_nothing_built_says_what_to_do(tmp_path):
    from ritornello.cli.wiring import make_home

    home = make_home(tmp_path / "home")
    with closing(DuckEngine(home)) as engine, pytest.raises(NotFound, match="signals build"):
        engagement.lay(engine, home, ["visits"])


@pytest.mark.slow
def test_every_measure_of_a_built_home_is_finite(built_once: Home):
    with closing(DuckEngine(built_once)) as engine:
        engagement.lay(engine, built_once, engagement.tables_of(engagement.measures()))
        for each in engagement.measures():
            columns = engagement.compute(engine, each)
            assert list(columns) == ["unit_id", "listener_id", "value", "weight"]
            for found in engagement.measured(engine, each):
                assert found.n_units == len(columns["unit_id"])
                assert (found.value is None) == (found.n_units == 0)
                assert found.value is None or math.isfinite(found.value)


@pytest.mark.spark
@pytest.mark.slow
def test_measures_are_the_same_on_both_engines(built_once, spark):
    measures = [
        *engagement.measures(),
        *map(
            engagement.parse,
            (
                "return@1d",
                "search_success(mindset=known_item)",
                "found_within(mindset=exploring)@60",
            ),
        ),
    ]
    found = {}
    with closing(DuckEngine(built_once)) as duck:
        for engine in (duck, spark):
            engagement.lay(engine, built_once, engagement.tables_of(measures, "ranker"))
            found[engine.name] = [
                (
                    row.measure,
                    row.arm,
                    row.n_units,
                    row.n_listeners,
                    row.value and round(row.value, 9),
                )
                for each in measures
                for namespace in (None, "ranker")
                for row in engagement.measured(engine, each, namespace)
            ]
    assert found["spark"] == found["duckdb"]


def test_names_are_taken_apart_and_put_together():
    assert names.read("return@7d") == names.Name("return", 7, days=True)
    for text in ("skip_rate", "nDCG@20", "return@7d"):
        assert str(names.read(text)) == text
