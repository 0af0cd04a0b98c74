"""The index of what is said: whole versions, one episode put in anew, and nothing lost between."""

import numpy as np
import pytest
from msgspec.structs import replace

from ritornello.kinds.transcripts import Chapter
from ritornello.surfaces.search import passage_index
from ritornello.surfaces.search.cutting import Passage, cut
from ritornello.surfaces.search.passage_index import Passages, chapter_of
from ritornello.surfaces.search.terms import terms
from tests.surfaces.search.talking import BREAD, LAW, SPOKEN, talk


@pytest.fixture
def passages(tmp_path):
    passage_index.build(tmp_path, SPOKEN, SPOKEN, np.random.default_rng(1))
    return Passages(tmp_path)


def ids(hits):
    return {hit.kept.episode_id for hit in hits}


def test_every_passage_is_kept_as_it_was_cut(passages):
    hits = passages.matching(terms(BREAD), 50)
    found = {
        hit.kept.number: hit.kept.read() for hit in hits if hit.kept.episode_id == "episode:bread"
    }
    bread = next(one for one in SPOKEN if one.episode_id == "episode:bread")
    assert [found[number] for number in sorted(found)] == cut(bread.segments)
    assert passages.n_passages == sum(len(cut(one.segments, one.chapters)) for one in SPOKEN)


def test_a_passage_has_its_vector_and_its_chapter(passages):
    (hit,) = passages.phrase(list(enumerate(terms("crooked plum tree"))), 5)
    assert hit.kept.chapter == "Plums"
    assert np.linalg.norm(hit.kept.direction) == pytest.approx(1, abs=1e-2)


def test_a_phrase_keeps_its_distances(passages):
    words = terms("silver spoon beneath the crooked plum tree")
    assert ids(passages.phrase([(0, words[0]), (4, words[4])], 5)) == {"episode:sea"}
    assert passages.phrase([(0, words[0]), (3, words[4])], 5) == []


def test_looking_within_episodes_finds_nothing_outside(passages):
    asked = terms("welcome everyone")
    assert ids(passages.matching(asked, 50)) > {"episode:law"}
    assert ids(passages.matching(asked, 50, ["episode:law"])) == {"episode:law"}
    assert passages.matching(asked, 50, []) == []
    assert passages.phrase(list(enumerate(terms("silver spoon"))), 5, ["episode:law"]) == []


def test_an_episode_is_found_by_what_is_told_of_it_alone(passages):
    assert list(passages.episodes(terms("nebulae parallax"), 3)) == ["episode:stars"]
    assert next(iter(passages.episodes(terms("flour patience"), 3))) == "episode:bread"


def test_an_episode_put_in_anew_replaces_what_it_said(passages):
    n = passages.n_passages
    passages.put([replace(SPOKEN[1], segments=talk((LAW, 60)))])
    assert passages.matching(terms("knead flour"), 5) == []
    assert ids(passages.matching(terms("court"), 50)) == {"episode:law", "episode:bread"}
    assert abs(passages.n_passages - n) <= 2
    passages.put([SPOKEN[1]])
    passages.put([SPOKEN[1]])
    assert passages.n_passages == n


def test_an_episode_taken_out_is_gone_from_both(passages):
    passages.put([], ["episode:bread"])
    assert passages.matching(terms("knead flour"), 5) == []
    assert passages.episodes(terms("kitchen"), 5) == {}


def test_another_opening_sees_what_was_put_in_after_a_reload(passages, tmp_path):
    other = Passages(tmp_path)
    passages.put([], ["episode:bread"])
    assert other.matching(terms("knead"), 5)
    other.reload()
    assert other.matching(terms("knead"), 5) == []


def test_nothing_said_makes_an_index_that_finds_nothing(tmp_path):
    assert passage_index.build(tmp_path, (), (), np.random.default_rng(1)) == 0
    empty = Passages(tmp_path)
    assert (empty.n_passages, empty.matching(["sea"], 3), empty.episodes(["sea"], 3)) == (0, [], {})
    empty.put(SPOKEN[:1])
    assert ids(empty.matching(["nets"[:3]], 3)) == {"episode:sea"}


@pytest.mark.parametrize(
    ("start_ms", "title"), [(0, ""), (9_000, "First"), (59_000, "Second"), (None, "")]
)
def test_the_chapter_of_a_passage_has_begun_or_is_about_to(start_ms, title):
    chapters = [Chapter(title="First", start_ms=20_000), Chapter(title="Second", start_ms=60_000)]
    assert chapter_of(Passage(text="x", start_ms=start_ms), chapters) == title
