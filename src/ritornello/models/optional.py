"""The scorers a home may ask for beside the usual ones, by name.

They are trained, weighed in the blend and kept like the others; none is needed for a bundle to answer.
The setting ``train_also`` names them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from ritornello.kinds.errors import UnknownName
from ritornello.models.interactions import Interactions
from ritornello.models.markov import MarkovConfig, train_markov
from ritornello.models.scorer import Scorer
from ritornello.models.sequence_rules import SequenceRulesConfig, train_sequence_rules
from ritornello.models.transitions import TransitionsConfig, train_transitions


class Optional(NamedTuple):
    """One of them: the constants it begins with, and how it is trained."""

    config: Any
    train: Callable[[Interactions, Any], Scorer]


OPTIONAL = {
    "markov": Optional(MarkovConfig(), train_markov),
    "sequence_rules": Optional(SequenceRulesConfig(), train_sequence_rules),
    "transitions": Optional(TransitionsConfig(n_targets=1_000), train_transitions),
}


def wanted(names: str) -> dict[str, Any]:
    """Return what each of some names, between blanks, begins with.

    Raises
    ------
    UnknownName : one that is none of ``OPTIONAL``.

    Examples
    --------
    >>> wanted("transitions markov")["markov"].max_gap_s is None
    True
    """
    for name in names.split():
        if name not in OPTIONAL:
            raise UnknownName.among("scorer to train also", name, OPTIONAL)
    return {name: OPTIONAL[name].config for name in sorted(set(names.split()))}
