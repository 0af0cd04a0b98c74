"""Which looks are made: bounded in number, none too broad, each kind with its own."""

import pytest

from ritornello.surfaces.search import probes
from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.fields import in_memory, laid_out
from ritornello.surfaces.search.probes import MOST, MOST_A_KIND, candidates, rarity
from ritornello.surfaces.search.sought import Sought

N_TRACKS = 500


@pytest.fixture(scope="module")
def searcher():
    """Many tracks of one name, and one artist and one album that nobody plays."""
    index = in_memory()
    writer = index.writer(16_000_000, num_threads=1)
    for row in range(N_TRACKS):
        document = Document(f"track:{row}", "track", (f"summer {row}",), "somebody else")
        writer.add_document(laid_out(document, row, 0.5 + row / 1000))
    for row, kind in enumerate(("artist", "album"), N_TRACKS):
        writer.add_document(laid_out(Document(f"{kind}:a", kind, ("summer rain",)), row, 0.0))
    writer.commit()
    index.reload()
    return index.searcher()


def test_the_most_popular_are_found_and_no_kind_is_crowded_out(searcher):
    found = candidates(searcher, Sought("s", is_prefix=True))
    assert MOST <= len(found) <= MOST + MOST_A_KIND * 6
    assert {N_TRACKS - 1, N_TRACKS, N_TRACKS + 1} <= set(found)
    assert 0 not in found


def test_of_the_kinds_asked_for_only(searcher):
    assert set(candidates(searcher, Sought("summer", ("artist",)))) == {N_TRACKS}


class Counting:
    """A searcher that counts what it is asked."""

    def __init__(self, searcher):
        self.searcher, self.n = searcher, 0
        self.num_docs = searcher.num_docs

    def __getattr__(self, name):
        asked = getattr(self.searcher, name)

        def counted(*args, **kwargs):
            self.n += 1
            return asked(*args, **kwargs)

        return counted


@pytest.mark.parametrize(
    "text",
    ["x", "summer", "zzzz qqqq " * 50, "ab" * 200, "summerrain" * 8, "a b c d e f g h i j k l"],
)
@pytest.mark.parametrize("is_prefix", [True, False])
def test_the_work_is_bounded_whatever_is_typed(searcher, text, is_prefix):
    counting = Counting(searcher)
    candidates(counting, Sought(text, is_prefix=is_prefix))
    assert counting.n <= 700


def test_rarity_is_the_share_of_documents_without_a_word(searcher):
    assert rarity(searcher, "summer") == 0.0
    assert rarity(searcher, "nowhere") == 1.0
    assert rarity(searcher, "else") == pytest.approx(2 / (N_TRACKS + 2))


def test_an_empty_index_has_no_candidates():
    index = in_memory()
    assert probes.candidates(index.searcher(), Sought("summer rain")) == {}
