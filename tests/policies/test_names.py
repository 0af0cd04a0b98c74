import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.greedy import Greedy
from ritornello.policies.names import parse
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.thompson import Thompson


@given(st.floats(0, 1), st.floats(1e-6, 1e6), st.floats(1e-9, 0.99), st.integers(1, 200))
def test_every_policy_survives_its_own_text(budget, temperature, floor, places):
    for policy in (PlackettLuce(budget, temperature, floor), Thompson(budget, floor, places)):
        assert parse(str(policy)) == policy


def test_parameters_left_out_take_their_defaults():
    assert parse("plackett_luce") == PlackettLuce()
    assert parse(" plackett_luce( temperature = 2 ) ") == PlackettLuce(temperature=2.0)
    assert parse("greedy") == Greedy()


@pytest.mark.parametrize(
    "text",
    ["", "greedy(", "plackett_luce(budget=lots)", "3", "a b", "thompson(places=1.5)",
     "thompson(budget=0.1,budget=0.2)", "thompson(floor=0)"],
)  # fmt: skip
def test_texts_of_another_form_are_refused(text):
    with pytest.raises(BadValue):
        parse(text)


def test_unknown_names_get_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'plackett_luce'"):
        parse("placket_luce")
    with pytest.raises(UnknownName, match="did you mean 'budget'"):
        parse("plackett_luce(buget=0.1)")
    with pytest.raises(UnknownName, match="no parameter of greedy"):
        parse("greedy(budget=0.1)")


@given(st.text(max_size=40))
def test_any_text_is_a_policy_or_a_named_refusal(text):
    with contextlib.suppress(BadValue, UnknownName):
        assert parse(text) in (Greedy(), PlackettLuce(), Thompson())
