"""Found as typed, begun, slipped, in any order and across fields; put in and taken out while others read."""

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.kinds.items import Track
from ritornello.store.database import Readers, execute_rows, transaction
from ritornello.store.home import Home
from ritornello.surfaces import pools
from ritornello.surfaces.search import building, index, versions
from ritornello.surfaces.search.documents import Document, Mark
from ritornello.surfaces.search.index import Current, Index, Sought
from ritornello.surfaces.search.spelling import fold, forms

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PRINTED = {
    "track:help": ("Help!", "The Beatles"),
    "track:help2": ("Help", "Artist 0007"),
    "track:yourself": ("Help Yourself", "Artist 0421"),
    "track:hello": ("Hello", "Artist 0012"),
    "track:rhapsody": ("Bohemian Rhapsody - Remastered 2011", "Queen"),
    "track:somebody": ("Somebody to Love", "Queen"),
    "track:thunder": ("Thunderstruck", "AC/DC"),
    "track:brick": ("Another Brick in the Wall, Part II", "Pink Floyd"),
    "track:so": ("So What", "P!nk"),
    "track:strobe": ("Strobe", "deadmau5"),
    "track:fuck": ("F**k You", "Artist 0007"),
    "track:hoppi": ("Hoppípolla", "Sigur Rós"),
    "track:song": ("Blurred Song (feat. Artist 0012)", "Artist 0421"),
    "artist:beatles": ("The Beatles", ""),
    "artist:acdc": ("AC/DC", ""),
    "artist:sigur": ("Sigur Rós", ""),
    "artist:ringo": ("椎名林檎", ""),
    "album:wall": ("The Wall", "Pink Floyd"),
}


def document(item_id, title, credit=""):
    credits_written = " ".join(forms(credit))
    names = (fold(title), *forms(title))
    return Document(item_id, item_id.partition(":")[0], names, fold(credit), credits_written)


def holding(*documents):
    found = Index()
    found.put(documents, (), Mark())
    return found


@pytest.fixture(scope="module")
def shelf():
    """An index in memory of some well-known kinds of names."""
    return holding(*(document(i, *names) for i, names in PRINTED.items()))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("help yourself", "track:yourself"),
        ("help beatles", "track:help"),
        ("beatles help", "track:help"),
        ("the beatles", "artist:beatles"),
        ("beatles", "artist:beatles"),
        ("beatles, the", "artist:beatles"),
        ("ac/dc", "artist:acdc"),
        ("acdc", "artist:acdc"),
        ("ac dc", "artist:acdc"),
        ("thunderstruck acdc", "track:thunder"),
        ("thunder struck", "track:thunder"),
        ("some body to love", "track:somebody"),
        ("somebodyto love", "track:somebody"),
        ("somebody queen", "track:somebody"),
        ("bohemian rhapsody", "track:rhapsody"),
        ("bohemain rapsody", "track:rhapsody"),
        ("another brick in the wall part 2", "track:brick"),
        ("another brick part two", "track:brick"),
        ("so what pink", "track:so"),
        ("strobe deadmaus", "track:strobe"),
        ("f*** you", "track:fuck"),
        ("fuck you", "track:fuck"),
        ("hoppipolla", "track:hoppi"),
        ("sigur ros", "artist:sigur"),
        ("blurred song", "track:song"),
        ("林檎", "artist:ringo"),
        ("zhuiming", "artist:ringo"),
        ("ehllo", "track:hello"),
        ("jello", "track:hello"),
        ("thunderstrukc", "track:thunder"),
        ("queen somebodi", "track:somebody"),
        ("love somebody nonsense", "track:somebody"),
        ('"help" AND (yourself', "track:yourself"),
    ],
)
def test_what_is_found_first(shelf, typed, first):
    found = shelf.find(Sought(typed), 5)
    assert found.item_ids[0] == first


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("hel", {"track:help", "track:help2", "track:hello", "track:yourself"}), ("beat", {"artist:beatles", "track:help"}),
     ("t", {"artist:beatles", "track:thunder", "album:wall"}), ("another bri", {"track:brick"}), ("queen bohem", {"track:rhapsody"}),
     ("thundre", {"track:thunder"}), ("somebody ", {"track:somebody"})],
)  # fmt: skip
def test_what_is_found_while_typing(shelf, typed, expected):
    assert expected <= set(shelf.find(Sought(typed, is_prefix=True), 10).item_ids)


def test_a_name_as_typed_comes_before_one_that_begins_so_and_that_before_a_slip(shelf):
    found = shelf.find(Sought("help", ("track",), is_prefix=True), 10)
    near = dict(zip(found.item_ids, found.scores.tolist(), strict=True))
    assert near["track:help"] == near["track:help2"] == 1.0
    assert 1.0 > near["track:yourself"] == 0.9
    slipped = shelf.find(Sought("helpo", ("track",)), 10)
    assert all(near < 0.9 for near in slipped.scores)


def test_only_the_kinds_that_were_asked_for_are_found(shelf):
    assert shelf.find(Sought("beatles", ("artist",)), 5).item_ids == ["artist:beatles"]
    assert shelf.find(Sought("wall", ("album", "show"), is_prefix=True), 5).item_ids == [
        "album:wall"
    ]
    assert shelf.find(Sought("beatles", ("episode",)), 5).item_ids == []


def test_without_leniency_nothing_is_guessed(shelf):
    assert shelf.find(Sought("bohemain rapsody", is_lenient=False), 5).item_ids == []
    assert shelf.find(Sought("somebody nonsense", is_lenient=False), 5).item_ids == []


def test_among_many_of_one_kind_the_others_keep_a_place():
    tracks = [document(f"track:{n}", f"Summer {n}") for n in range(400)]
    found = holding(*tracks, document("artist:a", "Summer"), document("album:b", "Summer Days"))
    shown = found.find(Sought("su", is_prefix=True), 12).item_ids
    assert len(shown) == 12
    assert {"artist:a", "album:b"} <= set(shown)


TEXTS = ["", " ", "!!!", "🎉🎊", "a" * 10_000, "ab " * 5_000, '"' * 300, "((((", "title:* OR [a TO z]", "a*a*a*a*a*" * 50, "(a+)+$",
         "\x00\x1f", "שלום مرحبا hello 椎名", "\u202eevil", "AND", '+-&&||!(){}[]^"~*?:\\/', "'; DROP TABLE items; --"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("is_prefix", [True, False])
def test_hostile_texts_get_an_answer(shelf, text, is_prefix):
    found = shelf.find(Sought(text, is_prefix=is_prefix), 5)
    assert len(found.item_ids) == len(found.scores) == len(found.popularity) <= 5


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80), st.booleans(), st.booleans())
def test_any_text_gets_an_answer_in_order_without_doubles(shelf, text, is_prefix, is_lenient):
    found = shelf.find(Sought(text, is_prefix=is_prefix, is_lenient=is_lenient), 10)
    assert len(set(found.item_ids)) == len(found.item_ids)
    assert ((found.scores >= 0) & (found.scores <= 1)).all()


def test_what_is_put_in_is_found_what_is_replaced_only_anew_and_what_is_gone_no_more():
    shelf = holding(document("track:a", "First Name"), document("track:b", "Other"))
    shelf.put([document("track:a", "Second Name")], ["track:b"], Mark(items=2))
    assert shelf.find(Sought("first"), 5).item_ids == []
    assert shelf.find(Sought("second name"), 5).item_ids == ["track:a"]
    assert shelf.find(Sought("other"), 5).item_ids == []
    assert len(shelf) == 1
    assert shelf.mark == Mark(items=2)


@pytest.fixture
def home(store):
    """A home whose catalogue has three tracks."""
    with transaction(store.conn):
        store.conn.execute("DELETE FROM items")
    put(store.conn, *(Track(item_id=f"track:{n}", title=f"Night Train {n}") for n in range(3)))
    return store


def put(conn, *tracks):
    with transaction(conn):
        for sql, rows in items.changes(tracks, override=True):
            execute_rows(conn, sql, rows)


@pytest.fixture
def current(home):
    readers = Readers(home.home)
    current = Current(home.home, readers)
    yield current
    current.close()
    readers.close()


def found(current, text):
    return set(current.index.find(Sought(text, ("track",), is_lenient=False), 10).item_ids)


def test_without_a_version_the_catalogue_is_found_all_the_same(current):
    assert found(current, "night train") == set()
    current.refresh()
    assert found(current, "night train") == {"track:0", "track:1", "track:2"}
    assert current.is_behind
    assert current.trouble is None


def test_without_a_home_nothing_is_found_and_the_trouble_is_told(tmp_path):
    current = Current(Home(tmp_path), Readers(Home(tmp_path)))
    current.refresh()
    assert len(current.index) == 0
    assert "init" in current.trouble


def test_a_version_is_taken_up_and_kept_up_with_the_catalogue(home, current):
    building.build(home.home, home.conn, now=NOW)
    current.refresh()
    assert current.index.folder == versions.current(home.home, "catalogue")
    assert not current.is_behind
    assert len(current.index) == 3 + len(pools.shipped())
    put(
        home.conn,
        Track(item_id="track:1", title="Morning Bus"),
        Track(item_id="track:3", title="Night Boat"),
    )
    put(home.conn, Track(item_id="track:2", title="Night Train 2", available=False))
    current.refresh()
    assert found(current, "morning bus") == {"track:1"}
    assert found(current, "night boat") >= {"track:3"}
    assert found(current, "night train") == {"track:0"}
    assert len(current.index) == 3 + len(pools.shipped())


def test_what_changed_while_a_version_was_built_is_in_it_once_it_is_taken_up(home, current):
    building.build(home.home, home.conn, now=NOW)
    put(home.conn, Track(item_id="track:9", title="Late Ferry"))
    current.refresh()
    assert found(current, "late ferry") == {"track:9"}


def test_a_version_nobody_can_read_leaves_the_one_in_use(home, current):
    building.build(home.home, home.conn, now=NOW)
    current.refresh()
    again = building.build(home.home, home.conn, now=NOW)
    folder = home.home.path / "search" / "catalogue" / again.version
    (folder / "lines.bin").unlink()
    current.refresh()
    assert again.version in current.trouble
    assert found(current, "night train") == {"track:0", "track:1", "track:2"}


def test_beyond_what_fits_into_memory_a_version_is_asked_for(home, current, monkeypatch):
    building.build(home.home, home.conn, now=NOW)
    monkeypatch.setattr(index, "MOST_LIVE", 2)
    monkeypatch.setattr(index, "LIVE_PAGE", 1)
    put(home.conn, *(Track(item_id=f"track:n{n}", title=f"Newcomer {n}") for n in range(5)))
    current.refresh()
    assert current.is_behind
    assert found(current, "newcomer 0") == {"track:n0"}
    assert found(current, "newcomer 4") == set()
    building.build(home.home, home.conn, now=NOW)
    current.refresh()
    assert not current.is_behind
    assert found(current, "newcomer 4") == {"track:n4"}


def test_a_change_is_found_soon_by_whoever_watches(home, current):
    current.watch(0.01)
    put(home.conn, Track(item_id="track:new", title="Paper Kite"))
    for _ in range(500):
        if "track:new" in found(current, "paper kite"):
            break
        threading.Event().wait(0.02)
    assert "track:new" in found(current, "paper kite")


def test_readers_find_one_whole_state_or_the_next_while_it_changes():
    shelf = holding(
        document("track:a", "Same Song 0"), *(document(f"track:f{n}", "Filler") for n in range(50))
    )
    wrong: list[object] = []
    done = threading.Event()

    def read():
        while not done.is_set():
            seen = shelf.find(Sought("same song"), 5).item_ids
            if seen != ["track:a"]:
                wrong.append(seen)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(1, 10):
        shelf.put([document("track:a", f"Same Song {n}")], (), Mark(items=n))
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
