"""AUC and log loss: by counting pairs, and against scikit-learn's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.discrimination import auc, log_loss

CASES = st.lists(
    st.tuples(st.integers(0, 5), st.booleans(), st.integers(1, 3)), min_size=2, max_size=30
).filter(lambda rows: len({label for _, label, _ in rows}) == 2)


@given(CASES)
def test_auc_is_the_share_of_pairs_in_order(rows):
    scores, labels, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    pairs = [
        (weights[i] * weights[j], (scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]))
        for i in np.flatnonzero(labels == 1)
        for j in np.flatnonzero(labels == 0)
    ]
    expected = sum(w * above for w, above in pairs) / sum(w for w, _ in pairs)
    assert auc(scores, labels, weights) == pytest.approx(expected, abs=1e-12)


AUC, AUC_W = 0.7825277977044477, 0.7902818055193419
LOSS, LOSS_W = 0.5569372994757662, 0.5474602316517181


def made():
    """The rows of the oracle: 300 forecasts in steps of 0.05, labels that follow them, weights."""
    rng = np.random.default_rng(42)
    p = (rng.integers(1, 20, 300) / 20).astype(float)
    y = (rng.random(300) < p**1.3).astype(float)
    return p, y, rng.uniform(0.5, 2.0, 300)


def test_numbers_of_scikit_learn():
    """roc_auc_score(y, p[, sample_weight=w]), log_loss(y, p[, sample_weight=w]); scikit-learn 1.9.1."""
    p, y, w = made()
    assert auc(p, y) == pytest.approx(AUC, abs=1e-12)
    assert auc(p, y, w) == pytest.approx(AUC_W, abs=1e-12)
    assert log_loss(p, y) == pytest.approx(LOSS, abs=1e-12)
    assert log_loss(p, y, w) == pytest.approx(LOSS_W, abs=1e-12)


def test_labels_all_alike_have_no_auc():
    assert np.isnan(auc([0.2, 0.7], [1, 1]))


@pytest.mark.parametrize(
    ("scores", "labels", "weights"),
    [([], [], None), ([0.1], [0, 1], None), ([np.nan, 1], [0, 1], None), ([0.1, 1], [0, 2], None),
     ([0.1, 1], [0, 1], [1, -1]), ([0.1, 1], [0, 1], [0, 0])],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(scores, labels, weights):
    with pytest.raises(BadValue):
        auc(scores, labels, weights)
