"""How near names come: the order of ways to be near, and distances against a peer."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from ritornello.surfaces.search.closeness import BEGINS, OTHER_FORM, SLIP_COST, SLIPPED, closeness
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.sought import Sought, n_slips

NAME = st.text("abcdef ", min_size=1, max_size=24).map(lambda t: " ".join(t.split())).filter(bool)


def near(text, *names, credit="", words="", is_prefix=False):
    row = Row("track:a", credit, words, list(names))
    return float(closeness(Sought(text, is_prefix=is_prefix), [row], lambda _: 1.0)[0])


def test_nothing_is_near_where_there_is_nothing():
    assert closeness(Sought("love"), [], lambda _: 1.0).shape == (0,)


@pytest.mark.parametrize("is_prefix", [True, False])
def test_ways_to_be_near_in_their_order(is_prefix):
    ways = [
        near("love song", "love song", is_prefix=is_prefix),
        near("love song", "love song live", "love song", is_prefix=is_prefix),
        near("love song", "love somg", is_prefix=is_prefix),
        near("love song", "song love", is_prefix=is_prefix),
        near("love song", "love", credit="song", is_prefix=is_prefix),
        near("love song", "love", words="song", is_prefix=is_prefix),
        near("love song", "love me", is_prefix=is_prefix),
        near("love song", "other", is_prefix=is_prefix),
    ]
    assert ways[0] == 1.0
    assert ways[1] == OTHER_FORM
    assert all(nearer > farther for nearer, farther in pairwise(ways))
    assert ways[-1] < 0.2


def test_while_typing_a_name_that_begins_so_is_near():
    assert near("love s", "love song", is_prefix=True) == BEGINS
    assert near("lvoe s", "love song", is_prefix=True) > 0.6
    assert near("love s", "love song", is_prefix=False) < 0.75


def test_however_words_are_split_the_name_is_as_typed():
    assert near("some body", "somebody") == near("somebody", "some body") == 1.0


def test_a_word_more_is_worth_less_than_none():
    assert near("love song", "love song") > near("love song baby", "love song") > 0.5


def test_rare_words_weigh_more():
    rows = [Row("track:a", "", "", ["the cat"]), Row("track:b", "", "", ["a zebra"])]
    rarity = {"the": 0.1, "zebra": 0.999}
    found = closeness(Sought("the zebra"), rows, lambda word: rarity[word])
    assert found[1] > found[0]


@settings(max_examples=60)
@given(NAME, NAME)
def test_a_slipped_name_loses_for_each_slip_what_is_stated(text, name):
    whole, other = text.replace(" ", ""), name.replace(" ", "")
    slips = OSA.distance(whole, other)
    cost = SLIP_COST if slips <= n_slips(whole) else 1.0
    wanted = SLIPPED * (1 - cost * slips / max(len(whole), len(other))) if slips else 1.0
    assert near(text, name) >= wanted - 1e-9


@settings(max_examples=60)
@given(NAME, st.lists(NAME, min_size=1, max_size=6), st.booleans())
def test_nearness_is_between_0_and_1_and_of_each_row_alone(text, names, is_prefix):
    rows = [Row("track:a", "", "", [name]) for name in names]
    together = closeness(Sought(text, is_prefix=is_prefix), rows, lambda _: 0.5)
    assert ((together >= 0) & (together <= 1)).all()
    alone = [closeness(Sought(text, is_prefix=is_prefix), [row], lambda _: 0.5)[0] for row in rows]
    np.testing.assert_allclose(together, alone)


def test_another_number_is_another_thing_and_no_slip():
    text = "trakc 3333"
    assert near(text, "track 3333") > near(text, "track 3383") + 0.05
    assert near("part two", "part too") > near("part 2", "part 3")
