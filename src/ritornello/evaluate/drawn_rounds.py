"""Decisions become rounds: one for each slot that chance filled, with the shortlist it was drawn from.

What is no round is counted by why:

========================  ===========================================================================================
``outside_the_draw``      an editors' pin, or the familiar whose turn it was; chance had no say
``not_fit_for_replay``    the decision lost an item after drawing
``no_outcome``            nobody built what came of the decision
``not_on_its_shortlist``  the shelf shows what its shortlist does not hold, or holds twice
``bad_propensity``        0 or below, above 1, or no number
``unknown_reward``        nobody can say how well it served
========================  ===========================================================================================
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from ritornello.evaluate.logs import FloatArray, IntArray, Log, Shortlist, usable
from ritornello.evaluate.warned import Warned
from ritornello.kinds.decisions import Decision, Shelf, Slot
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.times import zone
from ritornello.policies.choice import OUTSIDE_THE_DRAW
from ritornello.policies.replay import probability
from ritornello.policies.traits import Traits

MOST_UNKNOWN = 0.01
MOST_WORDS = 30

Rewards = Mapping[tuple[str, int], float]
"""Shelf and position → reward, nan where unknown."""


class _Drawn(msgspec.Struct, frozen=True, eq=False):
    """The rounds of one shelf; those of one decision share its number, hour and device."""

    shortlist: Shortlist
    decision: int
    hour: float
    weekend: float
    device: str
    row: IntArray
    place: IntArray
    position: IntArray
    propensity: FloatArray
    replayed: FloatArray
    reward: FloatArray


class Rounds:
    """Gathers rounds decision by decision, and counts what is none."""

    def __init__(self) -> None:
        self._drawn: list[_Drawn] = []
        self._number_of: dict[str, int] = {}
        self._left_out: Counter[str] = Counter()
        self._n_decisions = 0

    def take(self, decision: Decision, rewards: Rewards) -> None:
        """Add the rounds of a decision; none of its slots may be known, and then none counts."""
        if not decision.fit_for_replay or not rewards:
            why = "no_outcome" if decision.fit_for_replay else "not_fit_for_replay"
            self._left_out[why] += len(decision.slots)
            return
        slots = sorted(
            zip(decision.slots, _replayed(decision), strict=True), key=lambda each: each[0].position
        )
        for shelf in decision.shelves:
            shown = [each for each in slots if each[0].shelf == shelf.name]
            drawn = [each for each in shown if each[0].source not in OUTSIDE_THE_DRAW]
            self._left_out["outside_the_draw"] += len(shown) - len(drawn)
            self._take_shelf(decision, shelf, drawn, rewards)
        self._n_decisions += 1

    def log(self, name: str) -> Log:
        """Return what was gathered, as columns."""
        drawn = self._drawn
        sizes = np.array([len(each.row) for each in drawn], dtype=np.int64)
        left_out = {why: n for why, n in self._left_out.items() if n}
        ids = np.array([each.shortlist.listener_id for each in drawn], dtype=np.str_)
        listener = np.unique(ids, return_inverse=True)[1]
        context, features = _context(drawn)
        return Log(
            name=name,
            actions=tuple(self._number_of),
            shortlists=tuple(each.shortlist for each in drawn),
            shortlist=np.repeat(np.arange(len(drawn)), sizes),
            row=_whole([each.row for each in drawn]),
            place=_whole([each.place for each in drawn]),
            position=_whole([each.position for each in drawn]),
            propensity=_real([each.propensity for each in drawn]),
            reward=_real([each.reward for each in drawn]),
            decision=np.repeat(np.array([each.decision for each in drawn], np.int64), sizes),
            listener=np.repeat(listener.astype(np.int64), sizes),
            context=np.repeat(context, sizes, axis=0),
            features=features,
            replayed=_real([each.replayed for each in drawn]),
            left_out=left_out,
            warnings=_warnings(int(sizes.sum()), left_out),
        )

    def _take_shelf(
        self,
        decision: Decision,
        shelf: Shelf,
        drawn: Sequence[tuple[Slot, float]],
        rewards: Rewards,
    ) -> None:
        row_of = {candidate.item_id: row for row, candidate in enumerate(shelf.shortlist)}
        rows = np.array([row_of.get(slot.item_id, -1) for slot, _ in drawn], dtype=np.int64)
        if len(row_of) < len(shelf.shortlist) or -1 in rows or len(np.unique(rows)) < len(rows):
            self._left_out["not_on_its_shortlist"] += len(drawn)
            return
        p = np.array([slot.propensity for slot, _ in drawn])
        reward = np.array([rewards.get((shelf.name, slot.position), math.nan) for slot, _ in drawn])
        good, known = usable(p), ~np.isnan(reward)
        self._left_out["bad_propensity"] += int((~good).sum())
        self._left_out["unknown_reward"] += int((good & ~known).sum())
        place = np.flatnonzero(good & known)
        if not len(place):
            return
        local = decision.made_at.astimezone(zone(decision.time_zone))
        self._drawn.append(
            _Drawn(
                shortlist=self._shortlist(decision, shelf, rows),
                decision=self._n_decisions,
                hour=local.hour + local.minute / 60,
                weekend=float(local.weekday() >= 5),
                device=decision.device,
                row=rows[place],
                place=place,
                position=np.array([slot.position for slot, _ in drawn], dtype=np.int64)[place],
                propensity=p[place],
                replayed=np.array([again for _, again in drawn])[place],
                reward=reward[place],
            )
        )

    def _shortlist(self, decision: Decision, shelf: Shelf, rows: IntArray) -> Shortlist:
        number_of = self._number_of
        items = [each.item_id for each in shelf.shortlist]
        return Shortlist(
            actions=np.array(
                [number_of.setdefault(each, len(number_of)) for each in items], np.int64
            ),
            weights=np.array([each.weight for each in shelf.shortlist]),
            drawn=rows,
            policy=shelf.policy,
            objective=shelf.objective,
            traits=Traits.logged(shelf) if shelf.objective else None,
            listener_id=decision.listener_id,
            shelf=shelf.name,
        )


def _replayed(decision: Decision) -> list[float]:
    """Return every slot's propensity recomputed from the decision alone; nan where that cannot be."""
    try:
        return [float(p) for p in probability(decision)]
    except (BadValue, UnknownName):
        return [math.nan] * len(decision.slots)


def _whole(parts: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _real(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([np.empty(0), *parts])


def _context(drawn: Sequence[_Drawn]) -> tuple[FloatArray, tuple[str, ...]]:
    """Return what was known of each shelf when it was drawn: the local hour on a circle, weekend, device, shelf."""
    turn = 2 * np.pi * np.array([each.hour for each in drawn]) / 24
    found = [np.sin(turn), np.cos(turn), np.array([each.weekend for each in drawn])]
    names = ["hour_sin", "hour_cos", "weekend"]
    words = {
        "device": np.array([each.device for each in drawn], np.str_),
        "shelf": np.array([each.shortlist.shelf for each in drawn], np.str_),
    }
    for field, said in words.items():
        for word in np.unique(said).tolist()[:MOST_WORDS]:
            found.append((said == word).astype(np.float64))
            names.append(f"{field}={word}")
    return np.column_stack(found), tuple(names)


def _warnings(n: int, left_out: Mapping[str, int]) -> tuple[Warned, ...]:
    found = []
    unknown, bad = left_out.get("unknown_reward", 0), left_out.get("bad_propensity", 0)
    if unknown > MOST_UNKNOWN * (n + unknown):
        text = f"of {unknown:,} slots nobody can say how well they served; {n:,} count, as if the others were like them"
        found.append(Warned("unknown_rewards", text, {"n_unknown": unknown, "n": n}))
    if bad:
        text = f"{bad:,} slots have a propensity that nothing can be weighed by; they are left out"
        found.append(Warned("bad_propensities", text, {"n_bad": bad, "n": n}))
    return tuple(found)
