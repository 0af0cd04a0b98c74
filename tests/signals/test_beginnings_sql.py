"""What is known at a beginning: against counting by hand, and untouched by whatever comes later."""

from importlib.resources import files
from itertools import pairwise
from statistics import median

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.signals import tables
from tests.signals.messy import FROM_US, HOUR_US, make, worlds

TABLE = tables.parse(
    "beginnings", (files("ritornello.signals") / "beginnings.sql").read_text(encoding="utf-8")
)
MINUTE_US = 60_000_000
BEGAN_US = 1_795_000_000_000_000

COLUMNS = {
    "activity": "event_id VARCHAR, listener_id VARCHAR, kind VARCHAR, at_us BIGINT, until_us BIGINT, "
    "visit_id VARCHAR, place BIGINT, surface VARCHAR, device VARCHAR",
    "readings": "event_id VARCHAR, kind VARCHAR, reading VARCHAR, programmed BOOLEAN, shuffle BOOLEAN, "
    "context_kind VARCHAR, context_id VARCHAR",
    "encounters": "event_id VARCHAR, first_artist BOOLEAN",
    "visits": "visit_id VARCHAR, started_at_us BIGINT, local_hour INTEGER, weekday INTEGER",
    "listen": "event_id VARCHAR, private BOOLEAN",
    "answer": "event_id VARCHAR, question VARCHAR, value VARCHAR",
}  # fmt: skip

DUCK = duckdb.connect(config={"threads": 1})
for name, columns in COLUMNS.items():
    DUCK.execute(f"CREATE TABLE {name} ({columns})")


def beginnings(events):
    """Build the table over one visit of events as dictionaries, in any order."""
    events = in_order(events)
    rows = {name: [] for name in COLUMNS}
    rows["visits"].append(("v", events[0]["at"], 21, 5))
    for place, e in enumerate(events, start=1):
        at = (e["at"], e.get("until", e["at"]))
        where = (e.get("surface", "home"), e.get("device", "web"))
        rows["activity"].append((e["id"], "ada", e["kind"], *at, "v", place, *where))
        if e["kind"] == "listen":
            names = ("item", "reading", "programmed", "shuffle", "context", "context_id")
            rows["readings"].append((e["id"], *(e[n] for n in names)))
            rows["encounters"].append((e["id"], e["new"]))
            rows["listen"].append((e["id"], e["private"]))
        if e["kind"] == "answer":
            rows["answer"].append((e["id"], e["question"], e["value"]))
    for name, those in rows.items():
        DUCK.execute(f"DELETE FROM {name}")
        if those:
            slots = ", ".join(f"({', '.join('?' * len(row))})" for row in those)
            DUCK.execute(f"INSERT INTO {name} VALUES {slots}", [v for row in those for v in row])
    found = DUCK.execute(TABLE.sql)
    names = [column[0] for column in found.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def in_order(events):
    return sorted(events, key=lambda e: (e["at"], e["id"]))


def listen(event_id, at, until, **said):
    usual = {
        "item": "track", "reading": "play", "programmed": False, "shuffle": None, "new": False,
        "surface": "home", "device": "car", "context": "album", "context_id": None, "private": False,
    }  # fmt: skip
    return {"id": event_id, "kind": "listen", "at": at, "until": until} | usual | said


minutes = st.integers(0, 40).map(lambda m: BEGAN_US + m * MINUTE_US)
listens = st.fixed_dictionaries({
    "kind": st.just("listen"), "at": minutes, "lasts": st.integers(0, 12),
    "item": st.sampled_from(["track", "episode"]), "new": st.booleans(),
    "reading": st.sampled_from(["play", "skip", "glance", "nothing"]),
    "programmed": st.booleans(), "shuffle": st.none() | st.booleans(),
    "surface": st.sampled_from(["home", "unknown"]), "device": st.sampled_from(["car", "tv"]),
    "context": st.none() | st.sampled_from(["album", "playlist"]),
    "context_id": st.none() | st.sampled_from(["playlist:a", "playlist:b"]),
    "private": st.integers(0, 9).map(lambda n: n == 0),
})  # fmt: skip
others = st.fixed_dictionaries({
    "kind": st.sampled_from(["act", "query", "impression"]), "at": minutes
})  # fmt: skip
answers = st.fixed_dictionaries({
    "kind": st.just("answer"), "at": minutes, "question": st.sampled_from(["intent", "satisfied"]),
    "value": st.sampled_from(["sleep", "party", "nonsense"]),
})  # fmt: skip


@st.composite
def visits(draw, least=1):
    events = draw(st.lists(listens | others | answers, min_size=least, max_size=14))
    named = [{"id": f"e{n:02}", **e} for n, e in enumerate(events)]
    return [
        {**e, "until": e["at"] + e["lasts"] * MINUTE_US} if e["kind"] == "listen" else e
        for e in named
    ]


def by_hand(events, now):
    """What is known when ``now`` begins, counted one by one."""
    order = in_order(events)
    first = order[0]["at"]
    order = [e for e in order if not e.get("private")]
    before = order[: order.index(now)]
    begun = [e for e in [*before, now] if e["kind"] == "listen"]
    ended = [e for e in before if e["kind"] == "listen" and e["reading"] != "nothing"]
    ended = [e for e in ended if e["until"] <= now["at"]]
    began = [e["at"] for e in [*before, now] if e["kind"] in {"listen", "act", "query"}]
    gaps = [b - a for a, b in pairwise(began)][-3:]
    entered = [e for e in [*before, now] if e["kind"] in {"listen", "query"}]
    here = entered[-1] if entered else {}
    if here.get("kind") == "query":
        here = {"context": "search", "surface": "home", "device": "web"}
    said = [e["value"] for e in before if e.get("question") == "intent"]
    return {
        "kind": now["kind"], "at_us": now["at"], "elapsed_us": now["at"] - first,
        "seed_kind": begun[0]["context"] if begun else None,
        "context_kind": here.get("context"), "context_id": here.get("context_id"),
        "surface": here.get("surface"), "device": here.get("device"),
        "intent_stated": said[-1] if said else None,
        "n_listens": len([e for e in before if e["kind"] == "listen"]),
        "n_acts": len([e for e in before if e["kind"] == "act"]),
        "n_queries": len([e for e in before if e["kind"] == "query"]),
        "n_impressions": len([e for e in before if e["kind"] == "impression"]),
        "n_ended": len(ended), "n_skips": len([e for e in ended if e["reading"] == "skip"]),
        "n_begun": len(begun),
        "n_episodes_begun": len([e for e in begun if e["item"] == "episode"]),
        "n_programmed_begun": len([e for e in begun if e["programmed"]]),
        "n_ordered_begun": len([e for e in begun if e["shuffle"] is not None]),
        "n_shuffled_begun": len([e for e in begun if e["shuffle"]]),
        "n_new_artists_begun": len([e for e in begun if e["new"]]),
        "gap_us": int(median(gaps)) if gaps else None,
    }  # fmt: skip


def told(events):
    """The events that have a row."""
    return [e for e in events if e["kind"] in {"listen", "act", "query"} and not e.get("private")]


@given(visits())
@settings(max_examples=25)
def test_every_row_says_what_counting_says(events):
    found = beginnings(events)
    assert found.keys() == {e["id"] for e in told(events)}
    for event in told(events):
        expected = by_hand(events, event)
        assert {name: found[event["id"]][name] for name in expected} == expected


@given(visits(least=2), st.integers(0, 40), st.data())
@settings(max_examples=25)
def test_what_comes_later_changes_no_earlier_row(events, minute, data):
    """Drop everything after an instant, and let what had begun by then end in any other way later."""
    cut = BEGAN_US + minute * MINUTE_US
    known = [e for e in events if e["at"] <= cut]
    if not known:
        return
    other = [
        {**e, "until": cut + data.draw(st.integers(1, 9)) * MINUTE_US,
         "reading": data.draw(st.sampled_from(["play", "skip", "nothing"]))}
        if e.get("until", 0) > cut else e
        for e in known
    ]  # fmt: skip
    full = beginnings(events)
    assert beginnings(other) == {e["id"]: full[e["id"]] for e in told(known)}


def test_an_event_says_nothing_of_its_own_end():
    at = BEGAN_US
    for until, reading in ((at, "skip"), (at + MINUTE_US, "skip"), (at, "play")):
        row = beginnings([listen("e", at, until, reading=reading)])["e"]
        assert (row["n_begun"], row["n_listens"], row["n_ended"], row["n_skips"]) == (1, 0, 0, 0)


def test_two_devices_at_once_know_of_each_other_what_has_happened():
    first = listen("a", BEGAN_US, BEGAN_US + 10 * MINUTE_US, reading="skip")
    second = listen("b", BEGAN_US + MINUTE_US, BEGAN_US + 2 * MINUTE_US)
    third = listen("c", BEGAN_US + 3 * MINUTE_US, BEGAN_US + 4 * MINUTE_US)
    last = listen("d", BEGAN_US + 10 * MINUTE_US, BEGAN_US + 11 * MINUTE_US)
    found = beginnings([first, second, third, last])
    assert [found[e]["n_ended"] for e in "abcd"] == [0, 0, 1, 3]
    assert [found[e]["n_skips"] for e in "abcd"] == [0, 0, 0, 1]


def test_a_word_counts_from_when_it_was_said_until_another_takes_its_place():
    def said(event_id, minute, value):
        at = BEGAN_US + minute * MINUTE_US
        return {"id": event_id, "kind": "answer", "at": at, "question": "intent", "value": value}

    plays = [listen(str(m), BEGAN_US + m * MINUTE_US, BEGAN_US) for m in (1, 3, 5)]
    found = beginnings([*plays, said("x", 2, "sleep"), said("y", 4, "party")])
    assert [found[n]["intent_stated"] for n in "135"] == [None, "sleep", "party"]


CHAIN = ("activity", "readings", "visits", "encounters", "beginnings")
EVENTS = ("listen", "impression", "act", "query", "answer")


@given(worlds(), st.integers(0, 100))
@settings(max_examples=15)
@pytest.mark.slow
def test_over_messy_days_what_begins_later_changes_no_earlier_row(world, hours):
    """Clocks a day wrong, two devices at once, merged items: drop all that began after an instant."""
    cut_us = FROM_US + hours * HOUR_US
    whole = make(world, CHAIN)
    known = {row["event_id"] for row in whole["activity"] if row["at_us"] <= cut_us}
    part = make(
        world | {name: [r for r in world[name] if r["event_id"] in known] for name in EVENTS}, CHAIN
    )
    before = [row for row in whole["beginnings"] if row["at_us"] <= cut_us]
    assert sorted(part["beginnings"], key=repr) == sorted(before, key=repr)


@given(worlds())
@settings(max_examples=10)
def test_every_listen_act_and_query_that_is_not_private_has_one_row(world):
    made = make(world, CHAIN)
    private = {row["event_id"] for row in world["listen"] if row["private"]}
    expected = [row["event_id"] for n in ("listen", "act", "query") for row in world[n]]
    found = [row["event_id"] for row in made["beginnings"]]
    assert sorted(found) == sorted(e for e in expected if e not in private)
    for row in made["beginnings"]:
        assert 0 <= row["n_skips"] <= row["n_ended"] <= row["n_listens"] <= row["n_begun"]
        assert row["n_shuffled_begun"] <= row["n_ordered_begun"] <= row["n_begun"]
        assert row["elapsed_us"] >= 0
