"""Marginals of places: exact where sets can be gone through, near it where they are drawn."""

import msgspec
import numpy as np
import pytest

from ritornello.evaluate import slate_marginals
from ritornello.evaluate.slates import WholeSlates
from ritornello.evaluate.targets import parse
from ritornello.kinds.errors import BadValue
from tests.evaluate.slate_logs import N_PLACES, log_of, marginal

LOGGING = "plackett_luce(budget=0.6)"
TARGET = "plackett_luce(budget=0.2)"


def known(whole):
    """The logs of ratios by going through all slates."""
    ratio = np.log(marginal(TARGET) / marginal(LOGGING))
    return ratio[whole.log.place, whole.log.row].reshape(-1, N_PLACES)


def test_counts_through_all_that_could_stand_above():
    whole = WholeSlates.of(log_of(12, LOGGING, np.random.default_rng(0)))
    found = slate_marginals.of(whole, parse(TARGET), np.random.default_rng(1))
    assert found.log_ratio == pytest.approx(known(whole))
    assert found.n_estimated == 0


def test_draws_where_there_are_too_many(monkeypatch):
    """Within four of its stated errors, and 160 draws halve those of 40."""
    monkeypatch.setattr(slate_marginals, "MOST_SETS", 3)
    whole = WholeSlates.of(log_of(3, LOGGING, np.random.default_rng(2)))
    few, many = (
        slate_marginals.of(whole, parse(TARGET), np.random.default_rng(3), n_draws=n)
        for n in (40, 160)
    )
    below = np.s_[:, 1:]
    assert few.n_estimated == whole.there[below].sum()
    gap = np.abs(np.expm1(many.log_ratio - known(whole)))[below]
    assert (gap < 4 * many.relative_error[below] + 0.01).all()
    shrunk = many.relative_error[below].mean() / few.relative_error[below].mean()
    assert shrunk == pytest.approx(0.5, abs=0.15)


def test_a_greedy_target_has_one_slate():
    whole = WholeSlates.of(log_of(12, LOGGING, np.random.default_rng(4)))
    found = slate_marginals.of(whole, parse("greedy"), np.random.default_rng(5))
    shown = whole.grid(whole.log.row.astype(float)) == np.arange(N_PLACES)
    assert np.isfinite(found.log_ratio).tolist() == shown.tolist()


def test_needs_to_know_which_policy_drew():
    log = log_of(2, LOGGING, np.random.default_rng(6))
    nameless = tuple(msgspec.structs.replace(each, policy="") for each in log.shortlists)
    whole = WholeSlates.of(msgspec.structs.replace(log, shortlists=nameless))
    with pytest.raises(BadValue, match="does not say which policy drew"):
        slate_marginals.of(whole, parse("uniform"), np.random.default_rng(7))
