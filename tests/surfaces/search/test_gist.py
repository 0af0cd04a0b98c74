"""The gist: a truncated decomposition as exact as numpy's, and texts that stand where they speak of the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, random_array

from ritornello.kinds.errors import ArtefactUnusable
from ritornello.surfaces.search import gist

SEA = ["sea", "boat", "harbour", "net", "sail"]
BREAD = ["bread", "oven", "flour", "salt", "crust"]
TOPICS = [SEA, BREAD, *([f"{name}{i}" for i in range(5)] for name in ("law", "tree", "star"))]


def texts(n=150, seed=3):
    """Five topics, each of five words, three of them a text."""
    rng = np.random.default_rng(seed)
    return [[*rng.choice(TOPICS[row % 5], 3, replace=False), "well"] for row in range(n)]


def exact(matrix, k):
    u, s, vt = np.linalg.svd(matrix.toarray().astype(np.float64), full_matrices=False)
    return u[:, :k], s[:k], vt[:k]


def test_the_decomposition_is_numpys_where_the_spectrum_falls():
    rng = np.random.default_rng(5)
    left, right = rng.standard_normal((80, 6)), rng.standard_normal((6, 50))
    matrix = csr_matrix((left * [32, 16, 8, 4, 2, 1]) @ right)
    u, s, vt = gist.truncated_svd(matrix, 6, rng)
    _, expected, expected_vt = exact(matrix, 6)
    np.testing.assert_allclose(s, expected, rtol=1e-6)
    np.testing.assert_allclose(np.abs(np.sum(vt * expected_vt, axis=1)), 1.0, atol=1e-6)
    np.testing.assert_allclose((u * s) @ vt, matrix.toarray(), atol=1e-6)


def test_what_is_left_out_of_noise_is_nearly_the_least_possible():
    rng = np.random.default_rng(6)
    matrix = csr_matrix(random_array((120, 90), density=0.1, rng=rng))
    u, s, vt = gist.truncated_svd(matrix, 10, rng)
    eu, es, evt = exact(matrix, 10)
    left = np.linalg.norm(matrix - (u * s) @ vt)
    least = np.linalg.norm(matrix - (eu * es) @ evt)
    assert least <= left <= 1.01 * least


def test_directions_are_of_length_one_at_right_angles_and_of_one_sign():
    rng = np.random.default_rng(7)
    _, _, vt = gist.truncated_svd(csr_matrix(random_array((60, 40), density=0.2, rng=rng)), 8, rng)
    np.testing.assert_allclose(vt @ vt.T, np.eye(8), atol=1e-10)
    assert (vt[np.arange(8), np.abs(vt).argmax(axis=1)] > 0).all()


def test_words_of_a_topic_are_near_though_they_never_met():
    space = gist.train(texts(), np.random.default_rng(1), 5)
    boat, sail, oven = space.of([["boat"], ["sail"], ["oven"]])
    assert boat @ sail > 0.9
    assert abs(boat @ oven) < 0.1
    assert {term for term, _ in space.near("boat", 4)} == set(SEA) - {"boat"}
    assert space.near("unheard", 3) == []


def test_a_text_is_folded_in_by_its_weighted_terms():
    space = gist.train(texts(), np.random.default_rng(1), 3)
    (found,) = space.of([["boat", "boat", "net", "unheard"]])
    rows = [space.number["boat"], space.number["net"]]
    weights = np.array([1 + np.log(2), 1.0]) * space.rarity[rows]
    expected = weights @ space.vectors[rows]
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), rtol=1e-5)


def test_chance_of_the_same_seed_gives_the_same_space():
    one, other = (gist.train(texts(), np.random.default_rng(9), 4) for _ in range(2))
    np.testing.assert_array_equal(one.vectors, other.vectors)
    assert list(one.number) == list(other.number)


def test_words_that_stand_everywhere_or_hardly_anywhere_have_no_gist():
    space = gist.train([*texts(), ["once", "boat"]], np.random.default_rng(1), 4)
    assert "well" not in space.number
    assert "once" not in space.number


@given(st.lists(st.lists(st.sampled_from([*SEA, "well"]), max_size=6), max_size=8))
def test_any_texts_make_a_space_and_every_vector_has_length_one_or_none(few):
    space = gist.train(few, np.random.default_rng(2))
    lengths = np.linalg.norm(space.of([*few, ["unheard"], []]), axis=1)
    assert (np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)).all()
    assert lengths[-1] == lengths[-2] == 0


def test_a_space_rests_as_arrays_and_comes_back():
    space = gist.train(texts(), np.random.default_rng(1), 4)
    back = gist.unpack(gist.pack(space))
    assert back.number == space.number
    np.testing.assert_array_equal(back.of(texts(4)), space.of(texts(4)))
    assert gist.unpack(gist.pack(gist.NOTHING)).of([["boat"]]).shape == (1, 1)


@pytest.mark.parametrize("lost", ["terms", "rarity", "vectors"])
def test_arrays_that_do_not_fit_are_refused_by_name(lost):
    arrays = gist.pack(gist.train(texts(), np.random.default_rng(1), 4))
    with pytest.raises(ArtefactUnusable, match=lost):
        gist.unpack({name: array for name, array in arrays.items() if name != lost})
    with pytest.raises(ArtefactUnusable, match="holds"):
        gist.unpack({**arrays, "rarity": arrays["rarity"][:-1]})
