"""From candidates to a moment's list: shortlist, boosts, the sequenced draw, and what must stand on it.

Blocks, rules and the shortlist apply before the draw; what must stand on the list stands outside it, with
probability 1, and the others are drawn around. So every propensity is exact, and the decision alone replays it.
"""

from collections.abc import Iterator

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.explain.reasons import MOST_REASONS
from ritornello.kinds.decisions import Candidate, Reason, Shelf, Slot
from ritornello.policies import objectives
from ritornello.policies.budgets import MOST, budget_of
from ritornello.policies.choice import PIN, Choice, Policy
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.sequenced import Sequenced
from ritornello.policies.traits import ARTIST, ENERGY, Traits
from ritornello.signals.intents import UNKNOWN
from ritornello.surfaces import pool_rules
from ritornello.surfaces.pools import Pool
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.slates import rank_in_group
from ritornello.surfaces.sources import Candidates, Places, Reasons, artist_keys

N_SHORTLIST = 200
N_BEST = 160
BUDGET = MOST
"""Share of places drawn by taste where the others are greedy: editors vouch for all of a pool, so trying costs little."""
TEMPERATURE = 1.0
FLOOR = 0.1
HARDLY = 2.0
"""Up to so many times the floor, an item's weight says that it is there to be tried."""
STRENGTH = 2.0
"""What a standard deviation of energy off the arc costs, in standard deviations of score.

In the toy world this halves how far lists lie off their arcs (0.11 to 0.05 of energy when falling asleep), at a tenth of
the fit; each more costs as much and gains less.
"""
UNKNOWN_ENERGY = 0.5
MOST_LOOKED_UP = 256

Fixed = dict[int, tuple[int, Reason]]
"""Place → row of what must stand there, and why it must."""


class Asked(msgspec.Struct, frozen=True):
    """One request of one moment: who asks, and of which pool.

    ``chance`` is the seed of an earlier list that is made again by the same chances; one's own where it is empty.
    """

    situation: Situation
    pool: Pool
    chance: str = ""

    @property
    def eligible(self) -> Mask:
        """Which rows the pool finds, shape (n_rows,); looked up once in a catalogue."""
        looked_up = self.situation.stock.found
        found = looked_up.get(self.pool.hash)
        if found is None:
            found = pool_rules.eligible(self.pool, self.situation.view)
            if len(looked_up) >= MOST_LOOKED_UP:
                looked_up.clear()
            looked_up[self.pool.hash] = found
        return found

    @property
    def open(self) -> Mask:
        """Which rows of the pool may be shown to the listener, shape (n_rows,)."""
        return self.eligible & self.situation.allowed

    @property
    def may(self) -> Mask:
        """Which rows may stand on the list: those of the pool, else what may stand in for them, shape (n_rows,).

        Where nothing of the pool may be shown, everything may that it does not block; nothing explicit in the place of a
        pool all of whose rules leave that out.
        """
        if self.open.any():
            return self.open
        view = self.situation.view
        found: Mask = self.situation.allowed & ~pool_rules.about(self.pool.blocks, view)
        if self.pool.eligible and all(rule.explicit is False for rule in self.pool.eligible):
            found &= ~view.explicit
        return found

    @property
    def policy(self) -> Policy:
        """What draws: by taste with a floor, as often as the listener's dial has it."""
        budget = budget_of(BUDGET, self.situation.profile.preferences)
        return PlackettLuce(budget=budget, temperature=TEMPERATURE, floor=FLOOR)


def draw(
    asked: Asked,
    candidates: Candidates,
    policy: Policy,
    rng: np.random.Generator,
    *,
    segment: str = "",
) -> tuple[Shelf, tuple[Slot, ...]]:
    """Draw a list from candidates, best first, all of which may be shown; return its shelf and its slots.

    Parameters
    ----------
    segment : whose beliefs were asked.
    """
    pool, view = asked.pool, asked.situation.view
    fixed = fixed_places(asked, len(candidates.rows))
    candidates = candidates.without(np.array([row for row, _ in fixed.values()], dtype=np.int32))
    n_drawn = min(pool.length - len(fixed), len(candidates.rows))
    candidates = candidates.at(shortlisted(candidates, asked, rng))
    factors = pool_rules.boosted(pool, view, asked.situation.request.at)[candidates.rows]
    weights = policy.weigh(candidates.scores) * factors
    objective, traits = sequence(asked, candidates.rows, n_drawn)
    choice = policy.choose(weights, n_drawn, rng, objectives.parse(str(objective)).tilt(traits))
    shelf = Shelf(
        name=pool.name,
        title=pool.title,
        policy=str(policy),
        shortlist=tuple(
            Candidate(view.ids[row], candidates.source, weight, tuple(numbers))
            for row, weight, numbers in zip(
                candidates.rows.tolist(), weights.tolist(), traits.values.tolist(), strict=True
            )
        ),
        budget=policy.budget,
        explored=choice.explored,
        objective=str(objective),
        traits=traits.names,
        segment=segment,
        intent="" if pool.intent == UNKNOWN else pool.intent,
    )
    return shelf, _around(asked, fixed, _drawn(asked, shelf, candidates, choice))


def shortlisted(candidates: Candidates, asked: Asked, rng: np.random.Generator) -> Places:
    """Return the places in ``candidates`` that are drawn from, rising: all of at most 200.

    Of more, the 160 best, an artist as often as the spacing lets it stand on the list, and 40 of all the others,
    each as likely.
    """
    n, pool = len(candidates.rows), asked.pool
    if n <= N_SHORTLIST:
        return np.arange(n)
    most = -(-pool.length // (pool.spacing + 1)) + 1
    nth_of_artist = rank_in_group(artist_keys(asked.situation.view, candidates.rows))
    best = np.flatnonzero(nth_of_artist < most)[:N_BEST]
    others = np.setdiff1d(np.arange(n), best)
    some = rng.choice(others, N_SHORTLIST - len(best), replace=False)
    return np.sort(np.concatenate([best, some]))


def sequence(asked: Asked, rows: Rows, length: int) -> tuple[Sequenced, Traits]:
    """Return what the order of a list is to be, and the numbers of its candidates that say so.

    Who does not say an energy has the mean of the others; a pool without an arc asks for spacing alone.
    """
    view, pool = asked.situation.view, asked.pool
    energy = view.energy[rows].astype(np.float64).round(3)
    is_known = np.isfinite(energy)
    usual = float(energy[is_known].mean().round(3)) if is_known.any() else UNKNOWN_ENERGY
    objective = Sequenced(
        arc="/".join(map(str, pool.arc)) or "flat",
        strength=STRENGTH if pool.arc else 0.0,
        spacing=pool.spacing,
        length=max(length, 1),
    )
    values = np.column_stack([np.where(is_known, energy, usual), view.artist[rows]])
    return objective, Traits.of((ENERGY, ARTIST), values)


def fixed_places(asked: Asked, n_candidates: int) -> Fixed:
    """Return what must stand on the list, as far as it may: pins at their places, the others where the arc suits them.

    On a list that is shorter than a pin's place, the pin stands at the nearest free one.
    """
    pins = list(_pinned(asked))
    must = must_stand(asked)[len(pins) :]
    n_slots = min(asked.pool.length, n_candidates)
    free = list(range(n_slots))
    fixed: Fixed = {}
    for wanted, row, why in pins[:n_slots]:
        fixed[_nearest(free, wanted)] = row, why
    why = Reason("chosen_by_editors", 1.0, by_role=asked.pool.owner)
    must = must[: len(free)]
    places = sorted(_nearest(free, int((k + 0.5) * n_slots / len(must))) for k in range(len(must)))
    fixed |= {place: (row, why) for place, row in _along_the_arc(asked, places, must)}
    return fixed


def must_stand(asked: Asked) -> list[int]:
    """Return the rows of what must stand on the list and may: the pins, then what must be included."""
    pinned = [row for _, row, _ in _pinned(asked)]
    return list(dict.fromkeys((*pinned, *_open_rows(asked, asked.pool.must_include))))


def _pinned(asked: Asked) -> Iterator[tuple[int, int, Reason]]:
    """Yield the place, the row and the reason of every pin that may stand: the surface's first, each row once."""
    name, owner = asked.pool.name, asked.pool.owner
    wanted: list[tuple[int, str, str, str]] = [
        (pin.slot.position, pin.about_id, pin.by_role, pin.reason)
        for pin in asked.situation.rulings.pins
        if pin.slot is not None and pin.slot.shelf == name
    ]
    wanted += [(pin.position, pin.item_id, owner, pin.reason) for pin in asked.pool.pins]
    seen: set[int] = set()
    for position, item_id, role, note in wanted:
        for row in _open_rows(asked, (item_id,)):
            if row not in seen:
                yield position, row, Reason("chosen_by_editors", 1.0, by_role=role, note=note)
            seen.add(row)


def _open_rows(asked: Asked, item_ids: tuple[str, ...]) -> list[int]:
    rows = asked.situation.view.rows(item_ids)
    return list(dict.fromkeys(rows[asked.open[rows]].tolist()))


def _nearest(free: list[int], wanted: int) -> int:
    """Take the free place nearest to the wanted one, the earlier of two, from those that are free."""
    place = min(free, key=lambda each: (abs(each - wanted), each))
    free.remove(place)
    return place


def _along_the_arc(asked: Asked, places: list[int], rows: list[int]) -> Iterator[tuple[int, int]]:
    """Pair places with rows: the calmest where the arc is calmest; in their own order where there is no arc."""
    arc = asked.pool.arc
    if not arc:
        return zip(places, rows, strict=True)
    at = np.linspace(0, max(asked.pool.length - 1, 1), len(arc))
    energy = np.nan_to_num(asked.situation.view.energy[rows], nan=UNKNOWN_ENERGY)
    calm_places = np.argsort(np.interp(places, at, arc), kind="stable")
    calm_rows = np.argsort(energy, kind="stable")
    return zip(
        (places[k] for k in calm_places.tolist()),
        (rows[k] for k in calm_rows.tolist()),
        strict=True,
    )


def _drawn(asked: Asked, shelf: Shelf, candidates: Candidates, choice: Choice) -> list[Slot]:
    """Return what was drawn, in order, with its reasons; its place is not yet its own."""
    weights = np.array([candidate.weight for candidate in shelf.shortlist])
    tried = weights <= HARDLY * FLOOR * weights.mean() if shelf.budget else weights < 0
    return [
        Slot(
            shelf.name,
            0,
            shelf.shortlist[row].item_id,
            p,
            candidates.source,
            score,
            _reasons(asked, int(candidates.rows[row]), why, p, is_try=bool(tried[row])),
        )
        for row, p, score, why in zip(
            choice.rows.tolist(),
            choice.propensities.tolist(),
            candidates.scores[choice.rows].tolist(),
            candidates.reasons(choice.rows),
            strict=True,
        )
    ]


def _reasons(asked: Asked, row: int, why: Reasons, p: float, *, is_try: bool) -> Reasons:
    """Return an item's reasons: that it is a try, that an editor lifts it, then what else speaks for it.

    What nothing speaks for is a try as well. A boost by a factor f has the share 1 − 1/f of the weight; the others
    share the rest.
    """
    first: list[Reason] = []
    for boost in asked.pool.boosts_at(asked.situation.request.at):
        if boost.factor > 1 and pool_rules.about((boost.about_id,), asked.situation.view)[row]:
            share = 1 - 1 / boost.factor
            why = tuple(replace(reason, share=reason.share / boost.factor) for reason in why)
            role = asked.pool.owner
            first.append(Reason("chosen_by_editors", share, by_role=role, note=boost.reason))
    if is_try or not (first or why):
        first.insert(0, Reason("exploring", 0.0, p=p))
    return (*first, *why)[:MOST_REASONS]


def _around(asked: Asked, fixed: Fixed, drawn: list[Slot]) -> tuple[Slot, ...]:
    """Return the list: what must stand at its places, the drawn around it in their order."""
    ids, name = asked.situation.view.ids, asked.pool.name
    left = iter(drawn)
    return tuple(
        Slot(name, place, ids[fixed[place][0]], 1.0, PIN, 0.0, (fixed[place][1],))
        if place in fixed
        else replace(next(left), position=place)
        for place in range(len(fixed) + len(drawn))
    )
