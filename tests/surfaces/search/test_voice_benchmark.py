"""The benchmark of voice in small: the same code, a catalogue of a few hundred names, what it must find there."""

import numpy as np
import pytest

from ritornello.store.home import Home
from search_voice import fill, fitted, indexed, measure, spoken, strangers


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("voice") / "home").create()
    catalogue = fill(home, 600, 60)
    return indexed(home), catalogue


@pytest.mark.slow
def test_voice_finds_what_the_best_hypothesis_lost(small):
    index, catalogue = small
    found = measure(index, spoken(catalogue, 90, 1))
    assert (
        found["voice"]["all"]["mrr"] > found["sounds"]["all"]["mrr"] > found["text"]["all"]["mrr"]
    )
    assert found["voice"]["misheard"]["ratio"][1] > 1.1
    assert found["lattice"]["all"]["mrr"] == pytest.approx(found["voice"]["all"]["mrr"], abs=0.01)
    assert found["confidence"]["act"]["right"] > 0.85


@pytest.mark.slow
def test_what_is_not_there_makes_unsure(small):
    index, catalogue = small
    assert all(not each.meant for each in strangers(5, 1))
    a, b, c = fitted([(index, spoken(catalogue, 50, 2))])
    assert np.isfinite(a)
    assert b > 0
    assert c > 0
