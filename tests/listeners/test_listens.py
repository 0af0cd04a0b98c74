"""The whole history, page by page; and made again from lake and log."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.kinds.events import Act, Context, Listen
from ritornello.kinds.ids import uuid7, uuid8
from ritornello.kinds.items import Track
from ritornello.listeners import listens as history
from ritornello.listeners.reducers import REDUCERS
from ritornello.store.database import connect, create_tables, execute_rows, schema
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.rebuild import derived_tables, digest, rebuild
from ritornello.store.seal import seal
from tests.listeners.conftest import apply, in_memory

START = datetime(2026, 11, 1, tzinfo=UTC)


def listen(minute: int, n: int = 0, source: str = "api", **more: object) -> Listen:
    at = START + timedelta(minutes=minute)
    fields = {"item_id": f"track:{n}", "listener_id": "listener-1"} | more
    return Listen(
        event_id=uuid8(at, str(n), source), happened_at=at, started_at=at, source=source, **fields
    )


def in_order(listens: list[Listen]) -> list[Listen]:
    return sorted(listens, key=lambda e: (e.started_at, e.event_id.bytes), reverse=True)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), unique=True, max_size=60),
    st.integers(1, 7),
)
def test_pages_put_together_are_the_history(rows: list[tuple[int, int]], n: int) -> None:
    listens = [listen(*row) for row in rows]
    with closing(in_memory()) as conn:
        apply(conn, [*listens, listen(3, 9, listener_id="listener-2")])
        found = page = history.page(conn, "listener-1", n=n)
        while page:
            last = page[-1]
            page = history.page(
                conn, "listener-1", before=last.started_at, before_id=last.event_id, n=n
            )
            found = [*found, *page]
        assert [each.event_id for each in found] == [e.event_id for e in in_order(listens)]
        assert history.count(conn, "listener-1") == len(listens)


def test_bounds_are_exclusive_and_after_alone_reads_upwards(conn: sqlite3.Connection) -> None:
    listens = in_order([listen(minute) for minute in range(10)])
    apply(conn, listens)

    def minutes(**asked: datetime) -> list[int]:
        page = history.page(conn, "listener-1", n=3, **asked)
        return [(each.started_at - START) // timedelta(minutes=1) for each in page]

    assert minutes(before=START + timedelta(minutes=5)) == [4, 3, 2]
    assert minutes(after=START + timedelta(minutes=5)) == [8, 7, 6]
    both = {"after": START + timedelta(minutes=2), "before": START + timedelta(minutes=5)}
    assert minutes(**both) == [4, 3]


def test_a_page_says_what_does_not_count_and_why(conn: sqlite3.Connection) -> None:
    asleep = Context(kind="playlist", id="sleep")
    apply(conn, [listen(0, context=asleep), listen(60), listen(61, source="lastfm"), listen(90)])
    for minute, (word, about) in enumerate(
        [("exclude", "context:playlist:sleep"), ("disown", f"listen:{listen(90).event_id}")]
    ):
        at = START + timedelta(days=1, minutes=minute)
        apply(conn, [Act(event_id=uuid7(at), listener_id="listener-1", happened_at=at, act=word,
                         about_id=about)])  # fmt: skip

    def left_out(only: history.Only | None) -> list[str | None]:
        return [each.left_out for each in history.page(conn, "listener-1", n=9, only=only)]

    assert left_out(None) == ["disowned", "same_play", None, "excluded"]
    assert left_out("heard") == [None, "excluded"]
    assert left_out("left_out") == ["disowned", "same_play", "excluded"]
    assert left_out("skipped") == []
    assert history.count(conn, "listener-1") == 2


def test_words_find_titles_and_credits_in_any_case(conn: sqlite3.Connection) -> None:
    made = [
        Track(item_id="track:0", title="Straße bei Nacht", artist_name="Ärmel"),
        Track(item_id="track:1", title="Night Road", artist_name="Sleeve"),
    ]
    for change in items.changes(made):
        execute_rows(conn, *change)
    apply(conn, [listen(0, 0), listen(1, 1), listen(2, 2)])
    for query, wanted in {"STRASSE": ["track:0"], "ärmel nacht": ["track:0"], "r": ["track:1", "track:0"],
                          "sleeve straße": [], "": ["track:1", "track:0"]}.items():  # fmt: skip
        page = history.page(conn, "listener-1", n=9, query=query)
        assert [each.item_id for each in page] == wanted, query


def test_a_rebuild_from_lake_and_log_ends_in_the_same_history(tmp_path: Path) -> None:
    rng = Random(4)
    schemas = [schema(f"ritornello.{room}") for room in ("catalog", "listeners")]
    now = START + timedelta(days=9)
    home = Home(tmp_path / "home").create()
    events: list[Listen | Act] = [
        listen(rng.randrange(4000), rng.randrange(6), source)
        for source in ("api", "spotify", "lastfm")
        for _ in range(150)
    ]
    for n, (word, about) in enumerate(
        [
            ("disown", "hours:22-06@Europe/Berlin"), ("exclude", f"listen:{events[3].event_id}"),
            ("exclude", "track:2"), ("own", "hours:22-06@Europe/Berlin"),
            ("exclude", "hours:05-09@Asia/Tokyo"),
        ]
    ):  # fmt: skip
        at = START + timedelta(days=5, hours=n)
        events.append(
            Act(event_id=uuid7(at), listener_id="listener-1", happened_at=at, act=word,
                about_id=about)
        )  # fmt: skip
    rng.shuffle(events)
    with closing(connect(home)) as conn:
        create_tables(conn, schemas)
        with Writer(home, REDUCERS, now=lambda: now) as writer:
            for start in range(0, len(events), 70):
                writer.append(events[start : start + 70]).result()
                if start == 210:
                    seal(home, now)
        tables = derived_tables(schemas)
        before = digest(conn, tables)
        because = {row[0] for row in conn.execute("SELECT DISTINCT because FROM left_out")}
        assert because == {"same_play", "excluded"}
        conn.execute("DELETE FROM listens WHERE item_id = 'track:1'")
        conn.execute("DELETE FROM left_out")
        rebuild(home, schemas, REDUCERS)
        assert digest(conn, tables) == before
