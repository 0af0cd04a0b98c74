"""Rounds of a log: what was chosen from what, with which probability, and what came of it; as arrays.

A round is one slot that chance filled, given what stood before it on its shelf. Rounds come from our own decision log
(``home_log``) or from another's (``open_bandit``); estimators ask nothing else.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadPropensity, BadValue
from ritornello.policies.traits import Traits

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Shortlist(msgspec.Struct, frozen=True, eq=False):
    """What could have been chosen, and all that a policy may know of it.

    Attributes
    ----------
    actions : (k,) numbers into ``Log.actions``, each once.
    weights : (k,) sampling weights as logged; empty where nobody knows.
    drawn : rows in the order they were drawn, where each draw leaves the next without it; empty where rounds do not
        depend on one another.
    policy, objective, traits : what drew, as the shelf says it; empty where nobody knows.
    listener_id, shelf : whom and where it was for.
    """

    actions: IntArray
    weights: FloatArray = msgspec.field(default_factory=lambda: np.empty(0))
    drawn: IntArray = msgspec.field(default_factory=lambda: np.empty(0, np.int64))
    policy: str = ""
    objective: str = ""
    traits: Traits | None = None
    listener_id: str = ""
    shelf: str = ""

    def __len__(self) -> int:
        return len(self.actions)


class Log(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Rounds as columns of length n; those of a shortlist stand next to each other, in the order of the draw.

    Attributes
    ----------
    name : where it was read, for the recipe.
    actions : what can be shown at all, by number.
    shortlists : one or many rounds each; ``shortlist`` (n,) never falls.
    row : (n,) which of its shortlist was chosen; ``place`` how many were drawn before it; ``position`` where it stood.
    propensity : (n,) probability of that choice given what stood before, in (0, 1].
    reward : (n,) what came of it, within ``reward_range``.
    decision, listener : (n,) numbers from 0; whose rounds belong together. ``n_listeners`` counts the latter.
    context : (n, n_features) what was known when it was chosen; ``features`` are its names.
    replayed : (n,) the propensity recomputed from the log alone, nan where it cannot be; none where nobody can.
    left_out : how many rounds are not here, by why.
    """

    name: str
    actions: tuple[str, ...]
    shortlists: tuple[Shortlist, ...]
    shortlist: IntArray
    row: IntArray
    place: IntArray
    position: IntArray
    propensity: FloatArray
    reward: FloatArray
    decision: IntArray
    listener: IntArray
    context: FloatArray
    features: tuple[str, ...] = ()
    reward_range: tuple[float, float] = (0.0, 1.0)
    replayed: FloatArray | None = None
    left_out: dict[str, int] = {}
    warnings: tuple[Warned, ...] = ()

    def __len__(self) -> int:
        return len(self.row)

    @property
    def n_listeners(self) -> int:
        """How many listeners the rounds are of."""
        return int(self.listener.max(initial=-1)) + 1

    @property
    def action(self) -> IntArray:
        """The number of each chosen action, (n,)."""
        if len(self.shortlists) == 1:
            return self.shortlists[0].actions[self.row]
        starts = np.cumsum([0, *map(len, self.shortlists)])[:-1]
        every = np.concatenate([each.actions for each in self.shortlists] or [self.row])
        return np.asarray(every[starts[self.shortlist] + self.row])

    def rounds(self, number: int) -> slice:
        """Return the rounds of a shortlist."""
        first, last = np.searchsorted(self.shortlist, (number, number + 1))
        return slice(int(first), int(last))


def checked(log: Log) -> Log:
    """Return a log whose columns fit together, or say which does not.

    Raises
    ------
    BadPropensity : one that is nan, 0, below, or above 1, naming the first such round.
    BadValue : a reward outside its range or nan, columns of other lengths, rows outside their shortlists.
    """
    n = len(log)
    columns = ("shortlist", "place", "position", "propensity", "reward", "decision", "listener", "context")  # fmt: skip
    for name in columns:
        if len(getattr(log, name)) != n:
            raise BadValue(f"{name} has {len(getattr(log, name))} rounds; row has {n}")
    bad = np.flatnonzero(~usable(log.propensity))
    if bad.size:
        message = f"round {bad[0]} of {log.name} has propensity {log.propensity[bad[0]]}"
        raise BadPropensity(f"{message}; it must be above 0 and at most 1 ({bad.size:,} are not)")
    low, high = log.reward_range
    outside = np.flatnonzero(~((log.reward >= low) & (log.reward <= high)))
    if outside.size:
        message = f"round {outside[0]} of {log.name} has reward {log.reward[outside[0]]}"
        raise BadValue(f"{message}; rewards lie in [{low:g}, {high:g}]")
    if n and ((np.diff(log.shortlist) < 0).any() or not _inside(log)):
        raise BadValue(f"{log.name} has rounds out of order, or rows outside their shortlists")
    return log


def usable(propensity: FloatArray) -> BoolArray:
    """Return where a propensity can be weighed by: above 0 and at most 1."""
    return np.asarray((propensity > 0) & (propensity <= 1))


def _inside(log: Log) -> bool:
    if log.shortlist[0] < 0 or log.shortlist[-1] >= len(log.shortlists):
        return False
    sizes = np.array([len(each) for each in log.shortlists])
    return bool(((log.row >= 0) & (log.row < sizes[log.shortlist])).all())
