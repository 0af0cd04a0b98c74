"""The rounds of a log put back together as slates.

A slate is all that was drawn from one shortlist, place by place. Some of it may be no round of the log: what nobody looked
at earned nothing, which is no failure of the item, but it was drawn, and what stands below it was drawn after it. Such
slots come back here with a reward of 0 and the propensity their policy had.

Slates are told apart from what merely stands together by ``Shortlist.drawn``; a log whose rounds do not depend on one
another has none. A decision that lost an item after drawing is not in the log (``Log.left_out`` counts it).
"""

import msgspec
import numpy as np

from ritornello.evaluate.logs import BoolArray, FloatArray, IntArray, Log
from ritornello.evaluate.targets import Logged
from ritornello.kinds.errors import BadValue
from ritornello.measures.slates import Slates

LONGEST = 100


class WholeSlates(msgspec.Struct, frozen=True, eq=False):
    """A log in which every drawn slot of a slate is a round, and where each round lies in its slate.

    Attributes
    ----------
    log : the same slates with a round for each of their slots.
    slate : (n,) the number of each round's slate, from 0; its place is ``log.place``.
    round_of : (n,) which round of the log before it is; −1 where it was none.
    first : (n_slates,) each slate's first round.
    """

    log: Log
    slate: IntArray
    round_of: IntArray
    first: IntArray

    @classmethod
    def of(cls, log: Log) -> "WholeSlates":
        """Complete the slates of a log.

        Raises
        ------
        BadValue : no slates, slates of more than ``LONGEST`` places, or an unseen slot whose propensity nobody knows.
        """
        numbers = [number for number in np.unique(log.shortlist).tolist() if len(log.shortlists[number].drawn)]  # fmt: skip
        if not numbers:
            raise BadValue(f"{log.name} holds no slates: its rounds do not depend on one another")
        n_places = np.array([len(log.shortlists[number].drawn) for number in numbers])
        if n_places.max() > LONGEST:
            raise BadValue(f"{log.name} has a slate of {n_places.max()} places; at most {LONGEST}")
        first = np.cumsum(n_places) - n_places
        slate = np.repeat(np.arange(len(numbers)), n_places)
        place = np.arange(len(slate)) - first[slate]
        round_of = _rounds_of(log, numbers, first, len(slate))
        whole = _completed(log, numbers, slate, place, round_of)
        return cls(whole, slate, round_of, first)

    @property
    def seen(self) -> BoolArray:
        """Which rounds were rounds before, (n,)."""
        return np.asarray(self.round_of >= 0)

    @property
    def there(self) -> BoolArray:
        """Which places each slate has, (n_slates, n_places)."""
        return self.grid(np.ones(len(self.slate))) > 0

    def grid(self, values: FloatArray) -> FloatArray:
        """Lay values of rounds out as (n_slates, n_places); 0 where there is no slot."""
        laid = np.zeros((len(self.first), int(self.log.place.max()) + 1))
        laid[self.slate, self.log.place] = values
        return laid

    def weighed(self, w: FloatArray) -> Slates:
        """Return the slates with the weight of each round, (n,): the target's propensity over the logged one."""
        p = self.grid(self.log.propensity)
        pi = np.minimum(self.grid(w) * p, 1.0)
        return Slates.of(self.grid(self.log.reward), p, pi, self.there)

    def as_rounds(self) -> Log:
        """Return a log with one round a slate: what all of it earned. For intervals, not for weighing."""
        low, high = self.log.reward_range
        longest = self.log.place.max() + 1
        listener = np.unique(self.log.listener[self.first], return_inverse=True)[1]
        return msgspec.structs.replace(
            _rows(self.log, self.first),
            reward=np.bincount(self.slate, self.log.reward),
            listener=listener.astype(np.int64),
            reward_range=(min(low * longest, 0.0), max(high * longest, 0.0)),
        )


def _rounds_of(log: Log, numbers: list[int], first: IntArray, n: int) -> IntArray:
    """Return which round of the log each slot is, (n,); −1 where it is none."""
    found = np.full(n, -1)
    at = np.full(len(log.shortlists), -1)
    at[numbers] = first
    kept = np.flatnonzero(at[log.shortlist] >= 0)
    found[at[log.shortlist[kept]] + log.place[kept]] = kept
    return found


def _completed(
    log: Log, numbers: list[int], slate: IntArray, place: IntArray, before: IntArray
) -> Log:
    """Return a log of these slots: as before where they were rounds, else unseen."""
    seen = before >= 0
    beside = np.flatnonzero(seen)[np.searchsorted(slate[seen], slate)]
    source = np.where(seen, before, before[beside])
    shortlists = tuple(log.shortlists[number] for number in numbers)
    whole = msgspec.structs.replace(
        _rows(log, source),
        shortlists=shortlists,
        shortlist=slate,
        row=np.concatenate([shortlist.drawn for shortlist in shortlists]).astype(np.int64),
        place=place,
        position=np.where(seen, log.position[source], place),
        reward=np.where(seen, log.reward[source], 0.0),
    )
    if seen.all():
        return whole
    p = whole.propensity.copy()
    for number in np.unique(slate[~seen]).tolist():
        rounds = whole.rounds(number)
        drawn_from = Logged().probabilities(whole, number)
        then = drawn_from[np.arange(len(drawn_from)), whole.row[rounds]]
        p[rounds] = np.where(seen[rounds], p[rounds], then)
    low, high = log.reward_range
    return msgspec.structs.replace(
        whole, propensity=p, replayed=None, reward_range=(min(low, 0.0), max(high, 0.0))
    )


def _rows(log: Log, rounds: IntArray) -> Log:
    """Return some rounds of a log, as they are."""
    columns = ("shortlist", "row", "place", "position", "propensity", "reward", "decision", "listener", "context")  # fmt: skip
    replayed = None if log.replayed is None else log.replayed[rounds]
    return msgspec.structs.replace(
        log, replayed=replayed, **{name: getattr(log, name)[rounds] for name in columns}
    )
