"""What a list is to be as a whole, as text and as the tilt that makes a draw go there.

An objective multiplies every candidate's weight, at each slot, by a factor that depends on what was
chosen before. It reads logged traits alone, so a replay finds the same factors. Texts with ``+``
mean several at once: their factors multiply. Use few: each one more makes the list less about what
fits.

Strengths add to the logs of weights, so they all have one unit and can be held against each other and
against the scores: one standard deviation of the shortlist's scores for ``greedy`` and at temperature 1.
At temperature 0.5 a strength of 2 is that much; for ``thompson`` 1 is a factor e on a share of places.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.balanced import Balanced
from ritornello.policies.calibrated import Calibrated
from ritornello.policies.choice import FloatArray, Tilt
from ritornello.policies.names import apart, built
from ritornello.policies.sequenced import Sequenced
from ritornello.policies.traits import Traits

Part = Balanced | Calibrated | Sequenced

_KINDS: dict[str, type[Part]] = {
    "balanced": Balanced,
    "calibrated": Calibrated,
    "sequenced": Sequenced,
}
_BETWEEN = re.compile(r"\+(?![^(]*\))")
_LEAST_LOG = -300.0
_DIGITS = 9


class Objective(msgspec.Struct, frozen=True):
    """One or several ends of a list; ``str(objective)`` is its canonical text."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "+".join(map(str, self.parts))

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the traits it reads, each once; ``genre:`` means all that begin like this."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.reads))

    def without_boosts(self) -> "Objective | None":
        """Return what is left where no editor lifts anything; ``None`` where that is nothing."""
        parts = tuple(
            msgspec.structs.replace(part, boost=0.0) if isinstance(part, Balanced) else part
            for part in self.parts
        )
        left = tuple(part for part in parts if part.reads)
        return Objective(left) if left else None

    @property
    def boost(self) -> float:
        """How much the first unit of an editor's boost adds to the log of a weight."""
        return sum(part.boost for part in self.parts if isinstance(part, Balanced))

    def tilt(self, traits: Traits) -> Tilt:
        """Return the factors of a shortlist's rows, given those chosen; the largest is 1.

        Their logs are rounded to 9 digits: what is equal but for the rounding of a machine is equal on
        every machine, so that a replay elsewhere sees the same ties.

        Raises
        ------
        BadValue : a trait that is read is absent or cannot be meant.
        """
        gains = [part.gain(traits) for part in self.parts]

        def factors(chosen: Sequence[int]) -> FloatArray:
            rows = np.asarray(chosen, dtype=np.int64)
            logs = np.round(sum((gain(rows) for gain in gains[1:]), gains[0](rows)), _DIGITS)
            found: FloatArray = np.exp(np.maximum(logs - logs.max(initial=-np.inf), _LEAST_LOG))
            return found

        return factors


@lru_cache(maxsize=1024)
def parse(text: str) -> Objective:
    """Return the objective a text names; left-out parameters take their defaults.

    Raises
    ------
    UnknownName : an objective, a parameter or an arc nobody defined.
    BadValue : a text of another form, an objective named twice, or a parameter out of range.

    Examples
    --------
    >>> str(parse("calibrated+balanced(discovery=0.5)"))
    'calibrated(strength=1.0)+balanced(discovery=0.5,artists=0.0,boost=0.0)'
    """
    objective = Objective(tuple(_part(each) for each in _BETWEEN.split(text)))
    if len({type(part) for part in objective.parts}) < len(objective.parts):
        raise BadValue(f"{text!r} names an objective twice; give it one strength")
    return objective


def _part(text: str) -> Part:
    name, parameters = apart(text, "objective", "calibrated(strength=1.0)")
    if name not in _KINDS:
        raise UnknownName.among("objective", name, _KINDS)
    return built(_KINDS[name], name, parameters)
