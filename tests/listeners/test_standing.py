"""Which corrections stand over a listen: what was said last, by whatever it concerns."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ritornello.catalog import aliases, items
from ritornello.kinds.events import Act, Context, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import Artist, Track
from ritornello.listeners import listens, standing
from ritornello.store.database import execute_rows
from tests.listeners.conftest import apply

WHO = "listener-1"
AT = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
CATALOGUE = [
    Artist(item_id="artist:a", title="Artist A", genres=("Sleep",)),
    Track(item_id="track:a", title="A", artist_ids=("artist:a",), album_id="album:a"),
    Track(item_id="track:b", title="B", artist_ids=("artist:b",), genres=("jazz",)),
]


def listen(item: str = "track:a", at: datetime = AT, **more: Any) -> Listen:
    return Listen(
        event_id=uuid8(at, item), listener_id=WHO, happened_at=at, started_at=at, item_id=item, **more
    )  # fmt: skip


def say(conn: Any, *said: tuple[str, str]) -> None:
    for minutes, (word, about) in enumerate(said, 1):
        at = AT + timedelta(hours=1, minutes=minutes)
        act = Act(event_id=uuid8(at, word, about), listener_id=WHO, happened_at=at, act=word,
                  about_id=about)  # fmt: skip
        apply(conn, [act])


@pytest.fixture
def heard(conn: Any) -> tuple[Listen, Listen]:
    for change in items.changes(CATALOGUE):
        execute_rows(conn, *change)
    mine = listen(context=Context("playlist", "sleep"))
    other = listen("track:b", AT - timedelta(hours=12))
    apply(conn, [mine, other])
    return mine, other


def over(conn: Any) -> list[list[tuple[str, str]]]:
    """What stands over each listen, newest listen first."""
    page = listens.page(conn, WHO, n=10)
    return [[(one.act, one.about_id) for one in each] for each in standing.over(conn, WHO, page)]


@pytest.mark.parametrize(
    "about",
    [f"listen:{listen().event_id}", "track:a", "artist:a", "album:a", "genre:sleep", "genre:SLEEP",
     "context:playlist:sleep", "hours:23-01@UTC", "hours:00-01@Europe/Berlin"],
)  # fmt: skip
@pytest.mark.parametrize(("word", "undo"), [("disown", "own"), ("exclude", "include")])
def test_a_correction_stands_over_what_it_concerns_until_it_is_taken_back(
    conn: Any, heard: Any, about: str, word: str, undo: str
) -> None:
    say(conn, (word, about))
    assert over(conn) == [[(word, about)], []]
    left_out = listens.page(conn, WHO, n=10, only="left_out")
    assert [one.event_id for one in left_out] == [heard[0].event_id]
    say(conn, (word, about), (undo, about))
    assert over(conn) == [[], []]
    assert standing.standing(conn, WHO) == []
    assert not listens.page(conn, WHO, n=10, only="left_out")


@pytest.mark.usefixtures("heard")
def test_several_stand_the_latest_first_and_nobody_elses(conn: Any) -> None:
    say(conn, ("exclude", "hours:00-23@UTC"), ("disown", "artist:a"), ("disown", "hours:05-06@UTC"))
    assert over(conn) == [
        [("disown", "artist:a")],
        [("exclude", "hours:00-23@UTC")],
    ]
    assert [one.about_id for one in standing.standing(conn, WHO)] == [
        "hours:05-06@UTC", "artist:a", "hours:00-23@UTC",
    ]  # fmt: skip
    assert standing.standing(conn, "listener-2") == []
    assert standing.items(conn, WHO) == {"track:a"}
    say(conn, ("exclude", "hours:00-23@UTC"))
    assert standing.items(conn, "listener-2") == set()


@pytest.mark.usefixtures("heard")
def test_a_correction_follows_what_was_merged(conn: Any) -> None:
    say(conn, ("disown", "track:b"))
    aliases.merge(conn, "track:a", "track:b", at=AT)
    assert over(conn) == [[("disown", "track:b")]] * 2
