"""State is free of arrival order, batch size and repetition across batches."""

import sqlite3
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.events import Act, Answer, Listen
from ritornello.kinds.ids import uuid8
from ritornello.listeners.profile import read_profile
from ritornello.listeners.reducers import REDUCERS
from tests.listeners.conftest import apply, in_memory

START = datetime(2026, 11, 1, tzinfo=UTC)
TABLES = ("listens", "plays", "left_out", "reporters", "unsettled", "marks", "clocks")


def event(n: int, who: int, item: int, minute: int, what: str) -> Listen | Act:
    at = START + timedelta(minutes=minute)
    head: dict[str, Any] = {
        "event_id": uuid8(at, str(n)),
        "listener_id": f"listener-{who}",
        "happened_at": at,
    }
    if what in {"play", "skip", "error"}:
        ended = {"play": "finished", "skip": "skipped_forward", "error": "error"}[what]
        return Listen(
            **head, started_at=at, item_id=f"track:{item}", ms_played=5_000, duration_ms=9_000
            if what == "play" else 90_000, ended_because=ended,
        )  # fmt: skip
    return Act(**head, act=what, about_id=f"track:{item}")


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(0, 300),
        st.sampled_from(
            ["play", "skip", "error", "love", "hate", "unlove", "ban", "unban", "share"]
        ),
    ),
    max_size=60,
).map(lambda rows: [event(n, *row) for n, row in enumerate(rows)])


def tables(events: list[Any], batches: int) -> dict[str, list[Any]]:
    conn = in_memory()
    try:
        for i in range(batches):
            apply(conn, events[i::batches])
        return {t: conn.execute(f"SELECT * FROM {t} ORDER BY 1, 2").fetchall() for t in TABLES}
    finally:
        conn.close()


@settings(max_examples=150, deadline=None)
@given(EVENTS, st.integers(0, 1000), st.integers(1, 7))
def test_any_order_and_any_batching_end_in_the_same_rows(
    events: list[Any], shuffle_seed: int, batches: int
) -> None:
    shuffled = list(events)
    Random(shuffle_seed).shuffle(shuffled)
    assert tables(events, 1) == tables(shuffled, batches)


def test_the_whole_history_stays(conn: sqlite3.Connection) -> None:
    events = [event(n, 0, n % 7, minute=n, what="play") for n in range(250)]
    Random(5).shuffle(events)
    for i in range(0, 250, 9):
        apply(conn, events[i : i + 9])
    started = [row[0] for row in conn.execute("SELECT started_at_us FROM listens")]
    assert started == [
        int((START + timedelta(minutes=n)).timestamp() * 1e6) for n in range(249, -1, -1)
    ]
    assert conn.execute("SELECT sum(n_plays) FROM plays").fetchone() == (250,)


def test_private_listens_and_errors_leave_no_trace(conn: sqlite3.Connection) -> None:
    at = START
    private = Listen(event_id=uuid8(at, "p"), listener_id="listener-0", happened_at=at,
                     started_at=at, item_id="track:1", private=True)  # fmt: skip
    apply(conn, [private, event(1, 0, 1, 0, "error")])
    assert all(not conn.execute(f"SELECT * FROM {t}").fetchall() for t in TABLES)


def test_what_was_chosen_at_the_beginning_is_a_mark_the_latest_word_of_which_holds(
    conn: sqlite3.Connection,
) -> None:
    def answer(n: int, value: str, about: str | None, question: str = "onboarding") -> Answer:
        at = START + timedelta(minutes=n)
        return Answer(event_id=uuid8(at, about or ""), listener_id="listener-0", happened_at=at,
                      question=question, about_id=about, value=value)  # fmt: skip

    answers = [
        answer(0, "yes", "artist:1"), answer(1, "no", "artist:1"), answer(0, "yes", "artist:2"),
        answer(2, "answered", None), answer(3, "yes", "artist:3", "satisfied"),
    ]  # fmt: skip
    Random(3).shuffle(answers)
    apply(conn, answers)
    profile = read_profile(conn, "listener-0", START)
    assert profile.chosen == {"artist:2"}
    assert profile.was_asked
    assert not read_profile(conn, "listener-1", START).was_asked
    assert "artist:2" not in profile.used


def test_nothing_to_do_yields_no_statement() -> None:
    assert all(not list(reducer([])) for reducer in REDUCERS)
