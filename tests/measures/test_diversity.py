"""Diversity against the definitions, against an oracle, and on planted tastes."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.stats import entropy as scipy_entropy

from ritornello.kinds.errors import BadValue
from ritornello.measures.diversity import (
    centred,
    effective_number,
    entropy,
    gs_scores,
    unit,
)


def planted(rng, n_listeners, n_items, *, around=1.0, n_factors=16):
    """Unit vectors of one taste a listener: normal around a direction, ``around`` long."""
    middle = unit(rng.normal(size=(n_listeners, n_factors)))[:, None, :] * around
    drawn = middle + rng.normal(size=(n_listeners, n_items, n_factors)) / np.sqrt(n_factors)
    return unit(drawn.reshape(-1, n_factors))


def own_items(n_listeners, n_items, weights=None):
    """Each listener's own block of columns."""
    n = n_listeners * n_items
    data = np.ones(n) if weights is None else weights
    return csr_matrix((data, np.arange(n), np.arange(0, n + 1, n_items)), shape=(n_listeners, n))


@pytest.mark.data
def test_gs_is_the_oracles_whose_formula_leaves_the_mean_unnormalised(shared: Path) -> None:
    folder = shared / "oracles" / "diversity"
    units = unit(np.loadtxt(folder / "item_embeddings.csv", delimiter=","))
    users = json.loads((folder / "reference.json").read_text())["definitions"][
        "gs_score_anderson2020"
    ]["users"]
    for each in users.values():
        weights = np.zeros((2, len(units)))
        weights[0, each["items"]], weights[1, each["items"]] = each["weights"], 1
        found = gs_scores(units, csr_matrix(weights)).gs ** 2  # cos would divide by its length
        assert found.tolist() == pytest.approx([each["gs_score"], each["unweighted"]], rel=1e-9)


@pytest.mark.data
def test_entropy_is_the_oracles(shared: Path) -> None:
    folder = shared / "oracles" / "diversity"
    with (folder / "recs.csv").open(newline="") as rows:
        counts = Counter(row["item_id"] for row in csv.DictReader(rows))
    found = np.array(list(counts.values()), dtype=float)
    bits = json.loads((folder / "reference.json").read_text())["definitions"][
        "shannon_entropy_bits_rec_counts"
    ]
    assert entropy(found) / np.log(2) == pytest.approx(bits, rel=1e-9)
    assert effective_number(found) == pytest.approx(2**bits, rel=1e-9)


def test_gs_is_the_mean_cosine_with_the_mean() -> None:
    rng = np.random.default_rng(1)
    units, weights = unit(rng.normal(size=(12, 5))), rng.integers(1, 9, 12)
    mean = np.average(units, axis=0, weights=weights)
    by_definition = np.average(units @ mean / np.linalg.norm(mean), weights=weights)
    assert gs_scores(units, csr_matrix(weights[None, :])).gs[0] == pytest.approx(by_definition)


def test_the_corrected_score_is_over_pairs_of_different_items() -> None:
    rng = np.random.default_rng(2)
    units, w = unit(rng.normal(size=(9, 4)) + 1), rng.integers(1, 9, 9).astype(float)
    pairs = np.outer(w, w) * (1 - np.eye(9))
    by_definition = (pairs * (units @ units.T)).sum() / pairs.sum()
    found = gs_scores(units, csr_matrix(w[None, :]))
    assert found.cosine[0] == pytest.approx(by_definition)
    assert found.corrected[0] == pytest.approx(np.sqrt(by_definition))


def test_the_interval_is_the_jackknifes() -> None:
    rng = np.random.default_rng(3)
    units, w = unit(rng.normal(size=(11, 4)) + 1), rng.integers(1, 9, 11).astype(float)
    left_out = [
        gs_scores(np.delete(units, j, 0), csr_matrix(np.delete(w, j)[None, :])).cosine[0]
        for j in range(11)
    ]
    error = np.sqrt(10 * np.var(left_out))
    found = gs_scores(units, csr_matrix(w[None, :]))
    assert found.high[0] == pytest.approx(np.sqrt(found.cosine[0] + 1.959964 * error))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_corrected_score_does_not_move_with_the_number_of_items(weighted) -> None:
    rng = np.random.default_rng(4)
    found = {}
    for n_items in (3, 10, 30, 200):
        units = planted(rng, 300, n_items)
        weights = rng.geometric(0.3, 300 * n_items).astype(float) if weighted else None
        found[n_items] = gs_scores(units, own_items(300, n_items, weights))
    truth = found[200].cosine.mean()
    for each in found.values():
        error = each.cosine.std() / np.sqrt(300)
        assert abs(each.cosine.mean() - truth) < 4 * error + 0.005
    assert found[3].gs.mean() - found[200].gs.mean() > 0.1
    assert abs(found[10].corrected.mean() - found[200].corrected.mean()) < 0.03


def test_its_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(5)
    truth = np.sqrt(gs_scores(planted(rng, 200, 200), own_items(200, 200)).cosine.mean())
    found = gs_scores(planted(rng, 1000, 40), own_items(1000, 40))
    assert 0.91 < ((found.low <= truth) & (truth <= found.high)).mean() < 0.99


def test_centring_takes_away_the_direction_all_vectors_share() -> None:
    rng = np.random.default_rng(6)
    wide = planted(rng, 1, 400, around=0.0)
    shifted = unit(wide + 1.0)
    everything = own_items(1, 400)
    assert gs_scores(shifted, everything).corrected[0] > 0.9
    assert gs_scores(centred(shifted), everything).corrected[0] < 0.1


def test_what_has_no_vector_does_not_count() -> None:
    units = np.vstack([np.eye(3), np.zeros((1, 3))])
    found = gs_scores(units, csr_matrix([[1.0, 1.0, 0.0, 9.0], [0.0, 0.0, 0.0, 2.0]]))
    assert found.n.tolist() == [2, 0]
    assert found.gs[0] == pytest.approx(np.sqrt(0.5))
    assert np.isnan(found.gs[1])
    assert not centred(units)[3].any()
    assert not centred(np.zeros((2, 3))).any()


@pytest.mark.parametrize("bad", [[[-1.0, 0.0]], [[np.nan, 1.0]], [[1.0, 1.0, 1.0]]])
def test_weights_that_cannot_be_meant_are_refused(bad) -> None:
    with pytest.raises(BadValue):
        gs_scores(np.eye(2), csr_matrix(bad))


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_scores_lie_between_nothing_and_one(weights, seed) -> None:
    units = unit(np.random.default_rng(seed).normal(size=(len(weights), 3)))
    found = gs_scores(units, csr_matrix([weights]))
    assert 0 <= found.gs[0] <= 1
    if len(weights) > 1:
        assert 0 <= found.low[0] <= found.corrected[0] <= found.high[0] <= 1


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_the_effective_number_lies_between_one_and_how_many_there_are(counts) -> None:
    found = effective_number(np.array(counts, dtype=float))
    assert 1 - 1e-9 <= found <= len(counts) + 1e-9
    assert effective_number(np.array(counts * 2, dtype=float)) == pytest.approx(2 * found)
    assert entropy(np.array([*counts, 0])) == pytest.approx(scipy_entropy(counts), abs=1e-12)


@pytest.mark.parametrize("bad", [[], [0.0], [1.0, -1.0], [np.inf, 1.0]])
def test_entropy_needs_counts(bad) -> None:
    with pytest.raises(BadValue):
        entropy(np.array(bad))
