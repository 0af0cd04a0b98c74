""" "Not me" and "don't use that": what is left out, in any order, and how it is taken back."""

import sqlite3
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.kinds.events import Act, Context, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.tallies import Tally
from ritornello.kinds.times import zone
from ritornello.listeners import tallies
from ritornello.listeners.profile import read_profile
from ritornello.listeners.taste import taste_of
from ritornello.store.database import execute_rows
from tests.listeners.conftest import apply, in_memory

ZONE = "Europe/Berlin"
BEFORE_WINTER = datetime(2026, 10, 24, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLES = ("listens", "plays", "left_out", "marks", "clocks", "unsettled")


def listen(hours: float, item: str = "track:a", source: str = "api", **more: Any) -> Listen:
    at = BEFORE_WINTER + timedelta(hours=hours)
    return Listen(
        event_id=uuid8(at, item, source), listener_id="listener-1", happened_at=at, started_at=at,
        item_id=item, source=source, **more,
    )  # fmt: skip


def act(word: str, about: str, hours: float = 700) -> Act:
    at = BEFORE_WINTER + timedelta(hours=hours)
    return Act(
        event_id=uuid8(at, word, about), listener_id="listener-1", happened_at=at, act=word,
        about_id=about,
    )  # fmt: skip


def left_out(conn: sqlite3.Connection) -> dict[UUID, str]:
    rows = conn.execute("SELECT event_id, because FROM left_out")
    return {UUID(bytes=event_id): because for event_id, because in rows}


def test_hours_are_local_and_wrap_midnight_on_both_sides_of_a_clock_change(
    conn: sqlite3.Connection,
) -> None:
    listens = [listen(hours / 2) for hours in range(4 * 48)]
    apply(conn, listens[::2])
    apply(conn, [act("exclude", f"hours:22-06@{ZONE}")])
    apply(conn, listens[1::2])
    at_night = {
        each.event_id
        for each in listens
        if each.started_at.astimezone(zone(ZONE)).hour in {22, 23, 0, 1, 2, 3, 4, 5}
    }
    assert left_out(conn) == dict.fromkeys(at_night, "excluded")
    apply(conn, [act("include", f"hours:22-06@{ZONE}", 701)])
    assert not left_out(conn)
    assert conn.execute("SELECT sum(n_plays) FROM plays").fetchone() == (len(listens),)


@pytest.mark.parametrize(
    ("about", "named"),
    [
        ("context:playlist:sleep", {0}),
        ("context:radio:", {1}),
        (f"listen:{listen(2).event_id}", {2}),
        ("hours:02-04@UTC", {2, 3}),
    ],
)
@pytest.mark.parametrize("word", ["disown", "exclude"])
def test_a_rule_names_listens_before_and_after_it(
    conn: sqlite3.Connection, about: str, named: set[int], word: str
) -> None:
    contexts = [Context(kind="playlist", id="sleep"), Context(kind="radio"), None, None]
    listens = [listen(hour, context=context) for hour, context in enumerate(contexts)]
    apply(conn, listens[:2])
    apply(conn, [act(word, about)])
    apply(conn, listens[2:])
    because = {"disown": "disowned", "exclude": "excluded"}[word]
    assert left_out(conn) == {listens[n].event_id: because for n in named}
    played = read_profile(conn, "listener-1", NOW).plays["track:a"]
    kept = [each for n, each in enumerate(listens) if n not in named]
    assert played.n_plays == len(kept)
    assert (played.first_at_us, played.last_at_us) == (
        int(kept[0].started_at.timestamp()) * 10**6,
        int(kept[-1].started_at.timestamp()) * 10**6,
    )


def test_what_others_reported_of_a_disowned_play_goes_with_it(conn: sqlite3.Connection) -> None:
    mine = listen(0, source="lastfm")
    apply(conn, [mine])
    apply(conn, [act("disown", f"listen:{mine.event_id}")])
    richer = listen(0.01, source="spotify")
    apply(conn, [richer])
    assert left_out(conn) == {mine.event_id: "disowned", richer.event_id: "disowned"}
    assert not read_profile(conn, "listener-1", NOW).heard
    apply(conn, [act("own", f"listen:{mine.event_id}", 701)])
    assert left_out(conn) == {mine.event_id: "same_play"}


CATALOGUE = [
    Track(item_id="track:a", title="A", artist_ids=("artist:x",), genres=("Ambient",)),
    Track(item_id="track:b", title="B", artist_ids=("artist:y", "artist:x")),
    Track(item_id="track:c", title="C", artist_ids=("artist:y",)),
    Artist(item_id="artist:x", title="X"),
    Artist(item_id="artist:y", title="Y", genres=("folk", "ambient")),
]
EVERY = {"track:a", "track:b", "track:c"}


@pytest.fixture
def stocked(conn: sqlite3.Connection) -> sqlite3.Connection:
    for change in items.changes(CATALOGUE):
        execute_rows(conn, *change)
    apply(conn, [listen(0, "track:a"), listen(1, "track:b"), act("love", "track:c", 1)])
    tally = Tally(listener_id="listener-1", item_id="track:c", n_plays=3, source="elsewhere")
    for change in tallies.changes([tally]):
        execute_rows(conn, *change)
    return conn


@pytest.mark.parametrize(
    ("about", "concerned"),
    [
        ("track:a", {"track:a"}),
        ("artist:x", {"track:a", "track:b"}),
        ("artist:y", {"track:b", "track:c"}),
        ("genre:AMBIENT", EVERY),
        ("genre:folk", {"track:b", "track:c"}),
        ("genre:jazz", set()),
    ],
)
def test_corrections_of_items_artists_and_genres(
    stocked: sqlite3.Connection, about: str, concerned: set[str]
) -> None:
    columns = {item: n for n, item in enumerate(sorted(EVERY))}
    rest = sorted(columns[item] for item in EVERY - concerned)

    apply(stocked, [act("disown", about)])
    profile = read_profile(stocked, "listener-1", NOW)
    assert profile.heard == EVERY - concerned
    assert {each.item_id for each in profile.recent} == {"track:a", "track:b"} - concerned
    assert sorted(taste_of(profile, columns).columns) == rest

    apply(stocked, [act("own", about, 701), act("exclude", about, 702)])
    profile = read_profile(stocked, "listener-1", NOW)
    assert profile.heard == EVERY
    assert profile.unused == concerned
    taste = taste_of(profile, columns)
    assert sorted(taste.columns) == rest
    assert set(taste.recent_columns) <= set(rest)

    apply(stocked, [act("include", about, 703)])
    profile = read_profile(stocked, "listener-1", NOW)
    assert not profile.unused
    assert sorted(taste_of(profile, columns).columns) == sorted(columns.values())


def test_an_item_heard_only_in_excluded_listens_is_heard_and_unused(
    conn: sqlite3.Connection,
) -> None:
    asleep = {"context": Context(kind="playlist", id="sleep")}
    apply(
        conn, [listen(0, "track:a", **asleep), listen(1, "track:a"), listen(2, "track:b", **asleep)]
    )
    apply(conn, [act("exclude", "context:playlist:sleep")])
    profile = read_profile(conn, "listener-1", NOW)
    assert profile.heard == {"track:a", "track:b"}
    assert profile.unused == {"track:b"}
    assert profile.plays["track:a"].n_plays == 1
    assert profile.plays["track:b"].n_plays == 0


ABOUTS = (
    "hours:22-06@Europe/Berlin", "hours:09-17@Asia/Kathmandu", "context:playlist:sleep",
    "context:album:x", "track:a",
)  # fmt: skip


def state(conn: sqlite3.Connection) -> dict[str, list[Any]]:
    return {t: conn.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3").fetchall() for t in TABLES}


@st.composite
def histories(draw: st.DrawFn) -> list[Listen | Act]:
    listens = [
        listen(minute / 60, f"track:{item}", source, context=context)
        for minute, item, source, context in draw(
            st.lists(
                st.tuples(
                    st.integers(0, 3 * 24 * 60) | st.integers(0, 60),
                    st.sampled_from("ab"),
                    st.sampled_from(["api", "spotify", "lastfm"]),
                    st.sampled_from(
                        [None, Context(kind="playlist", id="sleep"), Context(kind="album", id="x")]
                    ),
                ),
                max_size=25,
                unique_by=lambda row: row[:3],
            )
        )
    ]
    abouts = [*ABOUTS, *(f"listen:{each.event_id}" for each in listens[:3])]
    acts = [
        act(word, about, 700 + n)
        for n, (word, about) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(["disown", "own", "exclude", "include"]),
                        st.sampled_from(abouts),
                    ),
                    max_size=8,
                )
            )
        )
    ]
    return [*listens, *acts]


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 1000), st.integers(1, 9))
@pytest.mark.slow
def test_any_order_and_any_batching_end_in_the_same_rows(
    events: list[Any], seed: int, batches: int
) -> None:
    shuffled = list(events)
    Random(seed).shuffle(shuffled)
    conn, at_once = in_memory(), in_memory()
    for at in range(batches):
        apply(conn, shuffled[at::batches])
    apply(at_once, events)
    assert state(conn) == state(at_once)
    check_against_a_plain_reading(conn, events)
    conn.close()
    at_once.close()


def check_against_a_plain_reading(conn: sqlite3.Connection, events: list[Any]) -> None:
    """A play is corrected if any report of it is named by a rule that stands; ``plays`` is the rest."""
    standing: dict[tuple[str, str], str] = {}
    for each in sorted((e for e in events if isinstance(e, Act)), key=lambda e: e.happened_at):
        mark = "disowned" if each.act in {"disown", "own"} else "excluded"
        standing[each.about_id, mark] = each.act
    rules = {
        (about, mark) for (about, mark), word in standing.items() if word in {"disown", "exclude"}
    }
    listens = {each.event_id: each for each in events if isinstance(each, Listen)}
    same_as = {
        UUID(bytes=a): UUID(bytes=b)
        for a, b in conn.execute("SELECT event_id, same_as FROM left_out WHERE same_as IS NOT NULL")
    }
    corrected: dict[UUID, set[str]] = {}
    for event_id, each in listens.items():
        for about, mark in rules:
            if names(about, each):
                corrected.setdefault(same_as.get(event_id, event_id), set()).add(mark)
    wanted = {
        event_id: min(corrected.get(same_as.get(event_id, event_id), {"same_play"}))
        for event_id in listens
        if event_id in same_as or event_id in corrected
    }
    assert left_out(conn) == wanted
    counted = [each for each in listens.values() if each.event_id not in wanted]
    found = conn.execute("SELECT sum(n_plays) FROM plays").fetchone()[0] or 0
    assert found == len(counted)


def names(about: str, each: Listen) -> bool:
    kind, _, rest = about.partition(":")
    if kind == "listen":
        return rest == str(each.event_id)
    if kind == "context":
        return each.context is not None and rest == f"{each.context.kind}:{each.context.id}"
    if kind == "hours":
        hours, _, name = rest.partition("@")
        first, until = (int(hour) for hour in hours.split("-"))
        hour = each.started_at.astimezone(zone(name)).hour
        return first <= hour < until if first < until else hour >= first or hour < until
    return False
