"""Names as they are typed: what is left standing, what it took, and one slip at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rapidfuzz.distance import OSA

from ritornello.evaluate import typing
from ritornello.kinds.errors import BadValue

NAMES = st.text(alphabet="abc d7éЯ東", min_size=1, max_size=12).map(str.strip).filter(bool)
WORDS = st.lists(st.sampled_from(["the", "moment", "of", "rain", "é"]), min_size=1, max_size=5)
SEEDS = st.integers(0, 2**32).map(np.random.default_rng)
CAREFUL = replace(typing.stated().rates, p_slip=0.3, p_noticed=1.0)
SURE = replace(CAREFUL, p_slip=0.0, p_hesitation=0.0)


@given(NAMES, SEEDS)
def test_who_notices_every_slip_ends_with_the_name(name, rng):
    boxes = typing.typed(name, rng, CAREFUL)
    assert boxes[-1].text == name
    keys = [box.n_keys for box in boxes]
    assert keys == sorted(set(keys))
    assert keys[-1] >= len(name)
    assert all(len(box.text) <= box.n_keys for box in boxes)


@given(NAMES, SEEDS)
def test_who_never_slips_types_prefixes(name, rng):
    boxes = typing.typed(name, rng, SURE)
    assert all(name.startswith(box.text) and box.n_keys == len(box.text) for box in boxes)
    every = {box.text for box in typing.letters(name)}
    assert {box.text for box in boxes} <= every
    assert typing.typed(name, rng, replace(SURE, p_burst=0.0)) == typing.letters(name)


@given(NAMES, SEEDS, st.sampled_from(["wrong", "missing", "added", "exchanged", None]))
def test_a_slip_is_one_edit_away_and_never_none(name, rng, kind):
    if not any(sign.isalnum() for sign in name):
        with pytest.raises(BadValue, match="no letter"):
            typing.slip(name, rng, kind)
    else:
        assert OSA.distance(name, typing.slip(name, rng, kind)) == 1


def test_slips_come_in_the_stated_proportions_and_mostly_from_next_door():
    rng, kinds = np.random.default_rng(7), []
    for _ in range(4000):
        found = typing.slip("abcdef", rng)
        changed = [new for old, new in zip("abcdef", found, strict=False) if old != new]
        is_wrong = len(found) == 6 and len(changed) == 1
        kinds.append(is_wrong)
    near = sum(typing.slip("g", rng, "wrong") in "fhtyvb" for _ in range(4000)) / 4000
    rates = typing.stated().rates
    assert np.mean(kinds) == pytest.approx(rates.kinds["wrong"], abs=0.03)
    assert near == pytest.approx(rates.p_neighbour + (1 - rates.p_neighbour) * 6 / 25, abs=0.03)


def test_neighbours_are_those_beside_above_and_below():
    near = typing.stated().keyboard.neighbours()
    assert set(near["g"]) == set("fhtyvb")
    assert set(near["a"]) == set("qwsz")
    assert all(key in near[other] for key, others in near.items() for other in others)


@given(WORDS, SEEDS)
def test_something_is_forgotten_and_something_stays(words, rng):
    left = typing.half_remembered(" ".join(words), rng).split()
    assert 1 <= len(left) <= max(len(words) - 1, 1)
    rest = iter(words)
    assert all(word in rest for word in left)


def test_the_same_seed_types_the_same():
    first, again = (typing.typed("the moment", np.random.default_rng(3)) for _ in range(2))
    assert first == again


def test_kinds_of_slips_share_all_of_them():
    assert sum(typing.stated().rates.kinds.values()) == pytest.approx(1)
