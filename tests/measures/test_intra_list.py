"""How unlike the items of a list are, pair by pair and by the formula."""

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from ritornello.measures import intra_list
from ritornello.measures.about import About, Entries, Lists

RNG = np.random.default_rng(61)
ITEMS = np.array([RNG.permutation(12)[:6] for _ in range(20)])
VECTORS = RNG.normal(size=(12, 5))
TRAITS = (RNG.random((12, 4)) < 0.5).astype(float)
LISTS = Lists(np.arange(20), ITEMS)
ABOUT = About(
    n_topics=20,
    n_items=12,
    vectors=VECTORS,
    traits=Entries(*np.nonzero(TRAITS), TRAITS[np.nonzero(TRAITS)]),
)


def test_vectors_are_told_apart_as_scipy_tells_them() -> None:
    expected = [pdist(VECTORS[row], "cosine").mean() for row in ITEMS]
    assert intra_list.vector_diversity(LISTS, ABOUT).tolist() == pytest.approx(expected, rel=1e-9)


def test_traits_are_told_apart_as_scipy_tells_them() -> None:
    width = ABOUT.traits_of_items.shape[1]
    expected = [width * pdist(TRAITS[row][:, :width], "hamming").mean() for row in ITEMS]
    assert intra_list.trait_diversity(LISTS, ABOUT).tolist() == pytest.approx(expected, rel=1e-9)


def test_an_item_without_a_vector_is_in_no_pair() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    lists = Lists(np.arange(2), np.array([[0, 1, 2], [0, 2, -1]]))
    found = intra_list.vector_diversity(lists, About(n_topics=2, n_items=3, vectors=vectors))
    assert found.tolist() == pytest.approx([1.0, 0.0])


def test_gs_is_high_where_items_are_alike_and_correction_frees_it_of_length() -> None:
    about = About(n_topics=2, n_items=4, vectors=np.eye(4))
    lists = Lists(np.arange(2), np.array([[0, 1, 2, 3], [0, 1, -1, -1]]))
    assert intra_list.gs(lists, about).tolist() == pytest.approx([1 / 2, 1 / np.sqrt(2)])
    assert intra_list.gs(lists, about, corrected=True).tolist() == pytest.approx([0.0, 0.0])


def test_variety_and_repeats_are_counted_a_place() -> None:
    artists = Entries(np.arange(4), np.array([0, 0, 1, 2]), np.ones(4))
    about = About(n_topics=2, n_items=4, traits=artists)
    lists = Lists(np.arange(2), np.array([[0, 1, 2, 0], [3, 3, -1, -1]]))
    assert intra_list.trait_variety(lists, about).tolist() == [2 / 4, 1 / 2]
    assert intra_list.unrepeated(lists, about).tolist() == [3 / 4, 1 / 2]
    assert intra_list.filled(lists, about, k=8).tolist() == [4 / 8, 2 / 8]


def test_one_pair_by_hand() -> None:
    for a, b in combinations(range(4), 2):
        lists = Lists(np.zeros(1, np.int64), np.array([[a, b]]))
        assert intra_list.trait_diversity(lists, ABOUT)[0] == np.abs(TRAITS[a] - TRAITS[b]).sum()
