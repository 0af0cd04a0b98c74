"""Utterances come back as the stated rates say, and the same seed hears the same."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.evaluate.mishearing import Recogniser
from ritornello.evaluate.sounding import stated
from ritornello.kinds.errors import BadValue, UnknownName

RECOGNISER = Recogniser({"moonlight": 3, "harbour": 9})
NAMES = ("Moonlight Harbour", "The Quiet Machines", "Blink-182", "P!nk", "Sigur Rós")


def heard(n: int, seed: int = 1, **around):
    rng = np.random.default_rng(seed)
    return [RECOGNISER.hear(NAMES[place % len(NAMES)], rng, **around) for place in range(n)]


def test_the_same_seed_hears_the_same():
    assert heard(20) == heard(20) != heard(20, seed=2)


def test_what_was_said_stands_where_the_rates_say():
    rates = stated().rates
    ranks = np.array([each.rank for each in heard(500)])
    assert (ranks == 1).mean() == pytest.approx(rates.p_first, abs=0.06)
    assert (ranks > 1).mean() == pytest.approx(rates.p_later, abs=0.06)
    assert (ranks == 0).mean() == pytest.approx(1 - rates.p_first - rates.p_later, abs=0.06)


@given(st.text(min_size=1, max_size=40), st.integers(0, 2**32))
def test_every_name_is_heard_as_one_to_five_different_hypotheses(name, seed):
    rng = np.random.default_rng(seed)
    try:
        one = RECOGNISER.hear(name, rng, kind="track", maker="The Quiet Machines")
    except BadValue:
        return
    texts = [each.text for each in one.alternatives]
    assert 1 <= len(texts) == len(set(texts)) <= 5
    assert (texts.index(one.said) + 1 if one.said in texts else 0) == one.rank
    log_p = [each.log_p for each in one.alternatives]
    assert log_p == sorted(log_p, reverse=True)
    assert sum(map(math.exp, log_p)) == pytest.approx(1, abs=1e-3)
    assert one.name in one.said


def test_a_lattice_spells_every_hypothesis():
    for each in heard(50, kind="artist"):
        lattice = each.as_lattice
        paths = {(): [(lattice["start"], ())]}[()]
        spelt = {}
        while paths:
            state, words = paths.pop()
            for arc in lattice["arcs"]:
                if arc["from"] == state:
                    further = (*words, arc["word"])
                    paths.append((arc["to"], further))
                    if arc["to"] == lattice["end"]:
                        spelt[" ".join(further)] = arc["score"]
        assert spelt == {a.text: a.log_p for a in each.alternatives}


def test_by_whom_is_said_only_where_it_is_known():
    said = {each.said for each in heard(80, kind="track", maker="Harbour Lights")}
    assert any(text.endswith("harbour lights") for text in said)
    assert not any("{maker}" in each.said for each in heard(80, kind="track"))


def test_refuses_what_cannot_be_spoken_and_a_kind_nobody_asks_for():
    rng = np.random.default_rng(1)
    with pytest.raises(BadValue, match="nothing of"):
        RECOGNISER.hear("!!!", rng)
    with pytest.raises(UnknownName, match="kind"):
        RECOGNISER.hear("Moonlight", rng, kind="playlist")
