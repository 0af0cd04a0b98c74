"""What is searched of each item, and what changed since a mark."""

from datetime import UTC, datetime

import pytest

from ritornello.catalog import aliases, items
from ritornello.kinds.items import Album, Artist, Episode, Show, Track
from ritornello.store.database import execute_rows, transaction
from ritornello.surfaces import pool_store, pools
from ritornello.surfaces.search.documents import Mark, Searched, of, of_pool, read

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SHIPPED = {f"playlist:{name}" for name in pools.shipped()}


@pytest.fixture
def conn(store):
    """A home that has nothing in its catalogue but the moments the package ships."""
    with transaction(store.conn):
        store.conn.execute("DELETE FROM items")
    return store.conn


def put(conn, *found, override=False):
    with transaction(conn):
        for sql, rows in items.changes(found, override=override):
            execute_rows(conn, sql, rows)


def changes(conn, after):
    found = read(conn, after)
    return {document.item_id for document in found.documents}, set(found.gone), found.mark


def test_a_document_has_names_credit_and_what_else_it_is_known_by():
    document = of(Searched("track:a", "The Song (Live)", artist_name="AC/DC", album_title="Álbum"))
    assert document.kind == "track"
    assert document.names[0] == "the song live"
    assert {"song", "the song"} <= set(document.names)
    assert document.credit == "ac dc"
    assert document.words == "acdc album"


def test_of_a_long_description_only_the_beginning_is_searched():
    document = of(Searched("show:a", "Talks", description="word " * 2000))
    assert len(document.words.split()) <= 60


@pytest.mark.parametrize(
    "item",
    [Searched("track:a"), Searched("track:a", " \n"), Searched("track:a", "A", available=False)],
)
def test_what_has_no_name_or_is_not_available_has_no_document(item):
    assert of(item) is None


def test_a_moment_is_known_by_its_title_and_by_what_it_is_for():
    document = of_pool(pools.load("friday-evening"))
    assert document.item_id == "playlist:friday-evening"
    assert document.names[0] == "friday evening"
    assert "party" in document.words.split()


def test_every_kind_of_item_and_moment_is_read(conn):
    put(
        conn,
        Track(item_id="track:a", title="A", artist_name="B"),
        Artist(item_id="artist:b", title="B"),
        Album(item_id="album:c", title="C"),
        Show(item_id="show:d", title="D", author="Somebody"),
        Episode(item_id="episode:e", title="E", show_id="show:d", show_title="D"),
    )
    found, gone, mark = changes(conn, Mark())
    assert found == {"track:a", "artist:b", "album:c", "show:d", "episode:e"} | SHIPPED
    assert gone == set()
    assert changes(conn, mark) == (set(), set(), mark)


def test_reading_goes_on_page_by_page_and_ends_where_nothing_moves(conn):
    put(conn, *(Track(item_id=f"track:{n}", title=f"T {n}") for n in range(7)))
    mark, seen = Mark(pools=0), set()
    for _ in range(5):
        page = read(conn, mark, limit=3)
        seen |= {document.item_id for document in page.documents if document.kind == "track"}
        if page.mark == mark:
            break
        mark = page.mark
    assert len(seen) == 7
    assert page.documents == []


def test_what_is_renamed_comes_again_and_what_is_withdrawn_is_gone(conn):
    put(conn, Track(item_id="track:a", title="A"), Track(item_id="track:b", title="B"))
    _, _, mark = changes(conn, Mark())
    put(conn, Track(item_id="track:a", title="Anew"), override=True)
    put(conn, Track(item_id="track:b", title="B", available=False), override=True)
    found, gone, _ = changes(conn, mark)
    assert (found, gone) == ({"track:a"}, {"track:b"})


def test_what_is_merged_is_gone_and_what_is_unmerged_is_back(conn):
    put(conn, Track(item_id="track:a", title="A"), Track(item_id="track:b", title="B"))
    _, _, before = changes(conn, Mark())
    with transaction(conn):
        aliases.merge(conn, "track:a", "track:b", at=NOW)
    found, gone, merged = changes(conn, before)
    assert (found, gone) == (set(), {"track:a"})
    put(conn, Track(item_id="track:a", title="Still A"), override=True)
    found, gone, _ = changes(conn, merged)
    assert (found, gone) == (set(), {"track:a"})
    with transaction(conn):
        aliases.unmerge(conn, "track:a", at=NOW)
    found, gone, _ = changes(conn, merged)
    assert (found, gone) == ({"track:a"}, set())


def test_moments_come_again_as_a_whole_and_a_withdrawn_one_is_gone(conn):
    _, _, mark = changes(conn, Mark())
    revision = pool_store.Revision(NOW, "editor", 0)
    with transaction(conn):
        pool_store.withdraw(conn, "party", revision)
    found, gone, after = changes(conn, mark)
    assert found == SHIPPED - {"playlist:party"}
    assert gone == {"playlist:party"}
    assert changes(conn, after) == (set(), set(), after)
