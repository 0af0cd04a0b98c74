"""A log whose columns do not fit, or that nothing can be weighed by, is refused by name."""

import numpy as np
import pytest

from ritornello.evaluate.logs import Shortlist
from ritornello.kinds.errors import BadPropensity, BadValue
from tests.evaluate.rounds import rounds


@pytest.mark.parametrize("p", [0.0, -0.1, 1.5, np.nan, np.inf])
def test_a_propensity_nothing_can_be_weighed_by_is_named(p):
    with pytest.raises(BadPropensity, match=r"round 2 of rounds has propensity .* \(1 are not\)"):
        rounds(n=4, propensity=[0.5, 1.0, p, 0.1])


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("reward", [0, 1, 2.0, 0], "round 2 of rounds has reward"),
        ("reward", [0, 1, np.nan, 0], "has reward nan"),
        ("listener", [0, 1, 2], "listener has 3 rounds"),
        ("context", np.empty((3, 1)), "context has 3 rounds"),
        ("row", [0, 1, 2, 4], "outside their shortlists"),
        ("row", [0, -1, 2, 3], "outside their shortlists"),
        ("shortlist", [0, 0, 1, 0], "out of order"),
        ("shortlist", [0, 0, 0, 1], "outside their shortlists"),
    ],
)
def test_columns_that_do_not_fit_are_named(column, value, message):
    with pytest.raises(BadValue, match=message):
        rounds(n=4, **{column: value})


def test_rounds_of_shortlists_and_their_actions():
    both = (Shortlist(np.array([2, 0])), Shortlist(np.array([3, 1, 0])))
    log = rounds(n=4, shortlists=both, shortlist=[0, 0, 0, 1], row=[0, 1, 0, 2])
    assert (log.rounds(0), log.rounds(1)) == (slice(0, 3), slice(3, 4))
    assert log.action.tolist() == [2, 0, 2, 0]
    assert (len(log), log.n_listeners) == (4, 4)
