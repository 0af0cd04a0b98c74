"""What is known is never lost, and a scrobble finds its item."""

import threading

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import identity, items
from ritornello.catalog.items import Resolver
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import ITEM_KINDS, Album, Artist, Episode, Track
from ritornello.testing.records import records

MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
OTHER = "11111111-017a-4bc7-8dd6-1fa36124572b"
ANY_ITEM = st.one_of([records(kind) for kind in ITEM_KINDS.values()]).filter(lambda i: i.title)


def seq(shelf):
    return shelf.conn.execute("SELECT coalesce(max(changed_seq), 0) FROM items").fetchone()[0]


def test_gaps_are_filled_and_what_is_known_stays(shelf):
    shelf.put(items.changes([Track(item_id="track:a", title="T", genres=("rock",), bpm=120.0)]))
    shelf.put(
        items.changes(
            [Track(item_id="track:a", title="t", genres=("pop",), mbid=MBID, explicit=True)]
        )
    )
    assert items.get(shelf.conn, "track:a") == Track(
        item_id="track:a", title="T", genres=("rock",), bpm=120.0, mbid=MBID
    )


def test_an_explicit_import_overrides_and_still_loses_nothing(shelf):
    shelf.put(
        items.changes(
            [Track(item_id="track:a", title="T", bpm=120.0, explicit=True, extra={"x": 1})]
        )
    )
    corrected = Track(item_id="track:a", title="T2", available=False, extra={"y": {"z": 2}})
    shelf.put(items.changes([corrected], override=True))
    assert items.get(shelf.conn, "track:a") == Track(
        item_id="track:a", title="T2", bpm=120.0, available=False, extra={"x": 1, "y": {"z": 2}}
    )


def test_what_judges_no_availability_leaves_it_and_overrides_the_rest(shelf):
    shelf.put(
        items.changes([Episode(item_id="episode:a", show_id="show:s", title="E", explicit=True)])
    )
    shelf.put(
        items.changes(
            [Episode(item_id="episode:a", show_id="show:s", title="E", available=False)],
            override=True,
        )
    )
    told = Episode(item_id="episode:a", show_id="show:s", title="E2")
    for _ in range(2):
        shelf.put(items.changes([told], override=True, keeps_available=True))
    assert items.get(shelf.conn, "episode:a") == msgspec.structs.replace(told, available=False)
    shelf.put(items.changes([told], override=True))
    assert items.get(shelf.conn, "episode:a") == told


def test_what_changes_nothing_writes_nothing_in_whatever_order(shelf):
    first = Track(item_id="track:a", title="T", duration_ms=1, genres=("g",))
    second = Track(item_id="track:a", title="T", mbid=MBID, tags=("t",))
    shelf.put(items.changes([first, second]))
    before = seq(shelf)
    for override in (False, True):
        for item in (first, second, first):
            assert shelf.put(items.changes([item], override=override)) == 0
    assert seq(shelf) == before


def test_every_write_moves_the_counter_on(shelf):
    shelf.put(items.changes([Artist(item_id="artist:a", title="A")]))
    one = seq(shelf)
    shelf.put(items.changes([Artist(item_id="artist:a", title="A", mbid=MBID)]))
    assert seq(shelf) > one


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(item=ANY_ITEM, other=ANY_ITEM)
def test_any_item_comes_back_as_it_went_and_survives_any_other(shelf, item, other):
    shelf.conn.execute("DELETE FROM items")
    other = msgspec.structs.replace(other, item_id=other.item_id + "x" * (len(other.item_id) < 64))
    shelf.put(items.changes([item]))
    shelf.put(items.changes([other, item]))
    stored = items.get(shelf.conn, item.item_id)
    wanted = msgspec.structs.replace(item, extra=_without_nulls(item.extra))
    if other.item_id != item.item_id:
        assert stored == wanted


def _without_nulls(extra):
    return {k: v for k, v in (extra or {}).items() if v is not None} or None


def test_many_are_read_at_once_and_the_unknown_left_out(shelf):
    shelf.put(items.changes([Artist(item_id="artist:a", title="A")]))
    found = items.get_many(shelf.conn, ["artist:b", "artist:a", "artist:a"])
    assert found.keys() == {"artist:a"}
    with pytest.raises(NotFound, match="artist:b"):
        items.get(shelf.conn, "artist:b")


def test_an_isrc_may_name_two_recordings_and_a_recording_two_identifiers(shelf):
    shelf.put(
        items.changes(
            [
                Track(item_id="track:a", title="A", isrc="DEAAA0000001"),
                Track(item_id="track:b", title="B", isrc="DEAAA0000001", mbid=MBID),
            ]
        )
    )
    assert items.by_identifier(shelf.conn, "isrc", "DEAAA0000001") == ["track:a", "track:b"]
    assert items.by_identifier(shelf.conn, "mbid", MBID) == ["track:b"]


def resolved(shelf, **named):
    return items.resolve(shelf.conn, **named)


def test_a_name_alone_is_the_text_id(shelf):
    assert resolved(shelf, artist="A", title="T") == identity.track_id("A", "T")


def test_a_known_musicbrainz_id_is_its_item_whatever_the_text_says(shelf):
    shelf.put(items.changes([Track(item_id="track:known", title="T", mbid=MBID)]))
    assert resolved(shelf, mbid=MBID, artist="Other spelling", title="T.") == "track:known"


def test_a_musicbrainz_id_of_another_kind_names_no_track(shelf):
    shelf.put(items.changes([Album(item_id="album:known", title="T", mbid=MBID)]))
    assert resolved(shelf, mbid=MBID, artist="A", title="T") == identity.track_id("A", "T")


def test_two_recordings_of_one_text_are_told_apart_by_musicbrainz(shelf):
    text_id = identity.track_id("A", "T")
    shelf.put(items.changes([Track(item_id=text_id, title="T", mbid=MBID)]))
    second = resolved(shelf, mbid=OTHER, artist="A", title="T")
    assert second == identity.mbid_id("track", OTHER) != text_id
    assert resolved(shelf, artist="A", title="T") == text_id


def test_a_text_item_without_musicbrainz_id_takes_the_first_that_comes(shelf):
    text_id = identity.track_id("A", "T")
    shelf.put(items.changes([Track(item_id=text_id, title="T")]))
    assert resolved(shelf, mbid=MBID, artist="A", title="T") == text_id


def test_one_batch_agrees_with_itself_before_anything_is_stored(shelf):
    for conn in (shelf.conn, None):
        resolver = Resolver(conn)
        first = resolver.track(artist="A", title="T", mbid=MBID)
        assert resolver.track(artist="A", title="T", mbid=OTHER) == identity.mbid_id("track", OTHER)
        assert resolver.track(artist="A", title="Another spelling", mbid=MBID) == first
        assert resolver.track(mbid=OTHER) == identity.mbid_id("track", OTHER)


def test_what_is_known_by_musicbrainz_id_alone_is_named_by_a_later_scrobble(shelf):
    nameless = items.nameless(MBID)
    shelf.put(items.changes([nameless]))
    assert not items.get(shelf.conn, nameless.item_id).available
    item_id = resolved(shelf, mbid=MBID, artist="A", title="T")
    assert item_id == nameless.item_id
    shelf.put(items.changes([Track(item_id=item_id, title="T", artist_name="A", mbid=MBID)]))
    named = items.get(shelf.conn, item_id)
    assert (named.title, named.available) == ("T", True)
    for override in (False, True):
        shelf.put(items.changes([nameless], override=override))
        assert items.get(shelf.conn, item_id) == named


def test_nothing_to_go_by_is_refused():
    with pytest.raises(NotFound, match="without a name"):
        Resolver().track()


def test_a_submitted_recording_is_found_by_its_messybrainz_id(shelf):
    msid = str(identity.recording_msid("A", "T"))
    shelf.put(items.identify([("msid", msid, "track:a")]))
    assert Resolver(shelf.conn).by_identifier("msid", msid) == "track:a"
    assert Resolver(shelf.conn).by_identifier("msid", MBID) is None
    assert Resolver().by_identifier("msid", msid) is None


def test_the_changes_run_in_the_writers_thread(shelf):
    changes = items.changes([Artist(item_id="artist:a", title="A")])
    thread = threading.Thread(target=shelf.put, args=(changes,))
    thread.start()
    thread.join()
    assert items.get(shelf.conn, "artist:a").title == "A"
