"""The catalogue as columns: complete, incremental, and safe to read while it grows."""

import sys
import threading
from datetime import UTC, date, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import aliases, items
from ritornello.catalog.view import EMPTY, KINDS, NONE, View
from ritornello.kinds.errors import Error
from ritornello.kinds.items import LONGEST_MS, Album, Artist, Episode, Show, Track

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def track(key, **known):
    return Track(item_id=f"track:{key}", title=f"Title {key}", **known)


def test_how_an_item_sounds_and_what_is_said_of_it(shelf):
    hop = track("1", genres=("Hip-Hop", "soul"), moods=("calm",), energy=0.25, bpm=91.5)
    shelf.put(items.changes([hop, track("2", tags=("live",)), track("3")]))
    view = View.read(shelf.conn)
    row = view.number

    def said(view, item_id):
        return {view.words[word] for item, word in view.said if item == row[item_id]}

    assert view.energy[row["track:1"]] == np.float32(0.25)
    assert view.bpm[row["track:1"]] == np.float32(91.5)
    assert np.isnan(view.energy[row["track:2"]])
    assert np.isnan(view.bpm[row["track:3"]])
    assert said(view, "track:1") == {"genre:hip hop", "genre:soul", "mood:calm"}
    assert said(view, "track:2") == {"tag:live", "version:live"}
    assert said(view, "track:3") == set()
    shelf.put(items.changes([track("1", genres=("soul",), energy=0.5)], override=True))
    again = view.refresh(shelf.conn)
    assert said(again, "track:1") == {"genre:soul", "mood:calm"}
    assert said(again, "track:2") == {"tag:live", "version:live"}
    assert said(view, "track:1") == {"genre:hip hop", "genre:soul", "mood:calm"}
    assert again.energy[row["track:1"]] == np.float32(0.5)


def test_every_column_of_a_small_catalogue(shelf):
    shelf.put(
        items.changes(
            [
                Artist(item_id="artist:a", title="Artist A"),
                track("1", artist_ids=("artist:a",), artist_name="A feat. B", explicit=True),
                track(
                    "2", artist_ids=("artist:a",), duration_ms=1000, released_on=date(2020, 1, 2)
                ),
                track("3", available=False, regions=("DE", "AT")),
                Show(item_id="show:s", title="Show S", author="Somebody"),
                Episode(item_id="episode:e", title="E", show_id="show:s", regions=("DE",)),
                items.nameless("98255a8c-017a-4bc7-8dd6-1fa36124572b"),
            ]
        )
    )
    view = View.read(shelf.conn)
    row = view.number
    assert len(view) == 7
    assert [KINDS[code] for code in view.kind] == [i.partition(":")[0] for i in view.ids]
    assert view.artist[row["track:1"]] == row["artist:a"]
    assert view.artist[row["episode:e"]] == row["show:s"]
    assert view.artist[row["track:3"]] == NONE
    assert [view.ids[r] for r in np.flatnonzero(view.available)] == [
        "track:1", "track:2", "episode:e"
    ]  # fmt: skip
    assert [view.ids[r] for r in np.flatnonzero(view.explicit)] == ["track:1"]
    assert view.released_on[row["track:2"]] == np.datetime64("2020-01-02")
    assert np.isnat(view.released_on[row["track:1"]])
    assert view.duration_ms[row["track:2"]] == 1000
    assert view.duration_ms[row["track:1"]] == NONE
    assert view.title(row["track:1"]) == "Title 1"
    assert view.artist_name(row["track:1"]) == "A feat. B"
    assert view.artist_name(row["track:2"]) == "Artist A"
    assert view.artist_name(row["track:3"]) == ""
    assert view.artist_name(row["show:s"]) == "Somebody"
    allowed = {None: 7, "DE": 7, "AT": 6, "US": 5}
    assert {region: int(view.allowed_in(region).sum()) for region in allowed} == allowed
    assert view.rows(["track:2", "track:unknown", "track:1"]).tolist() == [
        row["track:2"], row["track:1"]
    ]  # fmt: skip


def test_one_item_that_lasts_for_ever_costs_no_other(shelf):
    shelf.put(items.changes([track("1", duration_ms=10**30), track("2", duration_ms=180_000)]))
    view = View.read(shelf.conn)
    lengths = view.duration_ms[[view.number["track:1"], view.number["track:2"]]]
    assert lengths.tolist() == [LONGEST_MS, 180_000]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"item_id": "track:1", "title": "", "duration_ms": 10**12}, Track)


def test_an_empty_catalogue_is_a_view_too(shelf):
    view = View.read(shelf.conn)
    assert view is EMPTY
    assert len(view) == 0
    assert view.allowed_in("DE").shape == (0,)
    assert view.rows(["track:a"]).shape == (0,)


def test_what_only_a_track_names_has_a_row_and_gets_its_name_later(shelf):
    shelf.put(items.changes([track("1", artist_ids=("artist:a",))]))
    before = View.read(shelf.conn)
    assert before.artist_name(before.number["track:1"]) == ""
    shelf.put(items.changes([Artist(item_id="artist:a", title="Artist A")]))
    after = before.refresh(shelf.conn)
    assert after.number["artist:a"] == before.number["artist:a"]
    assert after.artist_name(after.number["track:1"]) == "Artist A"
    assert before.artist_name(before.number["track:1"]) == ""


def test_a_refresh_without_change_is_the_same_view(shelf):
    shelf.put(items.changes([track("1")]))
    view = View.read(shelf.conn)
    assert view.refresh(shelf.conn) is view


def test_an_older_snapshot_stays_as_it_was(shelf):
    shelf.put(items.changes([track("1"), track("2")]))
    before = View.read(shelf.conn)
    shelf.put(items.changes([track("1", available=False)], override=True))
    shelf.put(items.changes([track("3")]))
    aliases.merge(shelf.conn, "track:2", "track:3", at=NOW)
    after = before.refresh(shelf.conn)
    assert before.available.tolist() == [True, True]
    assert before.number == {"track:1": 0, "track:2": 1}
    assert after.available.tolist() == [False, False, True]
    assert after.number == {"track:1": 0, "track:2": 2, "track:3": 2}


def test_a_merged_artist_takes_its_tracks_along_and_an_unmerge_returns_them(shelf):
    shelf.put(
        items.changes(
            [
                Artist(item_id="artist:a", title="A"),
                Artist(item_id="artist:b", title="B"),
                track("1", artist_ids=("artist:a",)),
            ]
        )
    )
    apart = View.read(shelf.conn)
    aliases.merge(shelf.conn, "artist:a", "artist:b", at=NOW)
    merged = apart.refresh(shelf.conn)
    a, b, one = (apart.number[i] for i in ("artist:a", "artist:b", "track:1"))
    assert merged.artist[one] == b == merged.number["artist:a"] == merged.canonical[a]
    aliases.unmerge(shelf.conn, "artist:a", at=NOW)
    again = merged.refresh(shelf.conn)
    assert again.artist[one] == a == again.number["artist:a"] == again.canonical[a]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 9), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("merge"), st.integers(0, 9), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("refresh"), st.just(0), st.just(0), st.booleans()),
    ),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_however_it_grew_a_view_says_what_a_fresh_one_says(shelf, steps):
    for table in ("items", "aliases"):
        shelf.conn.execute(f"DELETE FROM {table}")
    view = View.read(shelf.conn)
    for step, one, other, flag in steps:
        if step == "put":
            known = track(str(one), artist_ids=(f"artist:{other}",), explicit=flag)
            shelf.put(items.changes([known], override=True))
        elif step == "merge":
            try:
                aliases.merge(shelf.conn, f"track:{one}", f"track:{other}", at=NOW)
            except Error:
                continue
        else:
            view = view.refresh(shelf.conn)
    grown, fresh = view.refresh(shelf.conn), View.read(shelf.conn)
    assert set(grown.ids) >= set(fresh.ids)  # rows nobody names any more stay
    for item_id in fresh.ids:
        assert _described(grown, item_id) == _described(fresh, item_id)


def _described(view, item_id):
    row = view.number[item_id]
    made_by = view.ids[view.artist[row]] if view.artist[row] != NONE else None
    return (
        view.ids[row], view.title(row), made_by, bool(view.available[row]), bool(view.explicit[row])
    )  # fmt: skip


@pytest.fixture
def restless():
    """Let threads take turns a thousand times more often than they would."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 1000)
    yield
    sys.setswitchinterval(before)


def test_readers_see_whole_snapshots_while_the_catalogue_grows(shelf, restless):
    held = [View.read(shelf.conn)]
    broken, done = [], threading.Event()

    def read():
        while not done.is_set():
            view = held[0]
            n = len(view)
            columns = (view.kind, view.artist, view.available, view.explicit, view.canonical)
            if any(len(column) != n for column in columns) or len(view.number) != n:
                broken.append(n)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(300):
        shelf.put(items.changes([track(str(number), artist_ids=(f"artist:{number % 7}",))]))
        held[0] = held[0].refresh(shelf.conn)
    done.set()
    for reader in readers:
        reader.join()
    assert not broken
    assert len(held[0]) == 307


def test_every_further_artist_of_a_track_is_known_and_follows_changes(shelf):
    shelf.put(items.changes([track("1", artist_ids=("artist:a", "artist:b", "artist:c"))]))
    view = View.read(shelf.conn)

    def featured(view):
        return {(view.ids[row], view.ids[artist]) for row, artist in view.featured}

    assert featured(view) == {("track:1", "artist:b"), ("track:1", "artist:c")}
    shelf.put(items.changes([track("2", artist_ids=("artist:b",))]))
    view = view.refresh(shelf.conn)
    assert featured(view) == {("track:1", "artist:b"), ("track:1", "artist:c")}
    shelf.put(items.changes([track("1", artist_ids=("artist:a", "artist:d"))], override=True))
    assert featured(view.refresh(shelf.conn)) == {("track:1", "artist:d")}


def test_a_genre_is_an_items_first_or_its_artists(shelf):
    shelf.put(
        items.changes(
            [
                Artist(item_id="artist:a", title="Artist A", genres=("ambient", "rock")),
                track("1", artist_ids=("artist:a",), genres=("techno", "ambient")),
                track("2", artist_ids=("artist:a",)),
                track("3"),
            ]
        )
    )
    view = View.read(shelf.conn)
    known = {view.ids[row]: view.genres[view.genre[row]] for row in range(3)}
    assert known == {"artist:a": "ambient", "track:1": "techno", "track:2": "ambient"}
    assert view.genre[3] == NONE
    shelf.put(items.changes([track("4", genres=("ambient",))]))
    grown = view.refresh(shelf.conn)
    assert grown.genres[grown.genre[grown.number["track:4"]]] == "ambient"
    assert (grown.genre[:4] == view.genre).all()


def test_a_title_says_its_version_and_an_item_its_language(shelf):
    remix = msgspec.structs.replace(track("1", language="pt-BR"), title="Title 1 (Club Mix)")
    shelf.put(items.changes([remix]))
    view = View.read(shelf.conn)
    assert {view.words[word] for _, word in view.said} == {"version:remix", "language:pt"}


def test_a_track_knows_its_album_and_follows_merges(shelf):
    albums = [Album(item_id=f"album:{key}", title=key) for key in "ab"]
    shelf.put(items.changes([track("1", album_id="album:a"), track("2"), *albums]))
    view = View.read(shelf.conn)
    row = view.number
    assert view.album[row["track:1"]] == row["album:a"]
    assert view.album[row["track:2"]] == NONE
    aliases.merge(shelf.conn, "album:a", "album:b", at=NOW)
    later = view.refresh(shelf.conn)
    assert later.ids[later.album[row["track:1"]]] == "album:b"
    assert later.album[row["track:2"]] == NONE


def test_what_is_allowed_of_some_rows_is_what_is_allowed_of_all(shelf):
    shelf.put(items.changes([track("1", regions=("SE",)), track("2"), track("3", regions=("DE",))]))
    view = View.read(shelf.conn)
    rows = np.array([2, 0, 0], dtype=np.int32)
    for region in (None, "SE", "FR"):
        assert view.allowed_in(region, rows).tolist() == view.allowed_in(region)[rows].tolist()
