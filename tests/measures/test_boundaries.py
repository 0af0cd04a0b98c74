"""Boundaries: the figures of NLTK 3 for its own examples, and a count window by window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.measures.boundaries import half_a_part, p_k, window_diff

A, B, C = "000100000010", "000010000100", "100000010000"
GAPS = st.lists(st.booleans(), min_size=6, max_size=40)


def gaps(text):
    return np.array([each == "1" for each in text])


@pytest.mark.parametrize(
    ("measure", "one", "other", "k", "expected"),
    [
        (window_diff, A, B, 3, 0.3),
        (window_diff, B, C, 3, 0.8),
        (window_diff, A, A, 3, 0.0),
        (p_k, A, B, 3, 0.3),
        (p_k, "0100" * 10, "1" * 40, 2, 0.48717948717948717),
        (p_k, "0100" * 10, "0" * 40, 2, 0.5128205128205128),
    ],
)
def test_the_figures_are_those_of_nltk(measure, one, other, k, expected):
    assert measure(gaps(one), gaps(other), k) == pytest.approx(expected, abs=1e-12)


@given(GAPS, st.integers(1, 6), st.randoms())
def test_both_are_counts_window_by_window(one, k, chance):
    other = [chance.random() < 0.3 for _ in one]
    windows = [(sum(one[i : i + k]), sum(other[i : i + k])) for i in range(len(one) - k + 1)]
    expected = sum(a != b for a, b in windows) / len(windows)
    assert window_diff(np.array(one), np.array(other), k) == pytest.approx(expected)
    expected = sum((a > 0) != (b > 0) for a, b in windows) / len(windows)
    assert p_k(np.array(one), np.array(other), k) == pytest.approx(expected)


def test_the_window_is_half_a_part():
    assert half_a_part(gaps(A)) == 2
    assert half_a_part(gaps("0")) == 1
