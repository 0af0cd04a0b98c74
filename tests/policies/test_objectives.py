import contextlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.balanced import Balanced
from ritornello.policies.calibrated import Calibrated
from ritornello.policies.objectives import Objective, parse
from ritornello.policies.sequenced import Sequenced
from ritornello.policies.traits import Traits
from ritornello.testing.objectives import NAMES, TARGET, VALUES

STRENGTH = st.floats(0, 100)
PARTS = st.tuples(
    st.builds(Calibrated, STRENGTH),
    st.builds(Balanced, STRENGTH, STRENGTH, STRENGTH),
    st.builds(
        Sequenced,
        st.sampled_from(["flat", "rise", "fall", "wave", "0.1/0.9", "1e-05/1"]),
        STRENGTH,
        st.integers(0, 100),
        st.integers(1, 1000),
    ),
)


@given(PARTS, st.integers(1, 3))
def test_every_objective_survives_its_own_text(parts, n):
    objective = Objective(parts[:n])
    assert parse(str(objective)) == objective


def test_several_at_once_multiply():
    traits = Traits.of(NAMES, VALUES, TARGET)
    texts = ("calibrated(strength=2)", "balanced(discovery=1)", "sequenced(arc=rise)")
    for chosen in ([], [2], [4, 0, 3]):
        alone = np.prod([parse(text).tilt(traits)(chosen) for text in texts], axis=0)
        together = parse(" + ".join(texts)).tilt(traits)(chosen)
        np.testing.assert_allclose(together, alone / alone.max(), rtol=1e-8)


class Rounding(msgspec.Struct, frozen=True):
    """An objective whose two equal gains were rounded differently, as another machine might."""

    reads: tuple[str, ...] = ()

    def gain(self, traits):
        return lambda _: np.array([0.1 + 0.2, 0.3, 0.0])


def test_equal_gains_are_equal_whatever_their_rounding():
    factors = Objective((Rounding(),)).tilt(Traits.of((), np.empty((3, 0))))([])
    assert factors[0] == factors[1] > factors[2]


def test_what_is_read_is_named_once():
    objective = parse("calibrated+balanced(discovery=1,artists=1)+sequenced")
    assert objective.reads == ("genre:", "new", "artist", "energy")


def test_objectives_pulling_with_all_strength_leave_a_chance():
    text = "calibrated(strength=100)+balanced(100,0)".replace(
        "(100,0)", "(discovery=100,boost=100)"
    )
    values = VALUES.copy()
    values[3, 5] = 1e6
    factors = parse(text).tilt(Traits.of(NAMES, values, TARGET))([])
    assert (factors > 0).all()
    assert factors.max() == 1.0


@pytest.mark.parametrize("text", ["", "calibrated(", "calibrated++balanced", "calibrated balanced"])
def test_texts_of_another_form_are_refused(text):
    with pytest.raises(BadValue, match="names no objective"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("calibratd", "did you mean 'calibrated'"),
        ("balanced(discover=1)", "did you mean 'discovery'"),
        ("sequenced(arc=rize)", "did you mean 'rise'"),
    ],
)
def test_unknown_names_get_a_suggestion(text, said):
    with pytest.raises(UnknownName, match=said):
        parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("calibrated+calibrated(strength=2)", "twice"),
        ("calibrated(strength=much)", "strength of calibrated must be a number, not 'much'"),
        ("sequenced(spacing=1.5)", "spacing of sequenced must be a whole number, not '1.5'"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(text, said):
    with pytest.raises(BadValue, match=said):
        parse(text)


@given(st.text(alphabet="abcdlirtens+(=),0.1 ", max_size=40))
def test_any_text_is_an_objective_or_a_named_refusal(text):
    with contextlib.suppress(BadValue, UnknownName):
        assert parse(str(parse(text))) == parse(text)
