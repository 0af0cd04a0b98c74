"""Every objective keeps every promise, alone and beside others."""

import msgspec
import numpy as np
import pytest

from ritornello.policies.objectives import Objective, parse
from ritornello.testing.objectives import CHECKS

TEXTS = [
    "calibrated(strength=2.0)",
    "calibrated(strength=100)",
    "balanced(discovery=1.0,artists=0.5,boost=2.0)",
    "balanced(discovery=0.3)",
    "sequenced(arc=wave,strength=1.0,spacing=2,length=6)",
    "sequenced(arc=0.1/0.9,strength=100,spacing=0,length=4)",
    "sequenced(arc=fall,strength=0,spacing=5)",
    "calibrated+balanced(discovery=1,artists=1,boost=1)+sequenced(arc=rise,length=5)",
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("text", TEXTS)
def test_objective_keeps(text, check):
    check(parse(text))


class Remembering(msgspec.Struct, frozen=True):
    """An objective that counts how often it was asked."""

    @property
    def reads(self):
        return ()

    def gain(self, traits):
        asked = []

        def gains(chosen):
            asked.append(len(chosen))
            return np.arange(len(traits.values)) * len(asked) / 10

        return gains


class Ruling(msgspec.Struct, frozen=True):
    """An objective that rules a row out."""

    @property
    def reads(self):
        return ()

    def gain(self, traits):
        return lambda _: np.where(np.arange(len(traits.values)) == 2, np.nan, 0.0)


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (Remembering(), {"says_the_same_again", "does_not_mind_the_order_of_rows"}),
        (Ruling(), {"leaves_full_support"}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_the_kit_catches_a_broken_objective(part, wanted):
    caught = set()
    for check in CHECKS[1:]:
        try:
            check(Objective((part,)))
        except (AssertionError, ValueError, LookupError):
            caught.add(check.__name__)
    assert wanted <= caught
