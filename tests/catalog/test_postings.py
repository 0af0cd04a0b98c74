"""Which rows a word is said of: its own, or else its maker's; against a walk over every row."""

import pytest

from ritornello.catalog import items
from ritornello.catalog.postings import INHERITED, postings_of
from ritornello.catalog.view import EMPTY, NONE, View
from ritornello.kinds.items import Artist, Episode, Show, Track


@pytest.fixture(scope="module")
def view():
    from ritornello.testing.shelf import Shelf

    shelf = Shelf()
    shelf.put(
        items.changes([
            Artist(item_id="artist:a", title="Artist A (Live)", genres=("jazz",), tags=("old",)),
            Track(item_id="track:1", title="1", artist_ids=("artist:a",)),
            Track(item_id="track:2", title="2 (Live)", artist_ids=("artist:a",), genres=("deep house",)),
            Track(item_id="track:3", title="3", genres=("house", "jazz"), moods=("calm",)),
            Track(item_id="track:4", title="4"),
            Show(item_id="show:s", title="Show S", language="de"),
            Episode(item_id="episode:1", title="E", show_id="show:s"),
        ])
    )  # fmt: skip
    return View.read(shelf.conn)


def walked(view, word):
    """Say a word of rows one by one."""
    kind = word.partition(":")[0]

    def own(row):
        return {view.words[w] for r, w in view.said.tolist() if r == row}

    def of_kind(words):
        return {w for w in words if w.startswith(f"{kind}:")}

    found = set()
    for row in range(len(view)):
        said = of_kind(own(row))
        if not said and view.artist[row] != NONE and kind in INHERITED:
            said = of_kind(own(view.artist[row]))
        if word in said:
            found.add(view.ids[row])
    return found


def test_every_word_is_said_of_the_rows_a_walk_finds(view):
    postings = postings_of(view)
    for word in view.words:
        assert {view.ids[row] for row in postings.rows_of(word)} == walked(view, word), word
    assert postings.n_rows.tolist() == [len(walked(view, word)) for word in view.words]


def test_several_words_are_one_of_them(view):
    postings = postings_of(view)
    said = postings.says_any(["mood:calm", "language:de", "mood:unknown"])
    assert {view.ids[row] for row in said.nonzero()[0]} == {"track:3", "show:s", "episode:1"}


def test_a_genre_knows_its_kinds(view):
    assert postings_of(view).kinds_of == {"house": ("genre:deep house",)}


def test_nothing_says_nothing():
    postings = postings_of(EMPTY)
    assert not len(postings.rows_of("genre:jazz"))
    assert postings.says_any(["genre:jazz"]).shape == (0,)
