"""What we believe of somebody, against counting listen by listen."""

import math
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.view import View
from ritornello.kinds.events import Act, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.tallies import Tally
from ritornello.kinds.times import zone
from ritornello.listeners import portrait, tallies
from ritornello.listeners.profile import read_profile
from ritornello.store.database import execute_rows
from tests.listeners.conftest import apply

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
N_ARTISTS, N_TRACKS = 30, 4
ARTISTS = [f"artist:{n:02d}" for n in range(N_ARTISTS)]


def track(artist: int, number: int) -> str:
    return f"track:{artist:02d}-{number}"


@pytest.fixture
def history(conn: sqlite3.Connection) -> list[Listen]:
    made = [
        Artist(item_id=each, title=each[7:], genres=(f"genre {n % 3}",))
        for n, each in enumerate(ARTISTS)
    ]
    tracks = [
        Track(item_id=track(a, t), title="T", artist_ids=(ARTISTS[a],))
        for a in range(N_ARTISTS)
        for t in range(N_TRACKS)
    ]
    for change in items.changes([*made, *tracks]):
        execute_rows(conn, *change)
    rng = np.random.default_rng(8)
    listens = []
    for n in range(800):
        at = NOW - timedelta(hours=float(rng.uniform(1, 24 * 300)))
        artist = min(int(rng.pareto(1)), N_ARTISTS - 1)
        item = track(artist, int(rng.integers(N_TRACKS)))
        listens.append(
            Listen(event_id=uuid8(at, str(n)), listener_id="listener-1", happened_at=at,
                   started_at=at, item_id=item)
        )  # fmt: skip
    apply(conn, listens)
    return listens


def draw(conn: sqlite3.Connection, name: str = "Europe/Berlin") -> portrait.Portrait:
    profile = read_profile(conn, "listener-1", NOW)
    return portrait.of(conn, profile, View.read(conn), zone(name))


def act(word: str, about: str) -> Act:
    return Act(event_id=uuid8(NOW, word, about), listener_id="listener-1", happened_at=NOW,
               act=word, about_id=about)  # fmt: skip


def artist_of(listen: Listen) -> str:
    return f"artist:{listen.item_id[6:8]}"


def test_artists_genres_and_diversity(conn: sqlite3.Connection, history: list[Listen]) -> None:
    found = draw(conn)
    counts = Counter(map(artist_of, history))
    assert found.n_plays == len(history)
    assert {b.about_id: b.n_plays for b in found.artists} == dict(
        sorted(counts.items(), key=lambda each: (-each[1], each[0]))[: portrait.N_SHOWN]
    )
    first = found.artists[0]
    last_at = max(each.started_at for each in history if artist_of(each) == first.about_id)
    assert first.last_at == last_at
    assert first.share == pytest.approx(counts[first.about_id] / len(history))
    genres = Counter(f"genre:genre {int(artist_of(each)[7:]) % 3}" for each in history)
    assert {b.about_id: b.n_plays for b in found.genres} == genres
    assert sum(b.share for b in found.genres) == pytest.approx(1)
    entropy = -sum(n / len(history) * math.log(n / len(history)) for n in counts.values())
    assert found.n_artists == len(counts)
    assert found.effective_artists == pytest.approx(math.exp(entropy))


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
def test_hours_are_local(conn: sqlite3.Connection, history: list[Listen], name: str) -> None:
    local = [each.started_at.astimezone(zone(name)) for each in history]
    wanted = Counter((each.weekday(), each.hour) for each in local)
    by_hour = draw(conn, name).by_hour
    assert {(d, h): n for d, row in enumerate(by_hour) for h, n in enumerate(row) if n} == wanted


def test_what_is_new_lately(conn: sqlite3.Connection, history: list[Listen]) -> None:
    since = NOW - portrait.LATELY
    before = {each.item_id for each in history if each.started_at < since}
    lately = [each for each in history if each.started_at >= since]
    found = draw(conn)
    assert found.n_plays_lately == len(lately)
    n_new = sum(each.item_id not in before for each in lately)
    assert found.share_new == pytest.approx(n_new / len(lately))
    for item_id in {each.item_id for each in lately}:
        tally = Tally(listener_id="listener-1", item_id=item_id, n_plays=1, source="elsewhere")
        for change in tallies.changes([tally]):
            execute_rows(conn, *change)
    assert draw(conn).share_new == 0


@pytest.mark.parametrize("word", ["disown", "exclude"])
@pytest.mark.parametrize("about", ["artist:00", "genre:genre 1", "hours:08-20@UTC"])
def test_a_correction_is_seen_to_act(
    conn: sqlite3.Connection, history: list[Listen], word: str, about: str
) -> None:
    apply(conn, [act(word, about)])
    left = [each for each in history if not concerns(about, each)]
    found = draw(conn, "UTC")
    assert found.n_plays == len(left)
    assert sum(map(sum, found.by_hour)) == len(left)
    assert found.n_artists == len(set(map(artist_of, left)))
    assert about not in {b.about_id for b in (*found.artists, *found.genres)}


def concerns(about: str, each: Listen) -> bool:
    return {
        "artist:00": artist_of(each) == "artist:00",
        "genre:genre 1": int(artist_of(each)[7:]) % 3 == 1,
        "hours:08-20@UTC": 8 <= each.started_at.hour < 20,
    }[about]


def test_nobody_has_an_empty_portrait(conn: sqlite3.Connection) -> None:
    found = draw(conn)
    assert (found.n_plays, found.artists, found.share_new) == (0, (), None)
    assert found.effective_artists is None
