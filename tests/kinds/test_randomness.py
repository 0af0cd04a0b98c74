"""Derived generators: equal for equal reasons, unrelated otherwise, the same on every machine."""

import numpy as np
import pytest

from ritornello.kinds.randomness import derive


def test_the_same_reason_gives_the_same_numbers():
    assert np.array_equal(
        derive(7, "ada", "home").random(100), derive(7, "ada", "home").random(100)
    )


def test_the_numbers_are_the_same_on_every_machine():
    assert derive(7, "ada", "home").integers(0, 1000, 4).tolist() == [730, 84, 592, 286]


@pytest.mark.parametrize(
    ("seed", "about"),
    [
        (8, ("ada", "home")),
        (7, ("ada", "hom", "e")),
        (7, ("home", "ada")),
        (7, ("ada", "home", "")),
    ],
)
def test_another_reason_gives_unrelated_numbers(seed, about):
    one, other = derive(7, "ada", "home").random(4000), derive(seed, *about).random(4000)
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(4000)


def test_first_draws_of_many_listeners_are_uniform():
    first = np.array([derive(7, f"listener-{i}", "home").random() for i in range(4000)])
    observed, _ = np.histogram(first, bins=20, range=(0, 1))
    chi2 = ((observed - 200) ** 2 / 200).sum()
    assert chi2 < 43.8  # 0.999 quantile of chi-squared with 19 degrees of freedom
