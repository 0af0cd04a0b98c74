"""How likely each shown slot was looked at, where nobody said so: examination learned from outcomes.

What is known stays known: what was played, reported or surely in view was looked at, and what a client that reports did
not name was not. What this fills in is the rest of the lists that were begun.
"""

import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.policies.examination import Examination, Slates, fit
from ritornello.signals.success import Outcomes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

N_PLACES = 60
ENOUGH_LOOKS = 20
THE_REST = 0


class Looks(msgspec.Struct, frozen=True):
    """An examination, and what it tells apart.

    Attributes
    ----------
    examination : of lists of ``N_PLACES``; its devices are named ``surface/device``, for a page is looked through
        otherwise than a list.
    groups : numbers from 1 of items that were shown often enough; all others are 0, the rest.
    """

    examination: Examination
    groups: dict[str, int]

    @property
    def version(self) -> str:
        """Another where it would say anything else."""
        model = self.examination
        content = hashlib.sha256(msgspec.json.encode([model.devices, sorted(self.groups.items())]))
        for part in (model.go_on, model.after_play, model.p_play):
            content.update(part.tobytes())
        return f"looks@{content.hexdigest()[:12]}"

    def p_examined(self, outcomes: Outcomes) -> FloatArray:
        """Return the probability that each slot was looked at, (n,), each decision by itself.

        1 or 0 where it is known. Elsewhere what the examination says, in lists whose first place was looked at, on
        surfaces and devices it knows; 0 in lists of which nothing is known, and beyond ``N_PLACES``.
        """
        seen = outcomes.column("seen")
        p = np.where(seen == 1.0, 1.0, 0.0)
        lists = _Lists.of(outcomes, self.groups)
        number = {name: i for i, name in enumerate(self.examination.devices)}
        device = np.array([number.get(name, -1) for name in lists.where], np.int64)
        usable = np.flatnonzero(lists.begun & lists.in_order & (device >= 0))
        looked = np.zeros((len(device), N_PLACES))
        looked[usable] = self.examination.looked_at(lists.slates(device, usable))
        unknown = np.flatnonzero(np.isnan(seen) & (lists.place < N_PLACES))
        p[unknown] = looked[lists.list_of[unknown], lists.place[unknown]]
        return np.asarray(p)


def learn(outcomes: Outcomes) -> Looks:
    """Return how the lists of some outcomes were looked through.

    Learned of lists whose first place was in view by itself, not because something was played: those that were played
    are the lists that were looked at longest. Lists played out of order (shuffled) say nothing of places.

    Parameters
    ----------
    outcomes : with ``decision_id``, ``surface``, ``shelf``, ``position``, ``device``, ``item_id``, ``played``, ``seen`` and
        ``seen_because``.

    Raises
    ------
    BadValue : no such list.
    """
    items, n_shown = np.unique(outcomes.column("item_id"), return_counts=True)
    often = items[n_shown >= ENOUGH_LOOKS].tolist()
    groups = {item: number for number, item in enumerate(often, 1)}
    lists = _Lists.of(outcomes, groups)
    usable = np.flatnonzero(lists.begun_by_itself & lists.in_order)
    devices, device = np.unique(lists.where[usable], return_inverse=True)
    of_list = np.full(len(lists.where), -1)
    of_list[usable] = device
    found = fit(lists.slates(of_list, usable), devices.tolist(), len(groups) + 1)
    return Looks(found, groups)


class _Lists(msgspec.Struct, frozen=True):
    """Outcomes put in order, a row a list.

    ``list_of`` and ``place`` (n,) say where each outcome stands; ``where`` (m,) is ``surface/device``; ``group``, ``played``,
    ``seen`` and ``unseen`` are (m, ``N_PLACES``). ``begun`` (m,): the first place was looked at; ``in_order``: so was,
    as far as is known, every place above a play.
    """

    list_of: IntArray
    place: IntArray
    where: NDArray[np.str_]
    group: IntArray
    played: BoolArray
    seen: BoolArray
    unseen: BoolArray
    begun_by_itself: BoolArray

    @classmethod
    def of(cls, outcomes: Outcomes, groups: Mapping[str, int]) -> "_Lists":
        keys = np.char.add(
            np.char.add(outcomes.column("decision_id"), "/"), outcomes.column("shelf")
        )
        _, first, list_of = np.unique(keys, return_index=True, return_inverse=True)
        order = np.lexsort((outcomes.column("position"), list_of))
        starts = np.searchsorted(list_of[order], np.arange(len(first)))
        place = np.empty(len(keys), np.int64)
        place[order] = np.arange(len(keys)) - starts[list_of[order]]
        inside = place < N_PLACES
        at = (list_of[inside], place[inside])

        def grid(values: NDArray[np.bool_] | IntArray, empty: int) -> NDArray[np.int64]:
            filled = np.full((len(first), N_PLACES), empty, np.int64)
            filled[at] = values[inside]
            return filled

        items, item_of = np.unique(outcomes.column("item_id"), return_inverse=True)
        known = np.array([groups.get(item, THE_REST) for item in items.tolist()], np.int64)
        surface, device = outcomes.column("surface")[first], outcomes.column("device")[first]
        seen = outcomes.column("seen")
        by_itself = np.isin(outcomes.column("seen_because"), ("impression", "in_view"))
        return cls(
            list_of.astype(np.int64),
            place,
            np.char.add(np.char.add(surface, "/"), device),
            grid(known[item_of], -1),
            grid(outcomes.flag("played"), 0) > 0,
            grid(seen == 1.0, 0) > 0,
            grid(seen == 0.0, 0) > 0,
            grid(by_itself, 0)[:, 0] > 0,
        )

    @property
    def begun(self) -> BoolArray:
        return self.seen[:, 0]

    @property
    def in_order(self) -> BoolArray:
        below = np.cumsum(self.played[:, ::-1], axis=1)[:, ::-1] > 0
        return np.asarray(~(below & ~self.seen).any(axis=1))

    def slates(self, device: IntArray, rows: IntArray) -> Slates:
        """Return some of the lists for an examination; ``device`` (m,) is the number of each list's."""
        seen, unseen = self.seen[rows], self.unseen[rows]
        places = np.arange(N_PLACES)
        least = np.where(seen, places + 1, 1).max(axis=1, initial=1)
        beyond = unseen & (places >= least[:, None])
        most = np.where(beyond, places, N_PLACES).min(axis=1, initial=N_PLACES)
        return Slates(device[rows], self.group[rows], self.played[rows], least, most)
