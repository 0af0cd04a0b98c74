"""Beliefs told to a person: each in a line, or one arm by arm."""

from collections import defaultdict

import msgspec

from ritornello.kinds.errors import UnknownName
from ritornello.policies.beliefs import Beliefs
from ritornello.policies.lessons import MILLI


class BeliefTold(msgspec.Struct, frozen=True):
    """One belief: how many lessons it rests on, of how many arms and segments, and the success of all of them.

    ``success`` is successes by trials, ``None`` where nothing was tried; trials are whole where all was surely seen.
    """

    belief: str
    n_lessons: int
    n_arms: int
    n_segments: int
    n_trials: float
    success: float | None


class ArmTold(msgspec.Struct, frozen=True):
    """One arm in one segment; the same columns."""

    arm: str
    segment: str
    n_lessons: int
    n_trials: float
    success: float | None


class PoliciesTold(msgspec.Struct, frozen=True):
    """What is believed now, by surface.

    ``version`` is a kept one after a roll-back, else ``live@`` and a number that grows; ``trouble`` says why what was to
    be served cannot be.
    """

    version: str
    taught_by: str
    n_lessons: int
    surfaces: dict[str, list[BeliefTold]]
    trouble: str | None = None


def all_of(beliefs: Beliefs) -> list[BeliefTold]:
    """Return every belief, by name."""
    return [_told(beliefs, belief) for belief in sorted(beliefs.sums)]


def arms_of(beliefs: Beliefs, belief: str) -> list[ArmTold]:
    """Return the arms of a belief, segment by segment, the most tried first.

    Raises
    ------
    UnknownName : nothing was learned of it.
    """
    if belief not in beliefs.sums:
        raise UnknownName.among("belief", belief, beliefs.sums)
    rows = sorted(beliefs.sums[belief].items(), key=lambda row: (-row[1][2], row[0]))
    return [
        ArmTold(arm, segment, n, trials / MILLI, successes / trials)
        for (segment, arm), (n, successes, trials) in rows
    ]


def by_surface(beliefs: Beliefs, trouble: str | None = None) -> PoliciesTold:
    """Return what is believed of each surface."""
    surfaces: dict[str, list[BeliefTold]] = defaultdict(list)
    for told in all_of(beliefs):
        surfaces[told.belief.partition("/")[0].partition(":")[0]].append(told)
    n_lessons = sum(map(beliefs.n_lessons, beliefs.sums))
    return PoliciesTold(beliefs.version, beliefs.taught_by, n_lessons, dict(surfaces), trouble)


def _told(beliefs: Beliefs, belief: str) -> BeliefTold:
    cells = beliefs.sums[belief]
    n_lessons, n_success, n_trial = (sum(column) for column in zip(*cells.values(), strict=True))
    segments, arms = ({names[i] for names in cells} for i in range(2))
    return BeliefTold(
        belief, n_lessons, len(arms), len(segments), n_trial / MILLI, n_success / n_trial
    )
