"""Searches for known items: made from names alone, each with what is right, the same for every seed."""

import json

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.view import View
from ritornello.evaluate import known_items, search_scores
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.scoring import score
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.items import Album, Artist, Track
from ritornello.measures.matching import NothingToJudge
from ritornello.testing.shelf import Shelf

BY_MOMENT = {"artist_name": "The Moment", "artist_ids": ("artist:a",), "album_id": "album:a"}
ITEMS = [
    Artist(item_id="artist:a", title="The Moment"),
    Album(item_id="album:a", title="the moment", artist_name="The Moment"),
    Track(item_id="track:a", title="Morning Rain", **BY_MOMENT),
    Track(item_id="track:b", title="Morning  Rain", artist_name="Rain Falling"),
    Track(item_id="track:c", title="!!!", artist_name="Rain Falling"),
    Track(item_id="track:d", title="Gone", available=False, **BY_MOMENT),
    Artist(item_id="artist:none", title="Nothing of Theirs"),
    Track(item_id="track:e", title="Merged", artist_name="Rain Falling"),
]


@pytest.fixture(scope="module")
def view():
    shelf = Shelf()
    shelf.put(items.changes(ITEMS))
    return View.read(shelf.conn)


@pytest.fixture(scope="module")
def names(view):
    return known_items.named(view)


def test_names_are_of_what_can_be_found_each_with_its_namesakes(names):
    found = {each.item_id: each for of_kind in names for each in of_kind}
    assert found.keys() == {"artist:a", "album:a", "track:a", "track:b", "track:e"}
    assert set(found["track:a"].namesakes) == {"track:a", "track:b"}
    assert set(found["artist:a"].namesakes) == {"artist:a", "album:a"}
    assert (found["track:a"].kind, found["track:a"].maker) == ("track", "The Moment")


def test_makers_and_albums_have_the_plays_of_their_tracks(view):
    conn = Shelf().conn
    conn.execute("CREATE TABLE plays (listener_id, item_id, n_plays)")
    plays = [("listener-1", "track:a", 3), ("listener-2", "track:a", 2), ("listener-1", "x", 9)]
    conn.executemany("INSERT INTO plays VALUES (?, ?, ?)", plays)
    found = known_items.plays(conn, view)
    assert {item_id: n for item_id, n in found.items() if n} == {
        "track:a": 5, "artist:a": 5, "album:a": 5,
    }  # fmt: skip


def test_everybody_means_what_they_play(names):
    conn = Shelf().conn
    conn.execute("CREATE TABLE plays (listener_id, item_id, n_plays)")
    plays = [
        ("listener-1", "track:a", 3), ("listener-2", "track:b", 2), ("listener-2", "gone", 9),
        ("listener-3", "gone", 9), ("listener-4", "track:e", 0),
    ]  # fmt: skip
    conn.executemany("INSERT INTO plays VALUES (?, ?, ?)", plays)
    meant = known_items.own(conn, names, 9, np.random.default_rng(1))
    whose = {each.listener_id: each.item_id for each in meant}
    assert whose == {"listener-1": "track:a", "listener-2": "track:b"}
    assert len(known_items.own(conn, names, 1, np.random.default_rng(1))) == 1
    found = known_items.collection("own", meant, 7, known_items.recogniser_of(names))
    assert {topic.listener_id for topic in found.topics} == set(whose)
    assert {topic.query for topic in found.topics} == {"Mornin", "Morning"}
    assert search_scores.usual(found) == search_scores.OF_OWN


def test_kinds_are_drawn_evenly_and_the_played_first(names):
    chosen = known_items.drawn(names, {"track:b": 10**9}, 3, np.random.default_rng(1))
    assert sorted(each.kind for each in chosen) == ["album", "artist", "track"]
    assert "track:b" in {each.item_id for each in chosen}
    every = known_items.drawn(names, {}, 99, np.random.default_rng(1))
    assert len({each.item_id for each in every}) == len(every) == 5


def collection_of(way, names, seed=7):
    meant = known_items.drawn(names, {}, 99, np.random.default_rng(seed))
    return known_items.collection(way, meant, seed, known_items.recogniser_of(names))


@pytest.mark.parametrize("way", [*known_items.ways(known_items.recogniser_of([]))])
def test_every_way_judges_the_meant_and_its_namesakes(way, names):
    found = collection_of(way, names)
    assert found.id == collection_of(way, names).id
    assert found.about.by == "construction"
    sessions = {topic.context["session"] for topic in found.topics}
    assert len(sessions) == 5
    grades = dict.fromkeys(range(len(found.topics)), ())
    for topic, grade in zip(found.judged.topics, found.judged.grades, strict=True):
        grades[int(topic)] += (float(grade),)
    assert {tuple(sorted(each)) for each in grades.values()} == {(1.0, 2.0), (2.0,)}
    ours = run_of(found, "nothing", {}, Rows([found.topics[0].topic_id], ["track:zz"], [1.0]))
    assert (
        score(ours, found, ["found(effort=99)@5", "mindset_success@5"]).total("found(effort=99)@5")
        == 0
    )


def test_letters_are_typed_one_by_one(names):
    found = collection_of("letters", names)
    steps = [topic.query for topic in found.topics if topic.context["session"] == "000000"]
    assert steps[-1].startswith(steps[0])
    assert [len(text) for text in steps] == sorted({len(text) for text in steps})


def test_whoever_is_left_with_a_slip_types_again(names):
    anew = [
        [topic for topic in collection_of("typed", names, seed).topics if "anew" in topic.context]
        for seed in range(6)
    ]
    first = next(topics[0] for topics in anew if topics)
    assert len(first.query) == 1
    assert int(first.context["keys"]) > int(first.context["step"]) > 0


def test_what_was_misheard_is_kept_whole(names):
    for topic in collection_of("misheard", names).topics:
        heard = json.loads(topic.context["heard"])["alternatives"]
        assert heard[0]["text"] == topic.query


def test_an_unknown_way_and_a_catalogue_without_names_are_said(names):
    with pytest.raises(UnknownName, match="no way 'singing'"):
        collection_of("singing", names)
    with pytest.raises(NothingToJudge, match="of 0 names none"):
        collection_of("exact", [])
