"""Ranks: one number that sorts by popularity and gives back kind and row."""

from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.documents import KINDS, Document
from ritornello.surfaces.search.fields import in_memory, laid_out, rank_of, ranked, row_of

RANKED = st.tuples(
    st.integers(0, 2**32 - 1), st.sampled_from(KINDS), st.floats(0, 1, allow_subnormal=False)
)


@given(RANKED)
def test_a_rank_gives_back_what_it_was_made_of(known):
    row, kind, popularity = known
    rank = rank_of(*known)
    read = ranked([rank])
    assert rank < 2**63
    assert row_of(rank) == read.rows[0] == row
    assert KINDS[read.kinds[0]] == kind
    assert 0 <= popularity - read.popularity[0] < 1e-6


@given(RANKED, RANKED)
def test_ranks_sort_by_popularity(one, other):
    if one[2] > other[2] + 1e-6:
        assert rank_of(*one) > rank_of(*other)


def test_hostile_documents_are_cut_to_what_an_index_can_hold():
    index = in_memory()
    writer = index.writer(16_000_000, num_threads=1)
    long = Document(
        "track:a", "track", ("a" * 100_000, "b " * 5_000), "c" * 100_000, "d " * 100_000
    )
    writer.add_document(laid_out(long, 0, 1.0))
    writer.commit()
    index.reload()
    assert index.searcher().num_docs == 1
