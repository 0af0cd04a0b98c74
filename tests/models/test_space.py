"""Words, artists and items in one space: against a dense decomposition, and what must lie near what."""

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.postings import postings_of
from ritornello.catalog.view import EMPTY, View
from ritornello.kinds.items import Artist, Track
from ritornello.models.space import Heard, SpaceConfig, lay, train
from ritornello.testing.shelf import Shelf

GENRES = ("jazz", "metal", "folk")
WORDS = {"jazz": ("bebop", "smoky"), "metal": ("loud", "doom"), "folk": ("acoustic", "campfire")}
CONFIG = SpaceConfig(n_axes=4, min_rows=1, n_rounds=40)


def catalogue():
    """Three genres of four artists with three tracks each; the last artist of a genre was never heard."""
    rng = np.random.default_rng(5)
    for genre in GENRES:
        for a in range(4):
            yield Artist(item_id=f"artist:{genre}{a}", title=f"Artist {genre} {a}", genres=(genre,))
            for t in range(3):
                tags = tuple(word for word in WORDS[genre] if rng.random() < 0.6)
                yield Track(
                    item_id=f"track:{genre}{a}{t}",
                    title=f"Title {genre} {a} {t}",
                    artist_ids=(f"artist:{genre}{a}",),
                    genres=(genre,) if a < 3 else (),
                    tags=tags,
                )
    yield Track(item_id="track:unsaid", title="Unsaid", artist_ids=("artist:jazz0",))
    yield Track(item_id="track:nothing", title="Nothing")


@pytest.fixture(scope="module")
def world():
    shelf = Shelf()
    shelf.put(items.changes(catalogue()))
    view = View.read(shelf.conn)
    postings = postings_of(view)
    rng = np.random.default_rng(2)
    rows = [
        r
        for r, i in enumerate(view.ids)
        if i.startswith("track") and i[-2] != "3" and i[-1].isdigit()
    ]
    factors = np.array([np.eye(6)[GENRES.index(view.ids[r][6:-2])] for r in rows]) + 0.1 * rng.normal(size=(len(rows), 6))  # fmt: skip
    heard = Heard(np.array([*rows], dtype=np.int32), factors.astype(np.float32))
    axes = train(view, postings, heard, np.random.default_rng(1), CONFIG)
    return view, postings, heard, axes, lay(axes, view, postings, heard)


def dense(view, postings, heard):
    """Put [X | βF] together cell by cell."""
    words = [w for w in postings.words if w.partition(":")[0] in ("genre", "tag")]
    said = np.zeros((len(view), len(words)))
    for n, word in enumerate(words):
        rows = postings.rows_of(word)
        said[rows, n] = np.log1p(len(view) / len(rows))
    lengths = np.linalg.norm(said, axis=1, keepdims=True)
    said = np.divide(said, lengths, out=np.zeros_like(said), where=lengths > 0)
    centred = heard.factors - heard.factors.mean(axis=0)
    listened = np.zeros((len(view), 6))
    listened[heard.rows] = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    beta = np.sqrt((said**2).sum() / (listened**2).sum())
    return words, np.hstack([said, beta * listened])


def test_the_axes_are_the_leading_right_singular_vectors(world):
    view, postings, heard, axes, _ = world
    words, both = dense(view, postings, heard)
    _, strengths, right = np.linalg.svd(both, full_matrices=False)
    assert list(axes.words) == words
    beta = np.sqrt((both[:, : len(words)] ** 2).sum() / len(heard.rows))
    found = np.vstack([axes.of_words, axes.of_factors / beta])
    assert np.allclose(found.T @ found, np.eye(4), atol=1e-5)
    assert np.allclose(np.abs(np.sum(found.T * right[:4], axis=1)), 1.0, atol=1e-4)
    assert strengths[3] > 1.02 * strengths[4], "the toy must have a gap, or nothing is tested"


def test_a_heard_row_without_items_of_its_own_is_folded_in(world):
    view, postings, heard, axes, space = world
    words, both = dense(view, postings, heard)
    _, _, right = np.linalg.svd(both, full_matrices=False)
    turn = np.sign(np.sum(np.vstack([axes.of_words]).T * right[:4, : len(words)], axis=1))
    place = both[heard.rows] @ (right[:4].T * turn)
    place /= np.linalg.norm(place, axis=1, keepdims=True)
    assert np.allclose(space.vectors[heard.rows], place, atol=1e-3)


def test_what_is_alike_lies_near(world):
    view, _, _, _, space = world
    for genre in GENRES:
        near = space.near(space.of_words([f"genre:{genre}"]), view.available, 9)
        assert {view.ids[row][6:-2] for row in near} <= {genre, "unsa"}
        row = view.number[f"artist:{genre}0"]
        alike = space.near(space.of_rows(np.array([row])), view.available, 8)
        assert {view.ids[other][6:-2] for other in alike} <= {genre, "unsa"}
        assert space.words_near(space.of_words([f"tag:{WORDS[genre][0]}"]), 3)[0].partition(":")[2] in (genre, *WORDS[genre])  # fmt: skip


def test_the_unheard_lie_by_their_words_and_their_artist(world):
    view, _, _, _, space = world
    jazz = space.nearness(space.of_words(["genre:jazz"]))
    metal = space.nearness(space.of_words(["genre:metal"]))
    row = view.number
    assert jazz[row["track:jazz30"]] > 0.5 > metal[row["track:jazz30"]]
    assert jazz[row["track:unsaid"]] > 0.5
    assert not space.vectors[row["track:nothing"]].any()


def test_only_what_is_allowed_is_near_and_nothing_twice(world):
    view, _, _, _, space = world
    allowed = np.zeros(len(view), dtype=bool)
    allowed[[view.number["track:metal00"], view.number["track:jazz00"]]] = True
    near = space.near(space.of_words(["genre:jazz"]), allowed, 9)
    assert view.ids[near[0]] == "track:jazz00"
    assert set(near.tolist()) <= set(np.flatnonzero(allowed).tolist())
    everything = space.near(space.of_words(["genre:jazz"]), np.ones(len(view), bool), len(view))
    assert len(set(everything.tolist())) == len(everything)
    nearness = space.nearness(space.of_words(["genre:jazz"]))[everything]
    assert (np.diff(nearness) <= 0).all()


def test_words_nobody_says_have_no_place(world):
    *_, space = world
    assert not space.of_words(["genre:unknown"]).any()
    assert np.array_equal(
        space.of_words(["genre:jazz", "genre:unknown"]), space.of_words(["genre:jazz"])
    )
    assert space.words_nearness(["genre:unknown"], space.of_words(["genre:jazz"])).tolist() == [0.0]


def test_the_same_gives_the_same_and_places_are_at_unit_length(world):
    view, postings, heard, axes, space = world
    again = train(view, postings, heard, np.random.default_rng(1), CONFIG)
    assert np.array_equal(axes.of_words, again.of_words)
    lengths = np.linalg.norm(space.vectors, axis=1)
    assert np.allclose(lengths[lengths > 0], 1.0, atol=1e-5)
    assert space.vectors.dtype == np.float32


def test_what_came_later_has_a_place_by_the_same_axes(world):
    view, _, heard, axes, space = world
    shelf = Shelf()
    later = Track(item_id="track:later", title="Later", genres=("folk",), tags=("unmet",))
    shelf.put(items.changes([*catalogue(), later]))
    grown = View.read(shelf.conn)
    moved = [grown.number[view.ids[row]] for row in heard.rows]
    laid = lay(axes, grown, postings_of(grown), Heard(np.array(moved, np.int32), heard.factors))
    assert laid.nearness(laid.of_words(["genre:folk"]))[grown.number["track:later"]] > 0.9
    assert len(laid.vectors) == len(space.vectors) + 1


@pytest.mark.parametrize("share", [0.0, 0.9])
def test_words_alone_and_listening_alone_are_enough(world, share):
    view, postings, heard, _, _ = world
    config = SpaceConfig(n_axes=4, min_rows=1, listening_share=share)
    axes = train(view, postings, heard, np.random.default_rng(1), config)
    space = lay(axes, view, postings, heard)
    row = view.number["artist:metal1"]
    near = space.near(space.of_rows(np.array([row])), view.available, 6)
    assert {view.ids[other][6:-2] for other in near} == {"metal"}


def test_nothing_heard_and_nothing_said():
    shelf = Shelf()
    shelf.put(items.changes([Track(item_id="track:1", title="1", genres=("jazz",))] * 2))
    view = View.read(shelf.conn)
    postings = postings_of(view)
    config = SpaceConfig(min_rows=1)
    space = lay(train(view, postings, None, np.random.default_rng(1), config), view, postings, None)
    assert space.near(space.of_words(["genre:jazz"]), view.available, 3).tolist() == [0]
    empty = postings_of(EMPTY)
    axes = train(EMPTY, empty, None, np.random.default_rng(1))
    assert not axes.words
    assert lay(axes, EMPTY, empty, None).vectors.shape[0] == 0
