"""One play two sources reported counts once, whatever the order; against a plain reading of the rule."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.kinds.events import Act, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import Track
from ritornello.listeners import merging, same_plays
from ritornello.store.database import execute_rows
from tests.listeners.conftest import apply, in_memory

START = datetime(2026, 11, 1, tzinfo=UTC)
LENGTH_S = 200
TABLES = ("listens", "plays", "left_out", "unsettled")


def listen(second: float, source: str, item: str = "track:a", **more: Any) -> Listen:
    at = START + timedelta(seconds=second)
    return Listen(
        event_id=uuid8(at, source, item),
        listener_id=more.pop("who", "listener-1"),
        happened_at=at,
        started_at=at,
        item_id=item,
        source=source,
        **more,
    )


def left_out(conn: sqlite3.Connection) -> set[UUID]:
    return {UUID(bytes=row[0]) for row in conn.execute("SELECT event_id FROM left_out")}


def n_plays(conn: sqlite3.Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT item_id, n_plays FROM plays WHERE n_plays"))


@pytest.mark.parametrize(
    ("other", "later_s"), [("lastfm", 2), ("scrobbler_log", LENGTH_S + 5), ("spotify_basic", -55)]
)
def test_a_play_two_sources_report_counts_once(
    conn: sqlite3.Connection, other: str, later_s: float
) -> None:
    kept = listen(1000, "spotify", duration_ms=LENGTH_S * 1000)
    apply(conn, [kept])
    again = listen(1000 + later_s, other)
    apply(conn, [again])
    assert left_out(conn) == {again.event_id}
    assert n_plays(conn) == {"track:a": 1}
    same_as = conn.execute("SELECT same_as FROM left_out").fetchone()[0]
    assert UUID(bytes=same_as) == kept.event_id


def test_further_apart_than_one_length_they_are_two(conn: sqlite3.Connection) -> None:
    apply(conn, [listen(0, "api", duration_ms=LENGTH_S * 1000)])
    apply(conn, [listen(LENGTH_S + same_plays.SLACK_S + 1, "lastfm")])
    assert not left_out(conn)
    assert n_plays(conn) == {"track:a": 2}


def test_a_source_alone_leaves_out_nothing(conn: sqlite3.Connection) -> None:
    apply(conn, [listen(10 * n, "api") for n in range(20)])
    apply(conn, [listen(5, "lastfm", "track:b"), listen(5, "lastfm", who="listener-2")])
    assert not left_out(conn)


def test_who_reported_most_is_believed(conn: sqlite3.Connection) -> None:
    rich = [listen(0, "api")]
    poor = [listen(5, "lastfm"), listen(205, "lastfm")]
    apply(conn, [*rich, *poor])
    assert left_out(conn) == {rich[0].event_id}
    assert n_plays(conn) == {"track:a": 2}


def test_a_merge_finds_plays_that_were_disowned(conn: sqlite3.Connection) -> None:
    for change in items.changes([Track(item_id="track:b", title="Track b")]):
        execute_rows(conn, *change)
    mine, other = listen(0, "api", "track:a"), listen(5, "lastfm", "track:b")
    apply(conn, [mine, other])
    at = START + timedelta(days=1)
    apply(conn, [Act(event_id=uuid8(at, "x"), listener_id="listener-1", happened_at=at,
                     act="disown", about_id=f"listen:{mine.event_id}")])  # fmt: skip
    assert n_plays(conn) == {"track:b": 1}
    merging.merge(conn, "track:a", "track:b", at=START)
    assert (left_out(conn), n_plays(conn)) == ({mine.event_id, other.event_id}, {})
    merging.unmerge(conn, "track:a", at=START)
    assert (left_out(conn), n_plays(conn)) == ({mine.event_id}, {"track:b": 1})


def judged(listens: Sequence[Listen], aliases: dict[str, str]) -> set[UUID]:
    """Read the rule as it is written, listen by listen."""
    of: dict[tuple[str, str], list[Listen]] = defaultdict(list)
    for each in listens:
        of[each.listener_id, aliases.get(each.item_id, each.item_id)].append(each)
    out: set[UUID] = set()
    for history in of.values():
        history.sort(key=lambda each: (each.started_at, each.event_id.bytes))
        clusters = [[history[0]]]
        for before, each in pairwise(history):
            known = [d for d in (before.duration_ms, each.duration_ms) if d]
            length_s = max(known) / 1000 if known else same_plays.UNKNOWN_LENGTH_S
            reach_s = min(length_s + same_plays.SLACK_S, same_plays.SILENCE_S)
            if (each.started_at - before.started_at).total_seconds() > reach_s:
                clusters.append([])
            clusters[-1].append(each)
        for cluster in clusters:
            counts = Counter(each.source for each in cluster)
            ranks = {source: rank for rank, source in enumerate(same_plays.RANKS)}
            believed = min(counts, key=lambda s: (-counts[s], ranks.get(s, len(ranks)), s))
            out |= {each.event_id for each in cluster if each.source != believed}
    return out


LISTENS = st.lists(
    st.builds(
        lambda minute, source, item, who, length_s: listen(
            60 * minute, source, f"track:{item}", who=f"listener-{who}", duration_ms=length_s * 1000
        ),
        st.integers(0, 90),
        st.sampled_from(["api", "spotify", "lastfm", "elsewhere", "another"]),
        st.sampled_from("abc"),
        st.integers(0, 1),
        st.sampled_from([0, 60, 300, 3000]),
    ),
    max_size=40,
    unique_by=lambda each: each.event_id,
)


def state(conn: sqlite3.Connection) -> dict[str, list[Any]]:
    return {t: conn.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3").fetchall() for t in TABLES}


@settings(max_examples=150, deadline=None)
@given(LISTENS, st.integers(0, 1000), st.integers(1, 9), st.booleans())
@pytest.mark.slow
def test_any_order_any_batching_and_a_merge_in_between_follow_the_rule(
    listens: list[Listen], seed: int, batches: int, takes_back: bool
) -> None:
    shuffled = list(listens)
    Random(seed).shuffle(shuffled)
    conn, at_once = in_memory(), in_memory()
    for each in (conn, at_once):
        for change in items.changes([Track(item_id="track:b", title="Track b")]):
            execute_rows(each, *change)
    aliases = {} if takes_back else {"track:a": "track:b"}
    for at in range(batches):
        if at == batches // 2:
            merging.merge(conn, "track:a", "track:b", at=START)
        apply(conn, shuffled[at::batches])
    if takes_back:
        merging.unmerge(conn, "track:a", at=START)
    else:
        merging.merge(at_once, "track:a", "track:b", at=START)
    apply(at_once, listens)
    assert left_out(conn) == judged(listens, aliases)
    assert state(conn) == state(at_once)
    out = left_out(conn)
    assert n_plays_of_all(conn) == Counter(
        (each.listener_id, each.item_id) for each in listens if each.event_id not in out
    )
    conn.close()
    at_once.close()


def n_plays_of_all(conn: sqlite3.Connection) -> dict[tuple[str, str], int]:
    rows = conn.execute("SELECT listener_id, item_id, n_plays FROM plays WHERE n_plays")
    return {(who, item): n for who, item, n in rows}
